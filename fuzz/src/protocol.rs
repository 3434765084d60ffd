//! The judges of `wirehub-protocol`.

use wirehub_protocol::Dialect;

#[path = "../../crates/wirehub-protocol/tests/it/judges.rs"]
mod judges;
#[path = "../../crates/wirehub-protocol/tests/it/peer.rs"]
mod peer;
#[path = "../../crates/wirehub-protocol/tests/it/pusher_judge.rs"]
mod pusher_judge;

/// See `judges.rs`: the data is a text message, when it is text.
pub fn native_json(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        judges::json(text);
    }
}

/// See `judges.rs`: the data is a message of Centrifugo's client in JSON, whether it only hears or
/// not, and a request that holds one.
pub fn centrifuge_json(data: &[u8]) {
    judges::conversation(Dialect::CentrifugeJson, data);
    judges::one_way(data);
    judges::emulation(Dialect::CentrifugeJson, data);
}

/// See `judges.rs`: the data is one in Protobuf.
pub fn centrifuge_protobuf(data: &[u8]) {
    judges::conversation(Dialect::CentrifugeProtobuf, data);
    judges::emulation(Dialect::CentrifugeProtobuf, data);
}

/// See `judges.rs`: the data is a binary message.
pub fn native_protobuf(data: &[u8]) {
    judges::protobuf(data);
}

/// See `pusher_judge.rs`: every line of the data is a message, when it is text.
pub fn pusher(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        pusher_judge::messages(text);
    }
}
