//! Which servers, and the bounds of the broker.

use std::{fmt, time::Duration};

/// Which servers, and the bounds of the broker. Reaching one is an answer, never silence.
#[derive(Clone, PartialEq, Eq)]
pub struct NatsSettings {
    /// The servers of one cluster, with commas between them:
    /// `nats://[user:password@]host[:port]`, `nats://token@host`, or `tls://` for TLS.
    pub url: String,
    /// The text of a credentials file, which holds a user's token and the seed of its key; the seed
    /// alone will do for a server that knows the key.
    pub credentials: Option<String>,
    /// Certificates to trust beside those that the system trusts, as PEM.
    pub roots: Option<Vec<u8>>,
    /// What all subjects and streams begin with, so that several clusters of hubs may share an
    /// account: 1 to 32 letters, digits, `-` or `_`.
    pub prefix: String,
    /// On how many servers of the cluster streams are kept, when this broker makes them: 1 to 5.
    pub replicas: usize,
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
    /// Calls that wait to be done.
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

impl NatsSettings {
    /// The defaults for servers.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            credentials: None,
            roots: None,
            prefix: "wirehub".to_owned(),
            replicas: 1,
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

/// Without what may hold a password.
impl fmt::Debug for NatsSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NatsSettings")
            .field("prefix", &self.prefix)
            .field("replicas", &self.replicas)
            .finish_non_exhaustive()
    }
}
