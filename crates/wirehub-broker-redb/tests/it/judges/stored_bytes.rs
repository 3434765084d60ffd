//! Any bytes in the place of a stored value.

use wirehub_broker_redb::codec::{decode_entry, decode_row, encode_entry, encode_row};
use wirehub_model::{Epoch, Offset, Position, Topic};

/// Bytes are one value, which is written the same way again, or an error. The first one says which
/// kind of value.
pub(crate) fn judge(data: &[u8]) {
    let Some((kind, bytes)) = data.split_first() else {
        return;
    };
    let mut again = Vec::new();
    if kind.is_multiple_of(2) {
        let position = Position {
            epoch: Epoch::new(7),
            offset: Offset(9),
        };
        let topic = Topic::parse("a").unwrap();
        let Ok(entry) = decode_entry(bytes, &topic, position) else {
            return;
        };
        assert_eq!(entry.record.position, position);
        encode_entry(&entry, &mut again);
    } else {
        let Ok(row) = decode_row(bytes) else {
            return;
        };
        encode_row(&row, &mut again);
    }
    assert_eq!(again, bytes);
}
