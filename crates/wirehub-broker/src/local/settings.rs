//! The bounds of a broker in one process.

use std::time::Duration;

use crate::Durability;

/// The bounds of a broker in one process. Reaching one is an answer, never silence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalSettings {
    /// Topics held in memory.
    pub topics: usize,
    /// Bytes of publications held in memory. Past it topics that are stored and not in use leave
    /// the memory, then a topic that is published to forgets its oldest.
    pub bytes: usize,
    /// Names of publications remembered for one topic; past it the oldest is forgotten.
    pub names: usize,
    /// Topics and filters that one node is interested in.
    pub interests: usize,
    /// Nodes.
    pub nodes: usize,
    /// Members of one topic.
    pub members: usize,
    /// Questions that wait for an answer.
    pub questions: usize,
    /// Calls that wait for the engine, and as many again that wait for the exchange.
    pub queue: usize,
    /// Bytes of publications in the calls that wait.
    pub queue_bytes: usize,
    /// How long a topic that holds nothing and that nobody has open keeps its epoch.
    pub forget_after: Duration,
    /// When a publication counts as done; without a store it makes no difference.
    pub durability: Durability,
    /// After a store failed, it is tried again this often.
    pub retry_every: Duration,
}

impl Default for LocalSettings {
    fn default() -> Self {
        Self {
            topics: 1_000_000,
            bytes: 256 * 1024 * 1024,
            names: 1_000,
            interests: 1_000_000,
            nodes: 1_024,
            members: 1_000_000,
            questions: 65_536,
            queue: 16_384,
            queue_bytes: 64 * 1024 * 1024,
            forget_after: Duration::from_secs(600),
            durability: Durability::Commit,
            retry_every: Duration::from_secs(1),
        }
    }
}
