//! Requests and events of every kind, and the nouns they are made of.

mod events;
mod requests;

use std::time::Duration;

use bytes::Bytes;
use proptest::{option, prelude::*};
use wirehub_model::{
    ConnectionId, Epoch, EventName, Key, Message, Offset, Payload, Position, SessionToken, Topic,
    TopicFilter, UserId,
};

pub(crate) use self::{events::said, requests::request};

const NUMBER_MAX: u64 = (1 << 53) - 1;

fn message() -> impl Strategy<Value = Message> {
    (option::of(name()), payload()).prop_map(|(event, payload)| Message {
        event,
        ..Message::of(payload)
    })
}

fn payload() -> impl Strategy<Value = Payload> {
    prop_oneof![
        json().prop_map(|text| Payload::Json(text.into())),
        any::<Vec<u8>>().prop_map(|bytes| Payload::Binary(bytes.into())),
        Just(Payload::Binary(Bytes::new())),
    ]
}

/// JSON text as people and libraries write it: with spaces, escapes and numbers in many spellings.
fn json() -> impl Strategy<Value = String> {
    let number = prop::sample::select(vec!["0", "-0", "1.50", "1e2", "2E-3", "9007199254740993"]);
    let string = prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        prop::sample::select(vec![r#""\u00e9\/""#, r#""\ud83d\ude00""#]).prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        number.prop_map(str::to_owned),
        string,
        prop::sample::select(vec!["null", "true", "false"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        let space = prop::sample::select(vec!["", " ", "\n\t"]);
        let items = prop::collection::vec(inner, 0..4);
        (items, space, any::<bool>()).prop_map(|(items, space, object)| {
            if !object {
                return format!("[{space}{}]", items.join(&format!("{space},")));
            }
            let fields = items.iter().enumerate();
            let fields = fields.map(|(key, value)| format!("\"{key}\"{space}:{value}"));
            format!("{{{}{space}}}", fields.collect::<Vec<_>>().join(","))
        })
    })
}

fn topic() -> impl Strategy<Value = Topic> {
    "[a-zäß0-9/\"\\\\ $]{1,24}".prop_map(|name| Topic::parse(&name).unwrap())
}

fn filter() -> impl Strategy<Value = TopicFilter> {
    let level = prop_oneof!["[a-zé\"]{0,6}", Just("+".to_owned())];
    prop::collection::vec(level, 1..4).prop_filter_map("not a filter", |levels| {
        TopicFilter::parse(&levels.join("/")).ok()
    })
}

fn name() -> impl Strategy<Value = EventName> {
    "[a-z.\"\\\\é😀]{1,16}".prop_map(|name| EventName::parse(&name).unwrap())
}

fn key() -> impl Strategy<Value = Key> {
    "[a-zA-Z/\"\\\\é😀 -]{1,16}".prop_map(|key| Key::parse(&key).unwrap())
}

fn session() -> impl Strategy<Value = SessionToken> {
    (connection(), any::<u128>())
        .prop_map(|(connection, secret)| SessionToken::new(connection, secret))
}

fn offset() -> impl Strategy<Value = Offset> {
    (0..=NUMBER_MAX).prop_map(Offset)
}

fn user() -> impl Strategy<Value = UserId> {
    "[a-z@\"\\\\é😀]{1,16}".prop_map(|id| UserId::parse(&id).unwrap())
}

fn connection() -> impl Strategy<Value = ConnectionId> {
    any::<(u16, u32, u64)>().prop_map(|(shard, slot, life)| ConnectionId::new(shard, slot, life))
}

fn position() -> impl Strategy<Value = Position> {
    (any::<u64>(), 0..=NUMBER_MAX).prop_map(|(epoch, offset)| Position {
        epoch: Epoch::new(epoch),
        offset: Offset(offset),
    })
}

/// Times as settings have them: whole milliseconds, up to a few years.
fn span() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0_u64..100_000_000_000).prop_map(Duration::from_millis),
        (0_u64..100_000_000).prop_map(Duration::from_secs)
    ]
}
