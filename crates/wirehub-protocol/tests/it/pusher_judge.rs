//! What holds for any messages of a client of Pusher, however broken. Property tests and fuzz
//! targets share it.

use std::time::Duration;

use serde_json::Value;
use wirehub_model::{
    Command, ConnectionId, ErrorCode, Event, Heartbeat, Payload, Refusal, Reply, Subscribed,
    Welcome,
};
use wirehub_protocol::{
    Conversation, Frame, Heard,
    pusher::{Opening, Scope, channel_of, payload_of, text_of, topic_of},
};

/// No refusal is longer, whatever the message was.
const REFUSAL_BYTES_MAX: usize = 512;

/// A connection that was let in.
pub(crate) fn talk(scope: Scope) -> Conversation {
    let mut conversation = Conversation::with_pusher(Ok(Opening {
        scope,
        client_events: true,
        payload_bytes: 1_000,
        activity_timeout: Duration::from_secs(120),
    }));
    let welcome = Welcome {
        connection: ConnectionId::from_number(123 << 32 | 456),
        user: None,
        heartbeat: Heartbeat {
            interval: Duration::from_secs(25),
            timeout: Duration::from_secs(10),
        },
        expires_in: None,
        session: None,
        spread: None,
    };
    let event = Event::Welcome {
        id: None,
        welcome: &welcome,
    };
    assert!(conversation.tell(&event, &mut Vec::new()));
    conversation
}

/// Every line is a message: it is understood or refused, and whatever it asks can be answered.
pub(crate) fn messages(lines: &str) {
    for scope in [Scope::default(), Scope::named("shop").unwrap()] {
        let mut conversation = talk(scope.clone());
        let mut heard = Vec::new();
        for line in lines.lines() {
            conversation.hear(Frame::Text(line), &mut heard);
            for heard in heard.drain(..) {
                if let Some(id) = judged(&scope, &heard) {
                    answered(&mut conversation, &heard, id);
                }
            }
        }
        names(&scope, lines);
    }
}

/// Looks at what was heard, and gives the number of the request that waits for an answer.
fn judged(scope: &Scope, heard: &Heard) -> Option<u64> {
    match heard {
        Heard::Request(request) => {
            match &request.command {
                Command::Subscribe(wish) => {
                    let channel = channel_of(&wish.filter.as_topic().unwrap()).unwrap();
                    assert!(!channel.starts_with("private-") && !channel.starts_with("presence-"));
                    assert!(wish.grant.is_none());
                }
                Command::Publish(wish) => {
                    let channel = channel_of(&wish.topic).unwrap();
                    assert_eq!(topic_of(scope, &channel).as_ref(), Ok(&wish.topic));
                    assert!(!wish.echo);
                    is_json(&wish.message.payload);
                }
                Command::Unsubscribe { .. } | Command::Ping => {}
                other => panic!("clients of Pusher cannot ask for this: {other:?}"),
            }
            request.id
        }
        Heard::Proven { id, wish, .. } => {
            assert!(wish.grant.is_none());
            *id
        }
        Heard::SignIn { id, .. } => *id,
        Heard::Refused { id, refusal } => {
            bounded(refusal);
            *id
        }
        Heard::Malformed(refusal) => {
            bounded(refusal);
            None
        }
        other => panic!("a text message means no such thing: {other:?}"),
    }
}

/// Whatever the answer is, what the client is told is a message of Pusher's.
fn answered(conversation: &mut Conversation, heard: &Heard, id: u64) {
    let refusal = Refusal::new(ErrorCode::PermissionDenied, "no");
    let subscribed = Reply::Subscribed(Subscribed::default());
    let event = match heard {
        Heard::Proven { .. } if id.is_multiple_of(2) => Event::Reply {
            id,
            reply: &subscribed,
        },
        Heard::SignIn { .. } if id.is_multiple_of(2) => Event::Reply {
            id,
            reply: &Reply::Done,
        },
        Heard::Request(request) if request.command == Command::Ping => Event::Pong,
        _ => Event::Refused {
            id: Some(id),
            refusal: &refusal,
        },
    };
    let mut out = Vec::new();
    if conversation.tell(&event, &mut out) {
        message(&out);
    }
    out.clear();
    while conversation.tell_more(&mut out) {
        message(&out);
        out.clear();
    }
}

/// One message of the server: an event, and data that is a text.
pub(crate) fn message(bytes: &[u8]) {
    let message: Value = serde_json::from_slice(bytes).unwrap();
    assert!(
        message["event"].is_string() && message["data"].is_string(),
        "{message}"
    );
}

/// Any text is the name of a channel or none, and data or none; what it means comes back.
fn names(scope: &Scope, text: &str) {
    if let Ok(topic) = topic_of(scope, text) {
        assert_eq!(channel_of(&topic).as_deref(), Some(text));
    }
    if let Ok(payload) = payload_of(text) {
        is_json(&payload);
        let again = payload_of(&text_of(&payload)).unwrap();
        let value = |payload: &Payload| serde_json::from_slice::<Value>(payload.bytes()).ok();
        assert_eq!(value(&again), value(&payload));
    }
}

fn is_json(payload: &Payload) {
    assert!(serde_json::from_slice::<&serde_json::value::RawValue>(payload.bytes()).is_ok());
}

fn bounded(refusal: &Refusal) {
    let length = refusal.message.len();
    assert!((1..=REFUSAL_BYTES_MAX).contains(&length), "{refusal:?}");
}
