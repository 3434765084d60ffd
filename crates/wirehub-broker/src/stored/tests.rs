use std::time::Duration;

use bytes::Bytes;
use wirehub_model::{
    ConnectionId, Epoch, EventName, HistoryRules, Key, Message, Offset, Payload, Position,
    Publisher, Tags, Topic, UserId,
};

use super::*;
use crate::{Append, Retention};

const POSITION: Position = Position {
    epoch: Epoch::new(7),
    offset: Offset(8),
};

fn append() -> Append {
    Append {
        topic: Topic::parse("a/b").unwrap(),
        message: Message {
            event: EventName::parse("paid"),
            payload: Payload::Json(Bytes::from_static(b"{\"a\":1}")),
            tags: Tags::new([("x", "1"), ("y", "2")]).unwrap(),
        },
        key: Some(Key::parse("k").unwrap()),
        idempotency: None,
        from: Some(Publisher {
            user: Some(UserId::parse("anna").unwrap()),
            connection: ConnectionId::new(1, 2, 3),
            info: Some("{}".into()),
        }),
        accepted_at: Duration::new(1_800_000_000, 123_456_789),
        expires_at: Some(Duration::from_secs(1_800_000_100)),
        echo: false,
        retention: Retention {
            history: HistoryRules {
                size: 1,
                ttl: Duration::from_secs(1),
                bytes: 1,
            },
            retained: false,
            keys: 0,
            retained_ttl: None,
            idempotency_ttl: Duration::ZERO,
        },
    }
}

#[test]
fn what_is_to_have_a_place_is_read_with_it() {
    let mut bare = append();
    bare.message = Message::of(Payload::Binary(Bytes::from_static(&[0, 255])));
    (bare.key, bare.from, bare.expires_at, bare.echo) = (None, None, None, true);
    for append in [append(), bare] {
        let mut written = Vec::new();
        encode_append(&append, &mut written);
        let entry = decode_entry(&written, &append.topic, POSITION).unwrap();
        let record = &*entry.record;
        assert_eq!(record.message, append.message);
        assert_eq!(
            (&record.key, &record.from, entry.name.as_ref()),
            (&append.key, &append.from, None)
        );
        assert_eq!(record.accepted_at, append.accepted_at);
        assert_eq!(record.expires_at, append.expires_at);
        assert_eq!((record.echo, record.position), (append.echo, POSITION));
        let mut again = Vec::new();
        encode_entry(&entry, &mut again);
        assert_eq!(again, written);
    }
}

#[test]
fn a_newer_version_says_so() {
    let mut written = Vec::new();
    encode_append(&append(), &mut written);
    written[0] = 9;
    let refused = decode_entry(&written, &append().topic, POSITION);
    assert_eq!(refused, Err(DecodeError::Version(9)));
}
