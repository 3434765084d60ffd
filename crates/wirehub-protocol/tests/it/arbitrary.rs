//! Requests and events of every kind.

use std::time::Duration;

use bytes::Bytes;
use proptest::{option, prelude::*};
use wirehub_model::{
    Address, Audience, Command, ConnectionId, Direct, Epoch, ErrorCode, EventName, Heartbeat,
    Message, Moment, Offset, Payload, Position, Publication, Publisher, ReconnectAdvice, Refusal,
    Reply, Secret, Subscribe, Topic, TopicFilter, UserId, Welcome,
};
use wirehub_protocol::Request;

use crate::said::Said;

const NUMBER_MAX: u64 = (1 << 53) - 1;

pub(crate) fn request() -> impl Strategy<Value = Request> {
    (option::of(0..=NUMBER_MAX), command()).prop_map(|(id, command)| Request { id, command })
}

fn command() -> impl Strategy<Value = Command> {
    let token = || any::<String>().prop_map(Secret::new);
    let ttl = option::of((1_u64..31_536_000_000).prop_map(Duration::from_millis));
    let method = name().prop_map(|name| name.as_str().to_owned());
    let call = (method, payload()).prop_map(|(method, payload)| Command::Call {
        method,
        message: Message {
            event: None,
            payload,
        },
    });
    prop_oneof![
        option::of(token()).prop_map(|token| Command::Connect { token }),
        token().prop_map(|token| Command::Refresh { token }),
        (filter(), option::of(position()))
            .prop_map(|(filter, since)| Command::Subscribe(Subscribe { filter, since })),
        filter().prop_map(|filter| Command::Unsubscribe { filter }),
        (topic(), message(), ttl, any::<bool>()).prop_map(|(topic, message, ttl, echo)| {
            Command::Publish {
                topic,
                message,
                ttl,
                echo,
            }
        }),
        (address(), message()).prop_map(|(to, message)| Command::Send { to, message }),
        call,
        topic().prop_map(|topic| Command::Presence { topic }),
        (topic(), 1..=1_000_u32).prop_map(|(topic, limit)| Command::History { topic, limit }),
        Just(Command::Ping),
    ]
}

pub(crate) fn said() -> impl Strategy<Value = Said> {
    let id = || option::of(0..=NUMBER_MAX);
    prop_oneof![
        (id(), welcome()).prop_map(|(id, welcome)| Said::Welcome(id, welcome)),
        (0..=NUMBER_MAX, reply()).prop_map(|(id, reply)| Said::Reply(id, reply)),
        (id(), refusal()).prop_map(|(id, refusal)| Said::Refused(id, refusal)),
        publication().prop_map(Said::Publication),
        direct().prop_map(Said::Direct),
        (filter(), refusal()).prop_map(|(filter, why)| Said::Unsubscribed(filter, why)),
        Just(Said::Pong),
        span().prop_map(|within| Said::Reconnect(ReconnectAdvice {
            reason: "drain",
            within
        })),
    ]
}

fn welcome() -> impl Strategy<Value = Welcome> {
    let heartbeat =
        (span(), span()).prop_map(|(interval, timeout)| Heartbeat { interval, timeout });
    (
        connection(),
        option::of(user()),
        heartbeat,
        option::of(span()),
    )
        .prop_map(|(connection, user, heartbeat, expires_in)| Welcome {
            connection,
            user,
            heartbeat,
            expires_in,
        })
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        Just(Reply::Done),
        (option::of(position()), option::of(any::<bool>())).prop_map(|(position, recovered)| {
            Reply::Subscribed {
                position,
                recovered,
            }
        }),
        position().prop_map(Reply::Published),
        option::of(span()).prop_map(|expires_in| Reply::Refreshed { expires_in }),
        payload().prop_map(Reply::Called),
    ]
}

fn publication() -> impl Strategy<Value = Publication> {
    (topic(), message(), position(), option::of(publisher())).prop_map(
        |(topic, message, position, from)| Publication {
            topic,
            message,
            position,
            from,
            accepted_at: Moment::ZERO,
            expires_at: None,
        },
    )
}

fn direct() -> impl Strategy<Value = Direct> {
    let to = prop_oneof![
        Just(Audience::Everyone),
        Just(Audience::User),
        Just(Audience::Connection)
    ];
    (to, message(), option::of(publisher())).prop_map(|(to, message, from)| Direct {
        to,
        message,
        from,
    })
}

fn refusal() -> impl Strategy<Value = Refusal> {
    (prop::sample::select(&ErrorCode::ALL), any::<String>())
        .prop_map(|(code, message)| Refusal::new(code, message))
}

fn publisher() -> impl Strategy<Value = Publisher> {
    (option::of(user()), connection()).prop_map(|(user, connection)| Publisher { user, connection })
}

fn message() -> impl Strategy<Value = Message> {
    (option::of(name()), payload()).prop_map(|(event, payload)| Message { event, payload })
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

fn user() -> impl Strategy<Value = UserId> {
    "[a-z@\"\\\\é😀]{1,16}".prop_map(|id| UserId::parse(&id).unwrap())
}

fn connection() -> impl Strategy<Value = ConnectionId> {
    any::<(u16, u32, u64)>().prop_map(|(shard, slot, life)| ConnectionId::new(shard, slot, life))
}

fn address() -> impl Strategy<Value = Address> {
    prop_oneof![
        user().prop_map(Address::User),
        connection().prop_map(Address::Connection)
    ]
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
