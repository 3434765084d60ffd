//! Which server, and the bounds of the broker.

use std::fmt;

use wirehub_broker::meeting::Bounds;

/// Which server, and the bounds of the broker. Reaching one is an answer, never silence.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// The server: `redis://[user:password@]host[:port][/database]`; the masters of a cluster, or
    /// some of them: `redis+cluster://[user:password@]host[:port],...`; or sentinels and the name
    /// of the master that they look after:
    /// `redis+sentinel://[user:password@]host[:port],.../name[/database]`. With `rediss` for TLS.
    pub url: String,
    /// PEM: who signs the certificates of servers. `None`: whom the system trusts.
    pub authorities: Option<Vec<u8>>,
    /// PEM: the certificate that the hub shows to servers, and its key.
    pub certificate: Option<Vec<u8>>,
    /// PEM: the key of that certificate.
    pub key: Option<Vec<u8>>,
    /// The user, which may be empty, and the password by which sentinels let the hub in. Those in
    /// the address are for the servers.
    pub sentinel_login: Option<(String, String)>,
    /// Replicas that must have a publication before it is answered; without so many, publishers
    /// are told to try again.
    pub replicas: usize,
    /// What all keys and channels begin with, so that several hubs may share a server: 1 to 64
    /// letters, digits, `-`, `_`, `.` or `:`.
    pub prefix: String,
    /// The server loses nothing that it answered when it crashes: `appendonly yes` and `appendfsync
    /// always`. Otherwise each topic begins a new epoch after the server was started anew, since
    /// its last offsets may have been lost. When a replica takes its place, topics begin an epoch
    /// in any case.
    pub durable: bool,
    /// The bounds.
    pub bounds: Bounds,
}

impl RedisSettings {
    /// The defaults for a server.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            authorities: None,
            certificate: None,
            key: None,
            sentinel_login: None,
            replicas: 0,
            prefix: "wirehub".to_owned(),
            durable: false,
            bounds: Bounds::default(),
        }
    }
}

/// Without the URL and the keys, which are secrets.
impl fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisSettings")
            .field("prefix", &self.prefix)
            .field("durable", &self.durable)
            .finish_non_exhaustive()
    }
}
