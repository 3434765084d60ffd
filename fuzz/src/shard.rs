//! The judge of `wirehub-core`.

#[path = "../../crates/wirehub-core/tests/it/cluster.rs"]
#[expect(dead_code, reason = "the scenarios this file belongs to use the rest")]
mod cluster;
#[path = "../../crates/wirehub-core/tests/it/history.rs"]
mod history;
#[path = "../../crates/wirehub-core/tests/it/text.rs"]
mod text;
#[path = "../../crates/wirehub-core/tests/it/transcript.rs"]
mod transcript;
#[path = "../../crates/wirehub-core/tests/it/words.rs"]
#[expect(dead_code, reason = "the scenarios this file belongs to use the rest")]
mod words;

/// See `history.rs`: every three bytes are something that happens to three shards and their
/// clients.
pub fn shard(data: &[u8]) {
    let steps: Vec<history::Step> = data
        .as_chunks()
        .0
        .iter()
        .take(300)
        .map(|bytes| history::Step::from_bytes(*bytes))
        .collect();
    history::judge(&steps);
}
