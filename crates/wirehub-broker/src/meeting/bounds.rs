//! The bounds of a broker whose nodes meet on a server.

use std::time::Duration;

/// The bounds of a broker whose nodes meet on a server. Reaching one is an answer, never silence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Names of publications remembered for one topic; past it the oldest is forgotten.
    pub names: usize,
    /// Topics and filters that one node is interested in.
    pub interests: usize,
    /// Nodes.
    pub nodes: usize,
    /// Members of one topic.
    pub members: usize,
    /// Questions of a node that wait for an answer, and of others that wait for it.
    pub questions: usize,
    /// Calls that wait to be done: those of each node's ear, and as many of each other way to the
    /// server.
    pub queue: usize,
    /// Bytes of publications in the calls that wait.
    pub queue_bytes: usize,
    /// Deliveries on their way to a node's sink; past it the server is not read from.
    pub deliveries: usize,
    /// How long a topic that nobody uses keeps its epoch beyond what it remembers.
    pub forget_after: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long the server may take for an answer.
    pub answer_timeout: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            names: 1_000,
            interests: 1_000_000,
            nodes: 1_024,
            members: 1_000_000,
            questions: 65_536,
            queue: 16_384,
            queue_bytes: 64 * 1024 * 1024,
            deliveries: 4_096,
            forget_after: Duration::from_secs(600),
            connect_timeout: Duration::from_secs(3),
            answer_timeout: Duration::from_secs(5),
        }
    }
}
