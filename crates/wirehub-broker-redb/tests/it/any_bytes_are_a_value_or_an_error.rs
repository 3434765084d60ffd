use proptest::{collection::vec, prelude::*};

use wirehub_broker::stored::decode_entry;
use wirehub_broker_redb::codec::{decode_row, decode_run};
use wirehub_model::{Epoch, Offset, Position, Topic};

use crate::judges::stored_bytes::judge;

proptest! {
    /// Small numbers make up most of what is valid.
    #[test]
    fn any_bytes_are_a_value_or_an_error(
        kind in 0..3u8,
        bytes in vec(prop_oneof![3 => 0..4u8, 1 => any::<u8>()], 0..60),
    ) {
        judge(&[&[kind, 1], bytes.as_slice()].concat());
    }
}

/// The seeds of the fuzz target are values, so that it begins with what is valid. They were made
/// once: a change of the encoding needs a new version, not new seeds.
#[test]
fn the_seeds_are_values() {
    let (topic, position) = (
        Topic::parse("a").unwrap(),
        Position {
            epoch: Epoch::new(7),
            offset: Offset(9),
        },
    );
    let publication = include_bytes!("../../../../fuzz/corpus/stored_bytes/publication");
    let entry = decode_entry(&publication[1..], &topic, position).unwrap();
    assert_eq!(entry.record.key.as_ref().unwrap().as_str(), "BTC-EUR");
    assert_eq!(entry.record.accepted_at.subsec_nanos(), 5);
    let payload = include_bytes!("../../../../fuzz/corpus/stored_bytes/payload");
    let entry = decode_entry(&payload[1..], &topic, position).unwrap();
    assert_eq!(&entry.record.message.payload.bytes()[..], [0, 0xff]);
    let run = include_bytes!("../../../../fuzz/corpus/stored_bytes/run");
    let run = decode_run(&run[1..], &topic, position).unwrap();
    let offsets: Vec<_> = run
        .iter()
        .map(|entry| entry.record.position.offset.0)
        .collect();
    assert_eq!(offsets, [9, 10]);
    let row = decode_row(&include_bytes!("../../../../fuzz/corpus/stored_bytes/topic")[1..]);
    let row = row.unwrap().row;
    assert_eq!(
        (row.id, row.offset, row.retention.keys),
        (1, Offset(42), 10)
    );
}
