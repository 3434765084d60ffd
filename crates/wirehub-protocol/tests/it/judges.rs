//! What holds for any message of a client, however broken. Property tests and fuzz targets share
//! it.

use prost::Message as _;
use serde_json::value::RawValue;
use wirehub_model::{Command, Payload};
use wirehub_protocol::{DecodeError, Dialect, Frame, Request};

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
