//! The judges of `wirehub-broker-redb`.

#[path = "../../crates/wirehub-broker-redb/tests/it/judges/mod.rs"]
mod judges;

/// See `judges/stored_bytes.rs`.
pub fn stored_bytes(data: &[u8]) {
    judges::stored_bytes::judge(data);
}
