//! Pusher's protocol: a transcript of all there is to say, and what holds for any message.

use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use wirehub_model::{
    Audience, CloseReason, ConnectionId, Direct, DirectId, Epoch, ErrorCode, Event, EventName,
    Member, Message, Moment, Occupancy, Offset, Payload, Position, PresenceChange, PresenceKind,
    PresencePage, Publication, Publisher, Refusal, Reply, Subscribed, Topic, TopicFilter, UserId,
};
use wirehub_protocol::{
    Conversation, Dialect, Frame,
    pusher::{Rejection, Scope},
};

use crate::{expect, pusher_judge};

const FILE: &str = "crates/wirehub-protocol/testdata/pusher/conversation.txt";

/// A conversation and what was said in it so far.
struct Talk {
    conversation: Conversation,
    lines: Vec<String>,
}

impl Talk {
    fn part(&mut self, name: &str) {
        self.lines.push(format!("\n# {name}"));
    }

    /// The client says something, and this is what it means.
    fn says(&mut self, text: &str) {
        self.lines.push(format!("> {text}"));
        pusher_judge::messages(text);
        let mut heard = Vec::new();
        self.conversation.hear(Frame::Text(text), &mut heard);
        self.lines
            .extend(heard.iter().map(|heard| format!("= {heard:?}")));
    }

    /// The client alone is told something.
    fn is_told(&mut self, event: &Event<'_>) {
        let mut out = Vec::new();
        if self.conversation.tell(event, &mut out) {
            self.hears(&out);
        } else {
            self.lines.push("< nothing".to_owned());
        }
        out.clear();
        while self.conversation.tell_more(&mut out) {
            self.hears(&out);
            out.clear();
        }
    }

    fn is_answered(&mut self, id: u64, reply: &Reply) {
        self.is_told(&Event::Reply { id, reply });
    }

    fn is_refused(&mut self, id: Option<u64>, code: ErrorCode, message: &'static str) {
        let refusal = &Refusal::new(code, message);
        self.is_told(&Event::Refused { id, refusal });
    }

    /// Everybody is told something.
    fn all_are_told(&mut self, event: &Event<'_>) {
        let mut out = Vec::new();
        if Dialect::Pusher.encode(event, &mut out) {
            self.hears(&out);
        } else {
            self.lines.push("< nothing".to_owned());
        }
    }

    fn hears(&mut self, bytes: &[u8]) {
        pusher_judge::message(bytes);
        self.lines
            .push(format!("< {}", String::from_utf8_lossy(bytes)));
    }
}

fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

fn user(id: &str) -> Option<UserId> {
    Some(UserId::parse(id).unwrap())
}

fn member(connection: u64, id: Option<UserId>) -> Arc<Member> {
    Arc::new(Member {
        connection: ConnectionId::from_number(connection),
        info: id.as_ref().map(|_| Arc::from(r#"{"name":"Ann"}"#)),
        user: id,
        state: None,
    })
}

fn said(name: &str, event: Option<&str>, payload: Payload, from: Option<&str>) -> Publication {
    Publication {
        topic: topic(name),
        message: Message {
            event: event.and_then(EventName::parse),
            ..Message::of(payload)
        },
        key: None,
        position: Position {
            epoch: "k7".parse::<Epoch>().unwrap(),
            offset: Offset(3),
        },
        from: from.map(|id| Publisher {
            user: user(id),
            connection: ConnectionId::from_number(7),
            info: None,
        }),
        accepted_at: Moment::ZERO,
        expires_at: None,
        trace: None,
    }
}

fn json(text: &'static str) -> Payload {
    Payload::Json(Bytes::from_static(text.as_bytes()))
}

#[test]
fn the_transcript_says_what_the_dialect_says() {
    let conversation = pusher_judge::talk(Scope::default());
    let lines = vec!["# Made by the tests; see README.md for what the lines are.".to_owned()];
    let mut talk = Talk {
        conversation,
        lines,
    };
    channels(&mut talk);
    members(&mut talk);
    users(&mut talk);
    publications(&mut talk);
    refusals(&mut talk);
    rejections(&mut talk);
    expect::check(FILE, &(talk.lines.join("\n") + "\n"));
}

fn channels(talk: &mut Talk) {
    talk.part("a public channel");
    talk.says(r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"news.today"}}"#);
    talk.is_answered(1, &Reply::Subscribed(Subscribed::default()));
    talk.says(r#"{"event":"pusher:unsubscribe","data":{"channel":"news.today"}}"#);
    talk.is_answered(2, &Reply::Done);
    talk.part("a private channel");
    talk.says(r#"{"event":"pusher:subscribe","data":{"auth":"key:5ca1e","channel":"private-a"}}"#);
    talk.is_answered(3, &Reply::Subscribed(Subscribed::default()));
    talk.says(r#"{"event":"client-typing","channel":"private-a","data":{"on":true}}"#);
    talk.part("a cache channel without and with something in it");
    talk.says(r#"{"event":"pusher:subscribe","data":{"channel":"cache-a"}}"#);
    talk.is_answered(4, &Reply::Subscribed(Subscribed::default()));
    talk.says(r#"{"event":"pusher:subscribe","data":{"channel":"cache-b"}}"#);
    let subscribed = Subscribed {
        has_values: true,
        ..Subscribed::default()
    };
    talk.is_answered(5, &Reply::Subscribed(subscribed));
    let cached = said("cache-b", Some("price"), json("7"), None);
    talk.all_are_told(&Event::Retained(&cached));
    talk.part("a sign of life");
    talk.says(r#"{"event":"pusher:ping","data":{}}"#);
    talk.is_told(&Event::Pong);
    talk.says(r#"{"event":"pusher:pong","data":{}}"#);
}

fn members(talk: &mut Talk) {
    talk.part("a presence channel, where Ann is twice and somebody is without a name");
    talk.says(
        r#"{"event":"pusher:subscribe","data":{"auth":"key:5ca1e","channel":"presence-a","channel_data":"{\"user_id\":7,\"user_info\":{\"name\":\"Bob\"}}"}}"#,
    );
    let page = PresencePage {
        occupancy: Occupancy {
            connections: 3,
            users: 1,
        },
        members: vec![
            member(1, user("ann")),
            member(2, user("ann")),
            member(3, None),
        ],
        more: false,
    };
    let subscribed = Subscribed {
        presence: Some(page),
        ..Subscribed::default()
    };
    talk.is_answered(7, &Reply::Subscribed(subscribed));
    for (kind, edge) in [
        (PresenceKind::Joined, true),
        (PresenceKind::Joined, false),
        (PresenceKind::Changed, false),
        (PresenceKind::Left, true),
    ] {
        let change = PresenceChange {
            topic: topic("presence-a"),
            kind,
            member: member(1, user("ann")),
            edge,
            was: None,
        };
        talk.all_are_told(&Event::Presence(&change));
    }
    talk.part("more members than are told");
    talk.all_are_told(&Event::Occupancy {
        topic: &topic("presence-a"),
        occupancy: Occupancy {
            connections: 5_000,
            users: 4_000,
        },
    });
}

fn users(talk: &mut Talk) {
    talk.part("a user signs in and hears its own channel");
    talk.says(r##"{"event":"pusher:subscribe","data":{"channel":"#server-to-user-ann"}}"##);
    talk.is_refused(
        Some(8),
        ErrorCode::PermissionDenied,
        "the connection has not signed in",
    );
    talk.says(
        r#"{"event":"pusher:signin","data":{"auth":"key:5ca1e","user_data":"{\"id\":\"ann\"}"}}"#,
    );
    talk.is_answered(9, &Reply::Done);
    talk.says(r##"{"event":"pusher:subscribe","data":{"channel":"#server-to-user-ann"}}"##);
    talk.is_told(&Event::Pong);
    for (to, user) in [(Audience::User, user("ann")), (Audience::Everyone, None)] {
        let message = said("a", Some("note"), json(r#"{"text":"hi"}"#), None).message;
        let direct = Direct {
            id: DirectId(1),
            to,
            user,
            message,
            from: None,
        };
        talk.all_are_told(&Event::Direct(&direct));
    }
}

fn publications(talk: &mut Talk) {
    talk.part("what is published");
    for publication in [
        said(
            "orders/42",
            Some("paid"),
            json(r#"{"total": 12.50}"#),
            Some("ann"),
        ),
        said("v1.2/größe", None, json("null"), None),
        said("~shop/news", Some("said"), json(r#""hello""#), None),
        said("~shop/news", Some("said"), json(r#""5""#), None),
        said(
            "bytes",
            Some("said"),
            Payload::Binary(Bytes::from_static(b"\x00\x01\xff")),
            None,
        ),
        said(
            "presence-a",
            Some("client-typing"),
            json("true"),
            Some("~shop/ann"),
        ),
        said(
            "private-a",
            Some("client-typing"),
            json("true"),
            Some("ann"),
        ),
        said("$sys/load", Some("said"), json("1"), None),
    ] {
        talk.all_are_told(&Event::Publication(&publication));
    }
}

fn refusals(talk: &mut Talk) {
    talk.part("what is refused");
    talk.says(r#"{"event":"pusher:subscribe","data":{"channel":"private-b"}}"#);
    talk.is_refused(
        Some(11),
        ErrorCode::Unauthorized,
        "the channel needs a signature",
    );
    talk.says(r#"{"event":"pusher:subscribe","data":{"channel":"no spaces"}}"#);
    talk.is_refused(Some(12), ErrorCode::BadRequest, "no such channel");
    talk.says(r#"{"event":"pusher:subscribe","data":{"channel":"news"}}"#);
    talk.is_refused(
        Some(13),
        ErrorCode::AlreadySubscribed,
        "it has that subscription",
    );
    talk.says(r#"{"event":"client-hi","channel":"news","data":1}"#);
    talk.is_refused(
        None,
        ErrorCode::PermissionDenied,
        "client events are for others",
    );
    talk.is_refused(None, ErrorCode::RateLimited, "too many requests; slow down");
    talk.says(r#"{"event":"pusher:signin","data":{"auth":"key:5ca1e","user_data":"{}"}}"#);
    talk.says(r#"{"event":"pusher:subscribe","data":{"auth":"key:5ca1e","channel":"presence-b"}}"#);
    talk.says("nonsense");
    talk.says(r#"{"event":"pusher:shout"}"#);
    talk.part("a subscription that ends");
    talk.is_told(&Event::Unsubscribed {
        filter: &TopicFilter::parse("news").unwrap(),
        refusal: &Refusal::new(ErrorCode::PermissionDenied, "not any more"),
    });
    talk.part("goodbye");
    for reason in CloseReason::ALL {
        let goodbye = talk.conversation.goodbye(reason);
        talk.lines
            .push(format!("! {} {}", goodbye.code, goodbye.reason));
    }
}

fn rejections(talk: &mut Talk) {
    for rejection in Rejection::ALL {
        talk.part(&format!("not let in: {rejection:?}"));
        talk.conversation = Conversation::with_pusher(Err(rejection));
        talk.is_refused(None, ErrorCode::Unauthorized, "the client is not let in");
        talk.says(r#"{"event":"pusher:ping","data":{}}"#);
        let goodbye = talk.conversation.goodbye(CloseReason::Unauthorized);
        talk.lines
            .push(format!("! {} {}", goodbye.code, goodbye.reason));
    }
}

/// Messages that are nearly right, so that what is behind the envelope is reached often.
fn nearly() -> impl Strategy<Value = String> {
    let event = prop_oneof![
        prop::sample::select(vec![
            "pusher:subscribe",
            "pusher:unsubscribe",
            "pusher:signin",
            "pusher:ping",
            "client-x",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let channel = prop_oneof![
        prop::sample::select(vec![
            "news",
            "private-a",
            "presence-a",
            "cache-a",
            "private-encrypted-a",
            "#server-to-user-7",
            "=7Eshop.a",
            "a=3D2E",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    let data = prop_oneof![
        prop::sample::select(vec![
            r#"{"user_id":"7"}"#,
            r#"{"user_id":7,"user_info":{}}"#,
            r#"{"id":"7"}"#,
            "{}",
            "7",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ];
    (event, channel, data).prop_map(|(event, channel, data)| {
        let said = serde_json::json!({
            "event": event,
            "channel": channel,
            "data": {
                "channel": channel, "auth": data, "channel_data": data, "user_data": data,
            },
        });
        said.to_string()
    })
}

proptest! {
    #[test]
    fn any_text_is_understood_or_refused(lines in any::<String>()) {
        pusher_judge::messages(&lines);
    }

    #[test]
    fn messages_that_are_nearly_right_are_too(lines in prop::collection::vec(nearly(), 1..8)) {
        pusher_judge::messages(&lines.join("\n"));
    }
}
