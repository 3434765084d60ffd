//! The conversations of the transcripts.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wirehub_model::{
    Audience, Batch, BatchEntry, CloseReason, ConnectionId, Direct, DirectId, ErrorCode, EventName,
    Gap, Heartbeat, History, Member, Message, Moment, Occupancy, Offset, Payload, Position,
    PresenceChange, PresenceKind, PresencePage, Publication, Published, Publisher, Recovery,
    Refusal, Reply, Subscribed, Tags, Topic, TopicFilter, UserId, Welcome,
};

use super::Step::{self, Leaves, Pinged, Released, Says, Told};
use crate::said::Said;

/// Every conversation, by the name of its file.
pub(super) fn all() -> Vec<(&'static str, Vec<Step>)> {
    vec![
        ("connecting", connecting()),
        ("server-subscriptions", server_subscriptions()),
        ("subscribing", subscribing()),
        ("deltas", deltas()),
        ("asking", asking()),
        ("pushes", pushes()),
        ("refusals", refusals()),
        ("an-expired-token", expired()),
        ("a-bad-token", bad_token()),
        ("nobody-listens", nobody_listens()),
        ("silence", vec![Leaves(CloseReason::Unauthorized)]),
        ("nonsense", nonsense()),
        ("an-unasked-pong", unasked_pong()),
    ]
}

/// A client that only hears, from its first message to its last.
pub(super) fn one_way() -> Vec<Step> {
    let mut steps = vec![
        Says(
            "who it is, and what it wants: one from a place, and one that needs a token",
            r##"{"token":"t.o.k","subs":{"chat:1":{"recover":true,"epoch":"k7","offset":3},"chat:2":{},"$chat:3":{}}}"##,
        ),
        Told(
            "one stands",
            Said::Subscribed(
                filter("chat/1"),
                Subscribed {
                    recovery: Some(Recovery::Complete),
                    ..begun(5)
                },
            ),
        ),
        Told("the client is in", Said::Welcome(None, in_as_ann(None))),
        Pinged,
        Told(
            "one begins later",
            Said::Subscribed(filter("chat/2"), begun(7)),
        ),
    ];
    let told = told_to_many().into_iter();
    steps.extend(told.map(|said| Told("what many are told", said)));
    steps.extend([
        Says("something else, which is not asked for", "{}"),
        Leaves(CloseReason::ServiceRestart),
    ]);
    steps
}

/// The numbers of requests hold the question in their upper half, as the meanings show.
const fn number(question: u64, id: u64) -> u64 {
    question << 32 | id
}

fn connection() -> ConnectionId {
    ConnectionId::new(1, 7, 99)
}

fn position(offset: u64) -> Position {
    Position {
        epoch: "k7".parse().unwrap(),
        offset: Offset(offset),
    }
}

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

fn filter(name: &str) -> TopicFilter {
    TopicFilter::parse(name).unwrap()
}

fn json(text: &'static str) -> Payload {
    Payload::Json(Bytes::from_static(text.as_bytes()))
}

fn publisher() -> Publisher {
    Publisher {
        user: Some(UserId::parse("ann").unwrap()),
        connection: connection(),
        info: None,
    }
}

fn publication(name: &str, event: Option<&str>, payload: Payload, offset: u64) -> Publication {
    Publication {
        topic: topic(name),
        message: Message {
            event: event.map(|event| EventName::parse(event).unwrap()),
            ..Message::of(payload)
        },
        key: None,
        position: position(offset),
        from: (offset > 1).then(publisher),
        accepted_at: Moment::ZERO,
        expires_at: None,
        trace: None,
    }
}

fn member(slot: u32, user: Option<&str>) -> Arc<Member> {
    Arc::new(Member {
        connection: ConnectionId::new(1, slot, 99),
        user: user.map(|user| UserId::parse(user).unwrap()),
        info: user.map(|_| r#"{"name":"Ann"}"#.into()),
        state: user.map(|_| json(r#"{"typing":true}"#)),
    })
}

pub(super) fn in_as_ann(expires_in: Option<Duration>) -> Welcome {
    Welcome {
        connection: connection(),
        user: Some(UserId::parse("ann").unwrap()),
        heartbeat: Heartbeat {
            interval: Duration::from_secs(25),
            timeout: Duration::from_secs(10),
        },
        expires_in,
        session: None,
        spread: None,
    }
}

fn welcome(id: u64, expires_in: Option<Duration>) -> Step {
    let said = Said::Welcome(Some(id), in_as_ann(expires_in));
    Told("the client is in", said)
}

fn reply(name: &'static str, question: u64, id: u64, reply: Reply) -> Step {
    Told(name, Said::Reply(number(question, id), reply))
}

fn refused(name: &'static str, question: u64, id: u64, code: ErrorCode) -> Step {
    let refusal = Refusal::new(code, "because");
    Told(name, Said::Refused(Some(number(question, id)), refusal))
}

/// The beginning of most conversations.
fn let_in() -> Vec<Step> {
    vec![
        Says(
            "connect",
            r#"{"id":1,"connect":{"token":"t.o.k","name":"js"}}"#,
        ),
        welcome(number(0, 1), None),
    ]
}

fn connecting() -> Vec<Step> {
    vec![
        Says(
            "connect, and subscribe in the same message",
            "{\"id\":1,\"connect\":{\"token\":\"t.o.k\",\"name\":\"js\",\"version\":\"5\"}}\n\
             {\"id\":2,\"subscribe\":{\"channel\":\"chat:1\"}}",
        ),
        welcome(number(0, 1), Some(Duration::from_hours(1))),
        Released,
        reply("subscribed", 1, 2, Reply::Subscribed(begun(18))),
        Pinged,
        Says("pong", "{}"),
        Says("refresh", r#"{"id":3,"refresh":{"token":"n.e.w"}}"#),
        reply(
            "refreshed",
            9,
            3,
            Reply::Refreshed {
                expires_in: Some(Duration::from_mins(5)),
            },
        ),
        refused(
            "not refreshed, try again with another",
            9,
            4,
            ErrorCode::TokenExpired,
        ),
        Leaves(CloseReason::ServiceRestart),
        Leaves(CloseReason::SlowConsumer),
        Leaves(CloseReason::Disconnected),
    ]
}

fn begun(offset: u64) -> Subscribed {
    Subscribed {
        position: Some(position(offset)),
        keeps_history: true,
        ..Subscribed::default()
    }
}

fn server_subscriptions() -> Vec<Step> {
    let subscribed = |name: &str, subscribed| Said::Subscribed(filter(name), subscribed);
    let gone = Refusal::new(ErrorCode::PermissionDenied, "not any longer");
    vec![
        Says(
            "connect with what it has of two channels",
            r##"{"id":1,"connect":{"token":"t.o.k","subs":{"chat:1":{"recover":true,"epoch":"k7","offset":3},"#ann":{"recover":false}}}}"##,
        ),
        Told(
            "one stands",
            subscribed(
                "chat/1",
                Subscribed {
                    recovery: Some(Recovery::Complete),
                    ..begun(5)
                },
            ),
        ),
        Told(
            "another, which keeps nothing",
            subscribed(
                "%23ann",
                Subscribed {
                    keeps_history: false,
                    ..begun(0)
                },
            ),
        ),
        Told(
            "a wide one, which is no channel",
            subscribed("orders/#", Subscribed::default()),
        ),
        welcome(number(0, 1), None),
        Told("one begins later", subscribed("chat/2", begun(7))),
        Told("one ends", Said::Unsubscribed(filter("chat/2"), gone)),
    ]
}

fn subscribing() -> Vec<Step> {
    let recovered = |recovery| {
        Reply::Subscribed(Subscribed {
            recovery: Some(recovery),
            ..begun(18)
        })
    };
    let mut steps = let_in();
    steps.extend([
        Says("subscribe", r#"{"id":2,"subscribe":{"channel":"chat:1"}}"#),
        reply("subscribed, where nothing is kept", 1, 2, Reply::Subscribed(Subscribed {
            keeps_history: false,
            ..begun(18)
        })),
        Says(
            "subscribe from a place",
            r#"{"id":3,"subscribe":{"channel":"chat:2","recover":true,"epoch":"k7","offset":5}}"#,
        ),
        reply("everything follows", 1, 3, recovered(Recovery::Complete)),
        Says(
            "subscribe to what is chosen by tags",
            r#"{"id":13,"subscribe":{"channel":"chat:3","tf":{"op":"or","nodes":[{"key":"side","cmp":"eq","val":"buy"},{"key":"event","cmp":"in","vals":["paid"]}]}}}"#,
        ),
        Says(
            "recover where only the last is kept",
            r#"{"id":14,"subscribe":{"channel":"last:1","recover":true,"epoch":"k6","offset":5}}"#,
        ),
        reply("it has all there is, which follows", 1, 14, Reply::Subscribed(Subscribed {
            keeps_history: false,
            has_values: true,
            recovery: Some(Recovery::Incomplete(Gap::UnknownEpoch)),
            ..begun(18)
        })),
        Says(
            "subscribe from a place that never was",
            r#"{"id":4,"subscribe":{"channel":"chat:3","recover":true,"epoch":"AbCd","offset":5}}"#,
        ),
        reply("something was missed", 1, 4, recovered(Recovery::Incomplete(Gap::UnknownEpoch))),
        Says(
            "subscribe with a token, and watch",
            r##"{"id":5,"subscribe":{"channel":"$chat:#1","token":"s.u.b","join_leave":true,"positioned":true}}"##,
        ),
        reply("subscribed, and itself is there", 1, 5, Reply::Subscribed(Subscribed {
            presence: Some(PresencePage {
                occupancy: Occupancy { connections: 2, users: 1 },
                members: vec![member(7, Some("ann")), member(8, None)],
                more: false,
            }),
            expires_in: Some(Duration::from_mins(10)),
            ..begun(18)
        })),
        Says("renew it", r##"{"id":6,"sub_refresh":{"channel":"$chat:#1","token":"n.e.w"}}"##),
        reply("renewed", 10, 6, Reply::Refreshed { expires_in: None }),
        Says("unsubscribe", r#"{"id":7,"unsubscribe":{"channel":"chat:1"}}"#),
        reply("unsubscribed", 2, 7, Reply::Done),
        refused("was not subscribed, which is as good", 2, 8, ErrorCode::NotSubscribed),
    ]);
    steps
}

fn deltas() -> Vec<Step> {
    let said = |offset, payload| publication("book/1", None, payload, offset);
    let book = |text: &'static str| json(text);
    let whole = |name, now: &Publication| Told(name, Said::Delta(now.clone(), None));
    let after = |name, now: &Publication, before: &Publication| {
        Told(
            name,
            Said::Delta(now.clone(), Some(Box::new(before.clone()))),
        )
    };
    let first = said(
        1,
        book(r#"{"book":"EUR/€", "bids":[[101.25,3],[101.2,7],[101.1,4]]}"#),
    );
    let second = said(
        2,
        book(r#"{"book":"EUR/€", "bids":[[101.25,3],[101.2,"𝄞"],[101.1,4]]}"#),
    );
    let other = said(3, book(r#"{"closed":true}"#));
    let bytes = said(4, Payload::Binary(Bytes::from_static(&[0xff; 80])));
    let more = said(5, Payload::Binary(Bytes::from_static(&[0xff; 90])));
    let mut steps = let_in();
    steps.extend([
        Says(
            "subscribe",
            r#"{"id":2,"subscribe":{"channel":"book:1","delta":"fossil"}}"#,
        ),
        reply(
            "subscribed, with deltas",
            1,
            2,
            Reply::Subscribed(Subscribed {
                deltas: true,
                ..begun(0)
            }),
        ),
        Says(
            "subscribe elsewhere",
            r#"{"id":3,"subscribe":{"channel":"chat:1","delta":"fossil"}}"#,
        ),
        reply("subscribed, without", 1, 3, Reply::Subscribed(begun(0))),
        whole("the whole, whose bytes a client keeps", &first),
        after("what changed, in whole characters", &second, &first),
        after("a whole that is shorter", &other, &second),
        whole("bytes", &bytes),
        after("what changed of them, or of their base64", &more, &bytes),
    ]);
    steps
}

fn asking() -> Vec<Step> {
    let published = Published {
        position: position(19),
        duplicate: false,
    };
    let page = PresencePage {
        occupancy: Occupancy {
            connections: 2,
            users: 1,
        },
        members: vec![member(7, Some("ann")), member(8, None)],
        more: false,
    };
    let history = History {
        position: position(19),
        publications: [18, 19]
            .map(|offset| Arc::new(publication("chat/1", None, json("1"), offset)))
            .into(),
        more: false,
    };
    let empty = History {
        position: position(0),
        publications: Vec::new(),
        more: false,
    };
    let mut steps = let_in();
    steps.extend([
        Says("publish", r#"{"id":2,"publish":{"channel":"chat:1","data":{"a":[1,null]}}}"#),
        reply("published", 3, 2, Reply::Published(published)),
        Says("publish null", r#"{"id":3,"publish":{"channel":"chat:1","data":null}}"#),
        Says("who is there", r#"{"id":4,"presence":{"channel":"chat:1"}}"#),
        reply("these are", 4, 4, Reply::Presence(page.clone())),
        Says("how many", r#"{"id":5,"presence_stats":{"channel":"chat:1"}}"#),
        reply("so many", 5, 5, Reply::Presence(page)),
        Says("where it stands", r#"{"id":6,"history":{"channel":"chat:1"}}"#),
        reply("there", 6, 6, Reply::History(empty)),
        Says("the first ones", r#"{"id":7,"history":{"channel":"chat:1","limit":2}}"#),
        reply("these are", 6, 7, Reply::History(history.clone())),
        Says("all, backwards", r#"{"id":8,"history":{"channel":"chat:1","limit":-1,"reverse":true}}"#),
        reply("these are", 7, 8, Reply::History(history)),
        Says(
            "after a place",
            r#"{"id":9,"history":{"channel":"chat:1","limit":9,"since":{"epoch":"k7","offset":5}}}"#,
        ),
        refused("which never was", 6, 9, ErrorCode::BadRequest),
        Says(
            "before a place",
            r#"{"id":10,"history":{"channel":"chat:1","limit":9,"since":{"epoch":"k7","offset":5},"reverse":true}}"#,
        ),
        Says("call", r#"{"id":11,"rpc":{"method":"sum","data":[1,2]}}"#),
        reply("called", 8, 11, Reply::Called(json("3"))),
        Says("call without an argument", r#"{"id":12,"rpc":{"method":"now"}}"#),
        Says(
            "two in one message",
            "{\"id\":13,\"publish\":{\"channel\":\"a\",\"data\":1}}\n\
             {\"id\":14,\"publish\":{\"channel\":\"b\",\"data\":2}}",
        ),
    ]);
    steps
}

/// What anybody is told in the same bytes.
pub(super) fn told_to_many() -> [Said; 12] {
    let change = |kind, was| PresenceChange {
        topic: topic("chat/1"),
        kind,
        member: member(8, Some("ann")),
        edge: true,
        was,
    };
    let batch = Batch {
        filter: filter("chat/1"),
        entries: [2, 3]
            .map(|offset| BatchEntry {
                publication: Arc::new(publication("chat/1", None, json("1"), offset)),
                count: 1,
            })
            .into(),
    };
    let tagged = Publication {
        from: Some(Publisher {
            info: Some(r#"{"name":"Ann"}"#.into()),
            ..publisher()
        }),
        message: Message {
            event: EventName::parse("paid"),
            tags: Tags::new([("side", "buy"), ("lot", "7")]).unwrap(),
            ..Message::of(json("1"))
        },
        ..publication("chat/1", None, json("1"), 4)
    };
    let binary = Payload::Binary(Bytes::from_static(b"\x00\xff\x07"));
    [
        Said::Publication(publication("chat/1", None, json("{\"a\":\n[1]}"), 1)),
        Said::Publication(publication("personal/%23ann", Some("paid"), binary, 2)),
        Said::Publication(publication("$sys/x", None, json("1"), 3)),
        Said::Batch(batch),
        Said::Direct(Direct {
            id: DirectId(1),
            to: Audience::User,
            user: None,
            message: Message::of(json(r#"{"for":"you"}"#)),
            from: None,
        }),
        Said::Presence(change(PresenceKind::Joined, None)),
        Said::Presence(change(PresenceKind::Changed, None)),
        Said::Presence(change(PresenceKind::Changed, Some(connection()))),
        Said::Presence(change(PresenceKind::Left, None)),
        Said::Occupancy(
            topic("chat/1"),
            Occupancy {
                connections: 9_999,
                users: 9,
            },
        ),
        Said::Publication(tagged),
        Said::Renewed(Some(Duration::from_secs(60))),
    ]
}

fn pushes() -> Vec<Step> {
    let mut steps = let_in();
    let names = [
        "a publication, whose line break is no end",
        "bytes with an event, from somebody",
        "a topic of the server's own, which is no channel",
        "two at once",
        "a message for the client",
        "somebody came",
        "somebody says something else about itself, which nobody can be told",
        "somebody came back on another connection",
        "somebody went",
        "a crowd, of which nobody can be told",
        "a publication with tags, from somebody whose token says more",
        "it may stay for another minute",
    ];
    let told = names.into_iter().zip(told_to_many());
    steps.extend(told.map(|(name, said)| Told(name, said)));
    steps
}

fn refusals() -> Vec<Step> {
    let mut steps = let_in();
    steps.extend([
        Says(
            "a private channel without a token",
            r#"{"id":2,"subscribe":{"channel":"$a"}}"#,
        ),
        Says("a map", r#"{"id":3,"subscribe":{"channel":"a","type":1}}"#),
        Says(
            "a filter on tags without any",
            r#"{"id":4,"subscribe":{"channel":"a","tf":{"op":"and"}}}"#,
        ),
        Says("no data", r#"{"id":5,"publish":{"channel":"a"}}"#),
        Says("no channel", r#"{"id":6,"publish":{"data":1}}"#),
        Says("no token", r#"{"id":7,"refresh":{}}"#),
        Says("no method", r#"{"id":8,"rpc":{"data":1}}"#),
        Says(
            "before the beginning",
            r#"{"id":9,"history":{"channel":"a","reverse":true,"since":{"epoch":"k7"}}}"#,
        ),
        Says(
            "a channel that no topic can be",
            r#"{"id":10,"unsubscribe":{"channel":""}}"#,
        ),
        Says(
            "a poll",
            r#"{"id":11,"sub_refresh":{"channel":"a","type":1,"token":"t"}}"#,
        ),
        refused("not allowed", 1, 12, ErrorCode::PermissionDenied),
        refused("twice", 1, 13, ErrorCode::AlreadySubscribed),
        refused("too fast", 3, 14, ErrorCode::RateLimited),
        refused("no such method", 8, 15, ErrorCode::UnknownMethod),
        refused("not kept", 6, 16, ErrorCode::NotEnabled),
        refused("a token that is too old", 1, 17, ErrorCode::TokenExpired),
        refused("a proof that is too old", 10, 18, ErrorCode::TokenExpired),
        Told(
            "what nobody asked for",
            Said::Refused(None, Refusal::new(ErrorCode::Internal, "")),
        ),
        Says(
            "a wrong delta",
            r#"{"id":19,"subscribe":{"channel":"a","delta":"xdelta"}}"#,
        ),
        Leaves(CloseReason::BadMessages),
    ]);
    steps
}

fn expired() -> Vec<Step> {
    vec![
        Says("connect", r#"{"id":1,"connect":{"token":"o.l.d"}}"#),
        refused("with an old token", 0, 1, ErrorCode::TokenExpired),
        Says(
            "anything further",
            r#"{"id":2,"subscribe":{"channel":"a"}}"#,
        ),
        Leaves(CloseReason::TokenExpired),
    ]
}

fn bad_token() -> Vec<Step> {
    vec![
        Says("connect", r#"{"id":1,"connect":{"token":"b.a.d"}}"#),
        refused(
            "which the close code tells alone",
            0,
            1,
            ErrorCode::Unauthorized,
        ),
        Leaves(CloseReason::Unauthorized),
    ]
}

fn nobody_listens() -> Vec<Step> {
    let mut steps = let_in();
    steps.extend([
        Says(
            "a message that is no request",
            r#"{"send":{"data":{"a":1}}}"#,
        ),
        Leaves(CloseReason::BadMessages),
    ]);
    steps
}

fn nonsense() -> Vec<Step> {
    vec![
        Says("text of another kind", "hello"),
        Says("and nothing is heard behind it", r#"{"id":1,"connect":{}}"#),
        Leaves(CloseReason::BadMessages),
    ]
}

fn unasked_pong() -> Vec<Step> {
    let mut steps = let_in();
    steps.extend([
        Pinged,
        Says("pong", "{}"),
        Says("once more", "{}"),
        Leaves(CloseReason::BadMessages),
    ]);
    steps
}
