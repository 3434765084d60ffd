//! Messages of the session to bytes and back.

mod protobuf;

use serde_json::Value;
use wirehub_protocol::Dialect;

use crate::{session::Object, transport::Frame};

/// Reads what the server says; `None` for a message of a kind that this version does not know.
pub(crate) fn decode(dialect: Dialect, frame: &Frame) -> Result<Option<Value>, String> {
    match (dialect, frame) {
        (Dialect::NativeJson, Frame::Text(text)) => {
            let message: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
            match message.get("type") {
                Some(Value::String(_)) => Ok(Some(message)),
                _ => Err("a message without `type` came".to_owned()),
            }
        }
        (Dialect::NativeProtobuf, Frame::Binary(bytes)) => protobuf::decode(bytes),
        (Dialect::NativeJson, Frame::Binary(_)) => {
            Err("bytes came where text was agreed".to_owned())
        }
        (_, Frame::Text(_)) => Err("text came where bytes were agreed".to_owned()),
        (_, Frame::Binary(_)) => Err("bytes came in an unknown dialect".to_owned()),
    }
}

/// Writes what the client says.
pub(crate) fn encode(dialect: Dialect, message: Object) -> Frame {
    let message = Value::Object(message);
    match dialect {
        // Every request of this crate has a form in Protobuf; what had none would be refused.
        Dialect::NativeProtobuf => Frame::Binary(protobuf::encode(message).unwrap_or_default()),
        _ => Frame::Text(message.to_string()),
    }
}
