//! What `wirehub-client` makes of any bytes from a server.

#[path = "../../crates/wirehub-client/src/codec/protobuf/down.rs"]
mod down;

/// The data is a binary message of a server: one message with a type, or an error.
pub fn protobuf(data: &[u8]) {
    if let Ok(Some(message)) = down::decode(data) {
        assert!(message["type"].is_string(), "{message}");
    }
}
