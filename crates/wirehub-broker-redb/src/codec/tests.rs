use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*};
use wirehub_broker::{
    Entry, Idempotency, Record, Retention, TopicRow,
    stored::{DecodeError, decode_entry, encode_entry},
};
use wirehub_model::{
    ConnectionId, Epoch, EventName, HistoryRules, Key, Message, Offset, Payload, Position,
    Publisher, Tags, Topic, UserId,
};

use super::*;

fn span() -> impl Strategy<Value = Duration> {
    (any::<u64>(), 0..1_000_000_000u32).prop_map(|(secs, nanos)| Duration::new(secs, nanos))
}

fn word() -> impl Strategy<Value = String> {
    "[a-zäß/ ]{1,20}"
}

fn topic() -> Topic {
    Topic::parse("a/b").unwrap()
}

const POSITION: Position = Position {
    epoch: Epoch::new(7),
    offset: Offset(9),
};

fn payload() -> impl Strategy<Value = Payload> {
    prop_oneof![
        vec(any::<u8>(), 0..300).prop_map(|bytes| Payload::Binary(bytes.into())),
        word().prop_map(|text| Payload::Json(Bytes::from(text))),
    ]
}

fn tags() -> impl Strategy<Value = Tags> {
    vec((word(), ".{0,9}"), 0..4).prop_map(|pairs| {
        let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
        Tags::new(pairs).unwrap()
    })
}

fn entry() -> impl Strategy<Value = Entry> {
    let from = (any::<u64>(), option::of(word()), option::of(word()));
    let name = (".{0,20}", word(), span());
    let parts = (
        (option::of(word()), payload(), tags(), option::of(word())),
        (option::of(from), span(), option::of(span()), any::<bool>()),
        option::of(name),
    );
    parts.prop_map(
        |((event, payload, tags, key), (from, accepted_at, expires_at, echo), name)| {
            let event = event.map(|event| EventName::parse(&event).unwrap());
            let from = from.map(|(number, user, info)| Publisher {
                user: user.map(|user| UserId::parse(&user).unwrap()),
                connection: ConnectionId::from_number(number),
                info: info.map(Into::into),
            });
            let record = Record {
                topic: topic(),
                message: Message {
                    event,
                    payload,
                    tags,
                },
                key: key.map(|key| Key::parse(&key).unwrap()),
                position: POSITION,
                from,
                accepted_at,
                expires_at,
                echo,
            };
            let name = name.map(|(scope, key, until)| {
                let scope = scope.into();
                let key = Key::parse(&key).unwrap();
                (Idempotency { scope, key }, until)
            });
            Entry {
                record: Arc::new(record),
                name,
            }
        },
    )
}

fn row() -> impl Strategy<Value = StoredRow> {
    let numbers = (any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>());
    let history = (any::<usize>(), span(), any::<usize>());
    let values = (any::<bool>(), any::<usize>(), option::of(span()), span());
    (numbers, history, values).prop_map(
        |((id, epoch, offset, era), (size, ttl, bytes), (retained, keys, retained_ttl, names))| {
            let retention = Retention {
                history: HistoryRules { size, ttl, bytes },
                retained,
                keys,
                retained_ttl,
                idempotency_ttl: names,
            };
            let row = TopicRow {
                id,
                epoch: Epoch::new(epoch),
                offset: Offset(offset),
                retention,
            };
            StoredRow { row, era }
        },
    )
}

proptest! {
    #[test]
    fn publications_read_what_they_write(entry in entry()) {
        let mut encoded = Vec::new();
        encode_entry(&entry, &mut encoded);
        prop_assert_eq!(decode_entry(&encoded, &topic(), POSITION), Ok(entry));
    }

    #[test]
    fn runs_read_what_they_write(
        entries in vec(entry(), 1..5),
        cut in any::<prop::sample::Index>(),
    ) {
        let (mut room, mut encoded) = (Vec::new(), Vec::new());
        begin_run(&mut encoded);
        let mut ends = Vec::new();
        let mut run = Vec::new();
        for (place, entry) in (POSITION.offset.0..).zip(entries) {
            let mut record = (*entry.record).clone();
            record.position.offset = Offset(place);
            let entry = Entry { record: Arc::new(record), ..entry };
            encode_next(&entry, &mut room, &mut encoded);
            ends.push(encoded.len());
            run.push(entry);
        }
        prop_assert_eq!(count_run(&encoded), Ok(run.len() as u64));
        // Cut between two publications it is a shorter run; anywhere else it is none.
        let cut = cut.index(encoded.len());
        let whole = ends.iter().position(|end| *end == cut).map(|place| place + 1);
        let shorter = whole.map_or(Err(DecodeError::Short), |count| Ok(run[..count].to_vec()));
        prop_assert_eq!(decode_run(&encoded[..cut], &topic(), POSITION), shorter);
        prop_assert_eq!(decode_run(&encoded, &topic(), POSITION), Ok(run));
    }

    #[test]
    fn rows_read_what_they_write(row in row(), cut in any::<prop::sample::Index>()) {
        let mut encoded = Vec::new();
        encode_row(&row, &mut encoded);
        prop_assert_eq!(decode_row(&encoded), Ok(row));
        prop_assert_eq!(decode_row(&encoded[..cut.index(encoded.len())]), Err(DecodeError::Short));
        encoded.push(0);
        prop_assert_eq!(decode_row(&encoded), Err(DecodeError::Long(1)));
    }

    /// What is read at all is written the same way again, so every value has one encoding.
    #[test]
    fn bytes_of_any_kind_are_a_value_or_an_error(
        entry in entry(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut bytes = Vec::new();
        encode_entry(&entry, &mut bytes);
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        if let Ok(entry) = decode_entry(&bytes, &topic(), POSITION) {
            let mut encoded = Vec::new();
            encode_entry(&entry, &mut encoded);
            prop_assert_eq!(encoded, bytes);
        }
    }
}

#[test]
fn what_is_not_valid_is_named() {
    let decode = |bytes: &[u8]| decode_entry(bytes, &topic(), POSITION).unwrap_err();
    assert_eq!(decode(&[]), DecodeError::Short);
    assert_eq!(decode(&[3, 0, 0, 0]), DecodeError::Version(3));
    assert_eq!(decode(&[2, 0, 0, 0]), DecodeError::Invalid("flags"));
    assert_eq!(decode(&[2, 0, 4, 0]), DecodeError::Invalid("flags"));
    assert_eq!(decode(&[1, 0x10, 0, 0]), DecodeError::Invalid("flags"));
    assert_eq!(decode(&[1, 0, 0x80, 0, 0]), DecodeError::Invalid("number"));
    assert_eq!(decode(&[1, 1, 0, 0, 0xff]), DecodeError::Invalid("payload"));
    // A length far beyond the bytes that are there.
    let long = [
        1, 2, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1,
    ];
    assert_eq!(decode(&long), DecodeError::Short);
    let decode = |bytes: &[u8]| decode_run(bytes, &topic(), POSITION).unwrap_err();
    assert_eq!(decode(&[]), DecodeError::Short);
    assert_eq!(decode(&[1]), DecodeError::Short);
    assert_eq!(decode(&[2, 1, 0]), DecodeError::Version(2));
    assert_eq!(decode(&[1, 1, 9]), DecodeError::Version(9));
    assert_eq!(decode(&long[4..]), DecodeError::Version(0xff));
}

/// Files that are there hold these bytes.
#[test]
fn rows_are_written_as_ever() {
    let mut row = StoredRow {
        row: TopicRow {
            id: 7,
            epoch: Epoch::new(300),
            offset: Offset(9),
            retention: Retention {
                history: HistoryRules {
                    size: 1_000,
                    ttl: Duration::from_secs(300),
                    bytes: 1024 * 1024,
                },
                retained: true,
                keys: 5,
                retained_ttl: Some(Duration::new(60, 5)),
                idempotency_ttl: Duration::from_secs(3_600),
            },
        },
        era: 2,
    };
    let place = [7, 0xac, 2, 9, 2];
    let history = [0xe8, 7, 0xac, 2, 0, 0x80, 0x80, 0x40, 5];
    let written = |row: &StoredRow| {
        let mut out = Vec::new();
        encode_row(row, &mut out);
        out
    };
    let whole = [&[1, 3][..], &place, &history, &[60, 5], &[0x90, 28, 0]];
    assert_eq!(written(&row), whole.concat());
    (row.row.retention.retained, row.row.retention.retained_ttl) = (false, None);
    let less = [&[1, 0][..], &place, &history, &[0x90, 28, 0]];
    assert_eq!(written(&row), less.concat());
}
