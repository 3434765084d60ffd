//! The judges of `wirehub-broker-kafka`.

#[path = "../../crates/wirehub-broker-kafka/tests/it/judges/mod.rs"]
mod judges;

/// See `judges/kafka_bytes.rs`.
pub fn kafka_bytes(data: &[u8]) {
    judges::kafka_bytes::judge(data);
}
