//! The judges of `wirehub-websocket`.

#[path = "../../crates/wirehub-websocket/tests/it/judges/mod.rs"]
mod judges;
#[path = "../../crates/wirehub-websocket/tests/it/peer.rs"]
#[expect(dead_code, reason = "the tests this file belongs to use the rest")]
mod peer;

/// See `judges/decode.rs`.
pub fn decode(data: &[u8]) {
    judges::decode::judge(data);
}

/// See `judges/inflate.rs`.
pub fn inflate(data: &[u8]) {
    judges::inflate::judge(data);
}

/// See `judges/negotiate.rs`.
pub fn negotiate(data: &[u8]) {
    judges::negotiate::judge(data);
}

/// See `judges/roundtrip.rs`.
pub fn roundtrip(data: &[u8]) {
    judges::roundtrip::judge(data);
}
