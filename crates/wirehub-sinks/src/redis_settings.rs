//! Which Redis server is told, and where on it.

use std::{path::PathBuf, time::Duration};

use wirehub_events::Form;
use wirehub_model::Secret;

/// Which Redis server is told, and where on it.
#[derive(Clone, Debug)]
pub struct RedisSinkSettings {
    /// The server: `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS.
    pub url: Secret,
    /// Where on it.
    pub target: RedisTarget,
    /// How an occurrence is written.
    pub form: Form,
    /// How long connecting may take, and how long an answer.
    pub timeout: Duration,
    /// A file with the certificates that vouch for the server, in PEM. `None`: those that the
    /// system trusts. It is read with each connection.
    pub trusted: Option<PathBuf>,
}

/// Where on a Redis server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisTarget {
    /// A channel: whoever listens hears it, and nobody else.
    Channel(String),
    /// A stream, whose entries have the fields `id`, `kind` and `event`.
    Stream {
        /// Its key.
        key: String,
        /// About how many entries it keeps, the newest.
        keep: usize,
    },
}

impl RedisSinkSettings {
    /// The defaults for a server and a place on it.
    #[must_use]
    pub const fn new(url: Secret, target: RedisTarget) -> Self {
        Self {
            url,
            target,
            form: Form::CloudEvent,
            timeout: Duration::from_secs(5),
            trusted: None,
        }
    }
}
