use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use serde_json::{Value, json};
use wirehub_core::{Occurrence, OccurrenceKind, SessionEnd};
use wirehub_model::{
    CloseCause, CloseReason, ConnectionId, ErrorCode, EventName, Member, Message, Payload,
    PresenceChange, PresenceKind, Publisher, Topic, TopicFilter, UserId,
};

use crate::{Occurred, Source};

fn connection() -> ConnectionId {
    ConnectionId::new(3, 9, 11)
}

fn ann() -> Option<UserId> {
    UserId::parse("ann").ok()
}

fn json(occurrence: Occurrence) -> Value {
    let source = Source::new("eu-1", 0xbeef);
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_800_000_000_250);
    serde_json::from_str(&Occurred::new(&source, at, occurrence).to_json()).unwrap()
}

fn presence(kind: PresenceKind) -> Occurrence {
    let member = Member {
        connection: connection(),
        user: ann(),
        info: Some(r#"{"name":"Ann"}"#.into()),
        state: Some(Payload::Json(Bytes::from_static(b"\"typing\""))),
    };
    Occurrence::Presence(Arc::new(PresenceChange {
        topic: Topic::parse("room/1").unwrap(),
        kind,
        member: Arc::new(member),
        edge: true,
        was: (kind == PresenceKind::Changed).then(connection),
    }))
}

fn published(payload: Payload) -> Occurrence {
    Occurrence::Published {
        from: Publisher {
            user: None,
            connection: connection(),
            info: None,
        },
        topic: Topic::parse("room/1").unwrap(),
        message: Message {
            event: EventName::parse("said"),
            ..Message::of(payload)
        },
    }
}

#[test]
fn what_the_application_publishes_has_no_connection() {
    let event = json(Occurrence::Announced {
        topic: Topic::parse("room/1").unwrap(),
        message: Message {
            event: None,
            ..Message::of(Payload::Json(Bytes::from_static(b"{\"a\":1}")))
        },
    });
    assert_eq!(event["type"], "wirehub.announced");
    assert_eq!(event["subject"], "room/1");
    assert_eq!(event["data"], json!({"topic": "room/1", "data": {"a": 1}}));
}

#[test]
fn the_attributes_are_those_of_the_specification() {
    let event = json(Occurrence::Connected {
        connection: connection(),
        user: ann(),
    });
    let name = connection().to_string();
    let expected = json!({
        "specversion": "1.0",
        "id": "000000000000beef-1",
        "source": "/wirehub/eu-1",
        "type": "wirehub.connected",
        "subject": name,
        "time": "2027-01-15T08:00:00.25Z",
        "datacontenttype": "application/json",
        "data": {"connection": name, "user": "ann"},
    });
    assert_eq!(event, expected);
}

#[test]
fn connections_say_all_there_is_to_say() {
    let filter = TopicFilter::parse("room/+").unwrap();
    let (connection, user, name) = (connection(), ann(), connection().to_string());
    let cases = [
        (
            Occurrence::Disconnected {
                connection,
                user: user.clone(),
                cause: CloseCause::Server(CloseReason::SlowConsumer),
                may_resume: true,
            },
            json!({"connection": name, "user": "ann", "cause": "slow_consumer", "may_resume": true}),
        ),
        (
            Occurrence::Resumed {
                connection,
                was: connection,
                user: None,
            },
            json!({"connection": name, "was": name}),
        ),
        (
            Occurrence::SessionEnded {
                connection,
                user: None,
                end: SessionEnd::Expired,
            },
            json!({"connection": name, "cause": "expired"}),
        ),
        (
            Occurrence::Subscribed {
                connection,
                user: None,
                filter: filter.clone(),
            },
            json!({"connection": name, "topic": "room/+"}),
        ),
        (
            Occurrence::Unsubscribed {
                connection,
                user: None,
                filter,
                code: Some(ErrorCode::TokenExpired),
            },
            json!({"connection": name, "topic": "room/+", "code": "token_expired"}),
        ),
        (
            Occurrence::Limited {
                connection,
                user: None,
                code: ErrorCode::RateLimited,
            },
            json!({"connection": name, "code": "rate_limited"}),
        ),
    ];
    check(cases);
}

#[test]
fn topics_say_all_there_is_to_say() {
    let name = connection().to_string();
    let cases = [
        (
            presence(PresenceKind::Joined),
            json!({"connection": name, "user": "ann", "topic": "room/1",
                   "info": {"name": "Ann"}, "state": "typing", "first_of_user": true}),
        ),
        (
            presence(PresenceKind::Changed),
            json!({"connection": name, "user": "ann", "topic": "room/1",
                   "info": {"name": "Ann"}, "state": "typing", "was": name}),
        ),
        (
            published(Payload::Json(Bytes::from_static(b"{\"n\":1}"))),
            json!({"connection": name, "topic": "room/1", "event": "said", "data": {"n": 1}}),
        ),
        (
            published(Payload::Binary(Bytes::from_static(b"\x00\xff"))),
            json!({"connection": name, "topic": "room/1", "event": "said", "binary": "AP8="}),
        ),
    ];
    check(cases);
}

fn check<const N: usize>(cases: [(Occurrence, Value); N]) {
    for (occurrence, expected) in cases {
        let kind = occurrence.kind();
        let event = json(occurrence);
        assert_eq!(event["data"], expected, "{kind:?}");
        assert_eq!(event["type"], format!("wirehub.{}", kind.name()));
    }
}

#[test]
fn kinds_are_found_by_their_names() {
    for kind in OccurrenceKind::ALL {
        assert_eq!(OccurrenceKind::named(kind.name()), Some(kind));
    }
    assert_eq!(OccurrenceKind::named("disconnect"), None);
}
