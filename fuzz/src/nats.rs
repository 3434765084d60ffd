//! The judges of `wirehub-broker-nats`.

#[path = "../../crates/wirehub-broker-nats/tests/it/judges/mod.rs"]
mod judges;

/// See `judges/nats_bytes.rs`.
pub fn nats_bytes(data: &[u8]) {
    judges::nats_bytes::judge(data);
}
