//! Where what topics remember is kept.

use std::{fmt, path::PathBuf};

use wirehub_broker::NodeName;
use wirehub_model::Secret;

use super::Checks;
use crate::{
    raw_settings::{BrokerKind, Durability, RawBroker},
    size::Size,
};

/// The smallest file that leaves room to work in.
const MIN_BYTES: usize = 16 * 1024 * 1024;

/// The place, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BrokerSettings {
    /// In memory, until the process ends.
    Memory,
    /// In a file.
    Redb(FileSettings),
    /// In a Redis server, where several hubs meet.
    Redis(ServerSettings),
}

/// A file that topics are remembered in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileSettings {
    pub(crate) path: PathBuf,
    pub(crate) max_bytes: usize,
    pub(crate) durability: Durability,
}

/// A server where several hubs meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServerSettings {
    pub(crate) url: Secret,
    pub(crate) prefix: String,
    pub(crate) durable: bool,
    /// The name of this hub; `None` has one made up.
    pub(crate) node: Option<NodeName>,
}

/// Checks the table `broker`.
pub(super) fn broker(raw: &RawBroker, checks: &mut Checks<'_>) -> BrokerSettings {
    checks.require(
        !raw.path.is_empty(),
        "`broker.path` must name a file, such as `/var/lib/wirehub/wirehub.redb`",
    );
    checks.require(
        raw.max_bytes.0 >= MIN_BYTES,
        &format!("`broker.max_bytes` must be at least {}", Size(MIN_BYTES)),
    );
    let redis = raw.kind == BrokerKind::Redis;
    checks.require(
        !redis || !raw.redis.url.is_empty(),
        "`broker.redis.url` must name the server, such as `redis://127.0.0.1:6379`",
    );
    checks.require(
        raw.node.is_empty() || NodeName::parse(&raw.node).is_ok(),
        "`broker.node` must have 1 to 64 letters, digits, `-`, `_` or `.`",
    );
    match raw.kind {
        BrokerKind::Memory => BrokerSettings::Memory,
        BrokerKind::Redb => BrokerSettings::Redb(FileSettings {
            path: PathBuf::from(&raw.path),
            max_bytes: raw.max_bytes.0,
            durability: raw.durability,
        }),
        BrokerKind::Redis => BrokerSettings::Redis(ServerSettings {
            url: raw.redis.url.secret(),
            prefix: raw.redis.prefix.clone(),
            durable: raw.redis.durable,
            node: NodeName::parse(&raw.node).ok(),
        }),
    }
}

/// As it is told when the hub starts.
impl fmt::Display for BrokerSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory, until the process ends"),
            Self::Redb(FileSettings {
                path,
                max_bytes,
                durability,
            }) => {
                let when = match durability {
                    Durability::Commit => "acknowledged when on disk",
                    Durability::Relaxed => "acknowledged before it is on disk",
                };
                let bound = Size(*max_bytes);
                write!(f, "{}, up to {bound}, {when}", path.display())
            }
            Self::Redis(server) => {
                // What stands before the host may be a password.
                let url = server.url.expose();
                let host = url.rsplit(['@', '/']).find(|part| part.contains(':'));
                let host = host.or_else(|| url.split("://").nth(1));
                let host = host.unwrap_or_default();
                write!(f, "the Redis server {host}, keys under `{}`", server.prefix)
            }
        }
    }
}
