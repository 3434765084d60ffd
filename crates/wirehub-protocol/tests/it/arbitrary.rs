//! Requests and events of every kind.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use proptest::{option, prelude::*};
use wirehub_model::{
    Address, Audience, Batch, BatchEntry, Command, ConnectionId, Direct, Epoch, ErrorCode,
    EventName, Gap, Heartbeat, History, HistoryPage, HistoryQuery, Key, Member, Message, Moment,
    Occupancy, Offset, Pace, Payload, Position, PresenceChange, PresenceKind, PresencePage,
    PresenceQuery, Publication, Publish, Published, Publisher, ReconnectAdvice, Recovery, Refusal,
    Reply, Resume, Secret, SessionOffer, SessionToken, Subscribe, Subscribed, Topic, TopicFilter,
    UserId, Welcome,
};
use wirehub_protocol::Request;

use crate::said::Said;

const NUMBER_MAX: u64 = (1 << 53) - 1;

pub(crate) fn request() -> impl Strategy<Value = Request> {
    (option::of(0..=NUMBER_MAX), command()).prop_map(|(id, command)| Request { id, command })
}

fn command() -> impl Strategy<Value = Command> {
    let token = || any::<String>().prop_map(Secret::new);
    let method = name().prop_map(|name| name.as_str().to_owned());
    let call = (method, payload()).prop_map(|(method, payload)| Command::Call {
        method,
        message: Message {
            event: None,
            payload,
        },
    });
    prop_oneof![
        (option::of(token()), option::of(resume()))
            .prop_map(|(token, resume)| Command::Connect { token, resume }),
        resume().prop_map(Command::Resume),
        token().prop_map(|token| Command::Refresh { token }),
        subscribe().prop_map(Command::Subscribe),
        filter().prop_map(|filter| Command::Unsubscribe { filter }),
        (topic(), offset()).prop_map(|(topic, offset)| Command::Ack { topic, offset }),
        publish().prop_map(Command::Publish),
        (address(), message()).prop_map(|(to, message)| Command::Send { to, message }),
        call,
        (topic(), 0..=1_000_u32, option::of(connection())).prop_map(|(topic, limit, after)| {
            Command::Presence(PresenceQuery {
                topic,
                limit,
                after,
            })
        }),
        (topic(), option::of(state())).prop_map(|(topic, state)| Command::State { topic, state }),
        (topic(), 1..=1_000_u32, page()).prop_map(|(topic, limit, page)| {
            Command::History(HistoryQuery { topic, limit, page })
        }),
        Just(Command::Ping),
    ]
}

fn resume() -> impl Strategy<Value = Box<Resume>> {
    // Topics come out in the order of their names.
    let offsets = prop::collection::btree_map(topic(), offset(), 0..4);
    (session(), 0..=NUMBER_MAX, offsets).prop_map(|(session, received, offsets)| {
        Box::new(Resume {
            session,
            received,
            offsets: offsets.into_iter().collect(),
        })
    })
}

fn subscribe() -> impl Strategy<Value = Subscribe> {
    let since = option::of(position());
    let state = option::of(state());
    let (presence, ack) = (any::<bool>(), any::<bool>());
    (filter(), since, presence, state, ack, option::of(pace())).prop_map(
        |(filter, since, presence, state, ack, pace)| Subscribe {
            filter,
            since,
            presence,
            state,
            ack,
            pace,
        },
    )
}

fn pace() -> impl Strategy<Value = Pace> {
    let every = (100_u64..=3_600_000).prop_map(Duration::from_millis);
    (every, option::of(1..=32_u8)).prop_map(|(every, level)| Pace { every, level })
}

fn publish() -> impl Strategy<Value = Publish> {
    let ttl = option::of((1_u64..31_536_000_000).prop_map(Duration::from_millis));
    let (key, idempotency_key) = (option::of(key()), option::of(key()));
    (topic(), message(), key, idempotency_key, ttl, any::<bool>()).prop_map(
        |(topic, message, key, idempotency_key, ttl, echo)| Publish {
            topic,
            message,
            key,
            idempotency_key,
            ttl,
            echo,
        },
    )
}

fn page() -> impl Strategy<Value = HistoryPage> {
    prop_oneof![
        Just(HistoryPage::Newest),
        position().prop_map(HistoryPage::After),
        position().prop_map(HistoryPage::Before),
    ]
}

pub(crate) fn said() -> impl Strategy<Value = Said> {
    let id = || option::of(0..=NUMBER_MAX);
    prop_oneof![
        (id(), welcome()).prop_map(|(id, welcome)| Said::Welcome(id, welcome)),
        (0..=NUMBER_MAX, reply()).prop_map(|(id, reply)| Said::Reply(id, reply)),
        (id(), refusal()).prop_map(|(id, refusal)| Said::Refused(id, refusal)),
        publication().prop_map(Said::Publication),
        publication().prop_map(Said::Retained),
        batch().prop_map(Said::Batch),
        direct().prop_map(Said::Direct),
        (filter(), subscribed()).prop_map(|(filter, begun)| Said::Subscribed(filter, begun)),
        change().prop_map(Said::Presence),
        (topic(), occupancy()).prop_map(|(topic, occupancy)| Said::Occupancy(topic, occupancy)),
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
    let session = (session(), span()).prop_map(|(token, within)| SessionOffer { token, within });
    (
        connection(),
        option::of(user()),
        heartbeat,
        option::of(span()),
        option::of(session),
    )
        .prop_map(
            |(connection, user, heartbeat, expires_in, session)| Welcome {
                connection,
                user,
                heartbeat,
                expires_in,
                session,
            },
        )
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![
        Just(Reply::Done),
        subscribed().prop_map(Reply::Subscribed),
        (position(), any::<bool>()).prop_map(|(position, duplicate)| {
            Reply::Published(Published {
                position,
                duplicate,
            })
        }),
        prop_oneof![Just(0), any::<u64>()].prop_map(|lost| Reply::Resumed { lost }),
        option::of(span()).prop_map(|expires_in| Reply::Refreshed { expires_in }),
        payload().prop_map(Reply::Called),
        members().prop_map(Reply::Presence),
        history().prop_map(Reply::History),
    ]
}

/// Only a topic has a place, and only a topic has presence.
fn subscribed() -> impl Strategy<Value = Subscribed> {
    let recovery = || {
        option::of(prop_oneof![
            Just(Recovery::Complete),
            prop::sample::select(&Gap::ALL).prop_map(Recovery::Incomplete),
        ])
    };
    let topic = (position(), recovery(), option::of(members()));
    prop_oneof![
        recovery().prop_map(|recovery| Subscribed {
            recovery,
            ..Subscribed::default()
        }),
        topic.prop_map(|(position, recovery, presence)| Subscribed {
            position: Some(position),
            recovery,
            presence,
        }),
    ]
}

fn history() -> impl Strategy<Value = History> {
    let publications = prop::collection::vec(publication().prop_map(Arc::new), 0..4);
    (position(), publications, any::<bool>()).prop_map(|(position, publications, more)| History {
        position,
        publications,
        more,
    })
}

fn batch() -> impl Strategy<Value = Batch> {
    let count = prop_oneof![Just(1), 2..=u32::MAX];
    let entry = (publication(), count).prop_map(|(publication, count)| BatchEntry {
        publication: Arc::new(publication),
        count,
    });
    let entries = prop::collection::vec(entry, 0..4);
    // Half of them are of the topic of their first publication.
    (filter(), entries, any::<bool>()).prop_map(|(filter, entries, narrow)| {
        let topic = entries.first().map(|entry| &entry.publication.topic);
        let topic = topic.filter(|_| narrow).cloned();
        Batch {
            filter: topic.map_or(filter, |topic| TopicFilter::parse(topic.as_str()).unwrap()),
            entries,
        }
    })
}

fn occupancy() -> impl Strategy<Value = Occupancy> {
    (0..=NUMBER_MAX, 0..=NUMBER_MAX)
        .prop_map(|(connections, users)| Occupancy { connections, users })
}

fn members() -> impl Strategy<Value = PresencePage> {
    let members = prop::collection::vec(member(), 0..4);
    (occupancy(), members, any::<bool>()).prop_map(|(occupancy, members, more)| PresencePage {
        occupancy,
        members,
        more,
    })
}

fn member() -> impl Strategy<Value = Arc<Member>> {
    let info = option::of(json().prop_map(Arc::from));
    (
        connection(),
        option::of(user()),
        info,
        option::of(payload()),
    )
        .prop_map(|(connection, user, info, state)| {
            Arc::new(Member {
                connection,
                user,
                info,
                state,
            })
        })
}

fn change() -> impl Strategy<Value = PresenceChange> {
    let kind = prop::sample::select(&PresenceKind::ALL);
    let was = option::of(connection());
    (topic(), kind, member(), any::<bool>(), was).prop_map(|(topic, kind, member, edge, was)| {
        PresenceChange {
            topic,
            kind,
            member,
            edge,
            was,
        }
    })
}

fn publication() -> impl Strategy<Value = Publication> {
    let (key, from) = (option::of(key()), option::of(publisher()));
    (topic(), message(), key, position(), from).prop_map(|(topic, message, key, position, from)| {
        Publication {
            topic,
            message,
            key,
            position,
            from,
            accepted_at: Moment::ZERO,
            expires_at: None,
        }
    })
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

/// What a client says about itself; saying `null` is saying nothing.
fn state() -> impl Strategy<Value = Payload> {
    payload().prop_filter("says nothing", |payload| {
        *payload != Payload::Json(Bytes::from_static(b"null"))
    })
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
