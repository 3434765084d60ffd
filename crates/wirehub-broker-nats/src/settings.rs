//! Which servers, and the bounds of the broker.

use std::fmt;

use wirehub_broker::meeting::Bounds;

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
    /// The bounds.
    pub bounds: Bounds,
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
            bounds: Bounds::default(),
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
