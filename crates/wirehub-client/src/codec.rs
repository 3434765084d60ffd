//! Messages of the session to bytes and back.

mod protobuf;

use serde_json::Value;
use wirehub_protocol::Dialect;

use crate::{session::Object, transport::Frame};

/// Reads what the server says; `None` for a message of a kind that this version does not know.
pub(crate) fn decode(dialect: Dialect, frame: &Frame) -> Result<Option<Value>, String> {
    match (dialect, frame) {
        (Dialect::NativeJson, Frame::Text(text)) => {
            serde_json::from_str(text).map_err(|error| error.to_string())
        }
        (Dialect::NativeProtobuf, Frame::Binary(bytes)) => protobuf::decode(bytes),
        (Dialect::NativeJson, Frame::Binary(_)) => {
            Err("bytes came where text was agreed".to_owned())
        }
        (Dialect::NativeProtobuf, Frame::Text(_)) => {
            Err("text came where bytes were agreed".to_owned())
        }
    }
}

/// Writes what the client says.
pub(crate) fn encode(dialect: Dialect, message: &Object) -> Frame {
    match dialect {
        Dialect::NativeJson => Frame::Text(Value::Object(message.clone()).to_string()),
        Dialect::NativeProtobuf => {
            Frame::Binary(protobuf::encode(Value::Object(message.clone())).unwrap_or_default())
        }
    }
}
