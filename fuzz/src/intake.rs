//! The judges of `wirehub-intake`.

#[path = "../../crates/wirehub-intake/tests/it/judges/mod.rs"]
mod judges;

/// See `judges/record.rs`.
pub fn record(data: &[u8]) {
    judges::record::judge(data);
}
