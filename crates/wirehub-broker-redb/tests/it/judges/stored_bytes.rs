//! Any bytes in the place of a stored value.

use wirehub_broker::stored::{decode_entry, encode_entry};
use wirehub_broker_redb::codec::{begin_run, decode_row, decode_run, encode_next, encode_row};
use wirehub_model::{Epoch, Offset, Position, Topic};

/// Bytes are one value, which is written the same way again, or an error. The first one says which
/// kind of value.
pub(crate) fn judge(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    let mut again = Vec::new();
    let position = Position {
        epoch: Epoch::new(7),
        offset: Offset(9),
    };
    let topic = Topic::parse("a").unwrap();
    match kind % 3 {
        0 => {
            let Ok(entry) = decode_entry(bytes, &topic, position) else {
                return;
            };
            assert_eq!(entry.record.position, position);
            encode_entry(&entry, &mut again);
        }
        1 => {
            let Ok(row) = decode_row(bytes) else {
                return;
            };
            encode_row(&row, &mut again);
        }
        _ => {
            let Ok(run) = decode_run(bytes, &topic, position) else {
                return;
            };
            begin_run(&mut again);
            for entry in &run {
                encode_next(entry, &mut Vec::new(), &mut again);
            }
        }
    }
    assert_eq!(again, bytes);
}
