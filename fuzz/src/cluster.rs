//! The judge of what nodes of a cluster say to each other.

#[path = "../../crates/wirehub/tests/it/judges/words.rs"]
mod judge;

/// See the judge.
pub fn words(data: &[u8]) {
    judge::judge(data);
}
