//! The events of the transcripts, by the name of their step.

mod presence;
mod remembered;

use std::time::Duration;

use bytes::Bytes;
use wirehub_model::{
    Audience, ConnectionId, Direct, DirectId, ErrorCode, EventName, Gap, Heartbeat, Message,
    Moment, Offset, Payload, Position, Publication, Published, Publisher, ReconnectAdvice,
    Recovery, Refusal, Reply, Subscribed, Topic, TopicFilter, UserId, Welcome,
};

use crate::said::Said;

/// Every step in which the server speaks.
pub(crate) fn events() -> Vec<(&'static str, Said)> {
    [
        connections(),
        topics(),
        replies(),
        direct(),
        refusals(),
        remembered::events(),
        presence::events(),
    ]
    .concat()
}

fn connections() -> Vec<(&'static str, Said)> {
    let welcome = Welcome {
        connection: connection(),
        user: Some(user("u1")),
        heartbeat: Heartbeat {
            interval: Duration::from_secs(25),
            timeout: Duration::from_millis(7_500),
        },
        expires_in: Some(Duration::from_hours(1)),
        session: None,
        spread: None,
    };
    let anonymous = Welcome {
        user: None,
        expires_in: None,
        ..welcome.clone()
    };
    let refreshed = |expires_in| Reply::Refreshed { expires_in };
    let advice = ReconnectAdvice {
        reason: "drain",
        within: Duration::from_secs(8),
    };
    vec![
        (
            "welcome after connect",
            Said::Welcome(Some(1), welcome.clone()),
        ),
        (
            "welcome when the handshake carried the token",
            Said::Welcome(None, welcome),
        ),
        (
            "welcome of an anonymous client",
            Said::Welcome(None, anonymous),
        ),
        (
            "the new token is good for half an hour",
            Said::Reply(2, refreshed(Some(Duration::from_mins(30)))),
        ),
        (
            "the new token does not expire",
            Said::Reply(2, refreshed(None)),
        ),
        ("pong", Said::Pong),
        ("the server asks to move", Said::Reconnect(advice)),
        (
            "there are more clients now",
            Said::Spread(Duration::from_secs(4)),
        ),
    ]
}

fn topics() -> Vec<(&'static str, Said)> {
    let paid = publication("orders/42", Some("paid"), json(r#"{"amount": 12.50}"#));
    let from_backend = Publication {
        from: None,
        ..publication("orders/42", None, json("null"))
    };
    let anonymous = Publication {
        from: Some(Publisher {
            user: None,
            connection: connection(),
            info: None,
        }),
        ..publication("räume/\"7\"", Some("tippt"), json(r#"["a\u00e9", 1e3]"#))
    };
    let binary = publication(
        "photos/7",
        None,
        Payload::Binary(Bytes::from_static(b"\x89PNG\r\n")),
    );
    let filter = |text| TopicFilter::parse(text).unwrap();
    let ended = Refusal::new(
        ErrorCode::PermissionDenied,
        "the new token does not allow `orders/42`",
    );
    vec![
        ("a message with an event", Said::Publication(paid)),
        (
            "a message of the application's own servers",
            Said::Publication(from_backend),
        ),
        (
            "a message of an anonymous client",
            Said::Publication(anonymous),
        ),
        ("a message in bytes", Said::Publication(binary)),
        (
            "a subscription is taken away",
            Said::Unsubscribed(filter("orders/42"), ended),
        ),
    ]
}

fn replies() -> Vec<(&'static str, Said)> {
    let subscribed = Subscribed {
        position: Some(position(18)),
        ..Subscribed::default()
    };
    let recovered = Subscribed {
        recovery: Some(Recovery::Complete),
        ..subscribed.clone()
    };
    let missed = Subscribed {
        recovery: Some(Recovery::Incomplete(Gap::Expired)),
        ..subscribed.clone()
    };
    let published = |duplicate| {
        let position = position(19);
        Reply::Published(Published {
            position,
            duplicate,
        })
    };
    let called = |payload| Said::Reply(5, Reply::Called(payload));
    vec![
        ("done", Said::Reply(8, Reply::Done)),
        ("subscribed", Said::Reply(2, Reply::Subscribed(subscribed))),
        (
            "subscribed, nothing was missed",
            Said::Reply(2, Reply::Subscribed(recovered)),
        ),
        (
            "subscribed, something was missed",
            Said::Reply(2, Reply::Subscribed(missed)),
        ),
        (
            "subscribed with wildcards",
            Said::Reply(3, Reply::Subscribed(Subscribed::default())),
        ),
        ("published", Said::Reply(3, published(false))),
        (
            "published before and not again",
            Said::Reply(4, published(true)),
        ),
        ("the answer to a call", called(json(r#"{"order": 42}"#))),
        (
            "the answer to a call in bytes",
            called(Payload::Binary(Bytes::from_static(&[0, 255, 254]))),
        ),
    ]
}

fn direct() -> Vec<(&'static str, Said)> {
    let said = |to, event, from: Option<Publisher>| {
        let message = message(event, json(r#"{"text":"hi"}"#));
        let user = (to == Audience::User).then(|| user("u2"));
        Said::Direct(Direct {
            id: DirectId(1),
            to,
            user,
            message,
            from,
        })
    };
    let sender = Publisher {
        user: Some(user("u1")),
        connection: connection(),
        info: None,
    };
    vec![
        (
            "a message to the user",
            said(Audience::User, Some("note"), Some(sender.clone())),
        ),
        (
            "a message to the connection",
            said(Audience::Connection, None, Some(sender)),
        ),
        (
            "a message to everyone",
            said(Audience::Everyone, Some("notice"), None),
        ),
    ]
}

fn refusals() -> Vec<(&'static str, Said)> {
    let refused = |id, code, text: &'static str| Said::Refused(id, Refusal::new(code, text));
    vec![
        (
            "permission denied",
            refused(
                Some(2),
                ErrorCode::PermissionDenied,
                "the token does not allow to subscribe to `orders/42`",
            ),
        ),
        (
            "a refusal that may pass later",
            refused(
                Some(3),
                ErrorCode::RateLimited,
                "more than 100 publications a second",
            ),
        ),
        (
            "a refusal of a message without a readable id",
            refused(
                None,
                ErrorCode::BadRequest,
                "the message is not JSON: it ends too early",
            ),
        ),
    ]
}

fn publication(topic: &str, event: Option<&str>, payload: Payload) -> Publication {
    Publication {
        topic: Topic::parse(topic).unwrap(),
        message: message(event, payload),
        key: None,
        position: position(19),
        from: Some(Publisher {
            user: Some(user("u1")),
            connection: connection(),
            info: None,
        }),
        accepted_at: Moment::ZERO,
        expires_at: None,
        trace: None,
    }
}

fn message(event: Option<&str>, payload: Payload) -> Message {
    Message {
        event: event.map(|name| EventName::parse(name).unwrap()),
        ..Message::of(payload)
    }
}

fn json(text: &'static str) -> Payload {
    Payload::Json(Bytes::from_static(text.as_bytes()))
}

fn position(offset: u64) -> Position {
    Position {
        epoch: "k7f2m".parse().unwrap(),
        offset: Offset(offset),
    }
}

fn user(id: &str) -> UserId {
    UserId::parse(id).unwrap()
}

fn connection() -> ConnectionId {
    "c_3k9x".parse().unwrap()
}
