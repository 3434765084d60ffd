use std::time::Duration;

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use wirehub_broker::{Append, Retention};
use wirehub_model::{
    ConnectionId, Epoch, EventName, HistoryRules, Key, Member, Message, Offset, Payload, Position,
    Publisher, Tags, Topic, UserId,
};

use super::*;

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
fn publications_come_back_whole() {
    let mut bare = append();
    bare.message = Message::of(Payload::Binary(Bytes::from_static(&[0, 255])));
    (bare.key, bare.from, bare.expires_at, bare.echo) = (None, None, None, true);
    for append in [append(), bare] {
        let record = decode_record(&encode_append(&append), &append.topic, POSITION).unwrap();
        assert_eq!(record.message, append.message);
        assert_eq!((record.key, record.from), (append.key, append.from));
        assert_eq!(record.accepted_at, append.accepted_at);
        assert_eq!(record.expires_at, append.expires_at);
        assert_eq!((record.echo, record.position), (append.echo, POSITION));
    }
}

#[test]
fn members_come_back_whole() {
    let bare = Member {
        connection: ConnectionId::new(1, 2, 3),
        user: None,
        info: None,
        state: None,
    };
    let full = Member {
        user: Some(UserId::parse("anna").unwrap()),
        info: Some("{}".into()),
        state: Some(Payload::Json(Bytes::from_static(b"\"typing\""))),
        ..bare.clone()
    };
    for member in [bare, full] {
        assert_eq!(decode_member(&encode_member(&member)), Ok(member));
    }
}

#[test]
fn a_newer_version_says_so() {
    let mut encoded = encode_append(&append());
    encoded[0] = 9;
    let refused = decode_record(&encoded, &append().topic, POSITION);
    assert_eq!(refused, Err(DecodeError::Version(9)));
}

proptest! {
    #[test]
    fn any_bytes_are_a_value_or_an_error(mut bytes in vec(any::<u8>(), 0..200), versioned: bool) {
        if versioned && let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        _ = decode_record(&bytes, &append().topic, POSITION);
        _ = decode_member(&bytes);
    }
}
