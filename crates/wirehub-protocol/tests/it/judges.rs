//! What holds for any message of a client, however broken. Property tests and fuzz targets share
//! it.

use std::time::Duration;

use prost::Message as _;
use serde_json::value::RawValue;
use wirehub_model::{
    Command, ConnectionId, ErrorCode, Event, Heartbeat, Payload, Refusal, Welcome,
};
use wirehub_protocol::{
    Conversation, DecodeError, Dialect, Frame, Heard, Request, centrifuge::EmulationRequest,
};

use super::peer;

/// No refusal is longer, whatever the message was.
const REFUSAL_BYTES_MAX: usize = 512;

/// A text message is a request that means the same when it is written anew, or is refused.
pub(crate) fn json(text: &str) {
    if let Some(request) = judged(Dialect::NativeJson.decode(Frame::Text(text))) {
        assert_eq!(through_json(&request), Ok(request.clone()));
        assert_eq!(through_protobuf(&request), Ok(request));
    }
}

/// A binary message, likewise.
pub(crate) fn protobuf(bytes: &[u8]) {
    if let Some(mut request) = judged(Dialect::NativeProtobuf.decode(Frame::Binary(bytes))) {
        assert_eq!(through_protobuf(&request), Ok(request.clone()));
        let json = through_json(&request);
        // Space around a JSON value belongs to it in Protobuf only.
        if let Some(Payload::Json(text)) = payload(&mut request.command) {
            *text = text.trim_ascii().to_vec().into();
        }
        assert_eq!(json, Ok(request));
    }
}

fn through_json(request: &Request) -> Result<Request, DecodeError> {
    Dialect::NativeJson.decode(Frame::Text(&peer::to_json(request)))
}

fn through_protobuf(request: &Request) -> Result<Request, DecodeError> {
    let bytes = peer::to_protobuf(request).encode_to_vec();
    Dialect::NativeProtobuf.decode(Frame::Binary(&bytes))
}

/// Checks what was decoded, and hands out the request when it is one.
fn judged(decoded: Result<Request, DecodeError>) -> Option<Request> {
    match decoded {
        Ok(mut request) => {
            if let Some(Payload::Json(text)) = payload(&mut request.command) {
                assert!(serde_json::from_slice::<&RawValue>(text).is_ok());
            }
            Some(request)
        }
        Err(DecodeError::Refused { refusal, .. }) => {
            let length = refusal.message.len();
            assert!((1..=REFUSAL_BYTES_MAX).contains(&length), "{refusal:?}");
            None
        }
        Err(close) => panic!("the kind of message is right, and it says {close}"),
    }
}

/// The payload a command carries.
fn payload(command: &mut Command) -> Option<&mut Payload> {
    match command {
        Command::Publish(wish) => Some(&mut wish.message.payload),
        Command::Send { message, .. } | Command::Call { message, .. } => Some(&mut message.payload),
        Command::Subscribe(wish) => wish.state.as_mut(),
        Command::State { state, .. } => state.as_mut(),
        _ => None,
    }
}

/// One message of a client of a foreign dialect, before it is let in and after, and its parts again
/// as another message: nothing panics, and what is made of it keeps the rules.
pub(crate) fn conversation(dialect: Dialect, bytes: &[u8]) {
    let frame = match std::str::from_utf8(bytes) {
        Ok(text) if dialect.is_text() => Frame::Text(text),
        _ => Frame::Binary(bytes),
    };
    let Some(mut silent) = Conversation::begin(dialect) else {
        panic!("{dialect:?} has no conversations")
    };
    let mut heard = Vec::new();
    silent.hear(frame, &mut heard);
    check_heard(&heard);

    let Some(mut open) = Conversation::begin(dialect) else {
        return;
    };
    let mut out = Vec::new();
    let welcome = Welcome {
        connection: ConnectionId::new(0, 0, 0),
        user: None,
        heartbeat: Heartbeat {
            interval: Duration::from_secs(25),
            timeout: Duration::from_secs(10),
        },
        expires_in: None,
        session: None,
        spread: None,
    };
    let id = Some(1);
    let event = Event::Welcome {
        id,
        welcome: &welcome,
    };
    assert!(open.tell(&event, &mut out));
    heard.clear();
    open.hear(frame, &mut heard);
    check_heard(&heard);
    for heard in heard {
        let (Heard::Request(Request { id, .. })
        | Heard::Proven { id, .. }
        | Heard::Renewal { id, .. }
        | Heard::Refused { id, .. }) = heard
        else {
            continue;
        };
        let refusal = Refusal::new(ErrorCode::Internal, "because");
        let event = Event::Refused {
            id,
            refusal: &refusal,
        };
        out.clear();
        // A client that asked with a number is answered.
        assert!(open.tell(&event, &mut out), "{id:?}");
        assert!(!out.is_empty());
    }
}

/// The first message of a client that only hears is a request to connect or the end, and what
/// follows is no request.
pub(crate) fn one_way(bytes: &[u8]) {
    let Some(mut conversation) = Conversation::begin(Dialect::CentrifugeOneWay) else {
        panic!("it converses");
    };
    let mut heard = Vec::new();
    conversation.hear(Frame::Binary(bytes), &mut heard);
    match &heard[..] {
        [Heard::Request(request)] => {
            assert!(matches!(request.command, Command::Connect { .. }));
        }
        [Heard::Violation(_)] => {}
        other => panic!("{other:?}"),
    }
    heard.clear();
    conversation.hear(Frame::Binary(bytes), &mut heard);
    assert!(matches!(heard[..], [Heard::Malformed(_)]), "{heard:?}");
}

/// What a client without a WebSocket says is no longer than the request that it is said in.
pub(crate) fn emulation(dialect: Dialect, bytes: &[u8]) {
    if let Some(request) = EmulationRequest::read(dialect, bytes) {
        assert!(request.data.len() <= bytes.len());
    }
}

/// What was heard keeps the rules of requests, and nothing is heard behind a violation.
fn check_heard(heard: &[Heard]) {
    for (place, one) in heard.iter().enumerate() {
        match one {
            Heard::Request(request) => {
                assert!(judged(Ok(request.clone())).is_some());
            }
            Heard::Refused { id, refusal } => {
                let id = *id;
                let refusal = refusal.clone();
                assert!(judged(Err(DecodeError::Refused { id, refusal })).is_none());
            }
            Heard::Proven { id, .. } | Heard::Renewal { id, .. } => assert!(id.is_some()),
            Heard::Violation(_) => assert_eq!(place + 1, heard.len()),
            Heard::SignIn { .. } | Heard::Malformed(_) => panic!("not of this dialect: {one:?}"),
        }
    }
}
