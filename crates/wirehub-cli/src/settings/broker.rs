//! Where what topics remember is kept.

use std::{fmt, path::PathBuf};

use wirehub_broker::NodeName;
use wirehub_model::Secret;

use super::Checks;
use crate::{
    kafka,
    raw_settings::{BrokerKind, Durability, RawBroker, RawRedis},
    size::Size,
};

/// The smallest file that leaves room to work in.
const MIN_BYTES: usize = 16 * 1024 * 1024;
/// More replicas than anybody has.
const MAX_REPLICAS: usize = 10;

/// The place, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum BrokerSettings {
    /// In memory, until the process ends.
    Memory,
    /// In a file.
    Redb(FileSettings),
    /// In a Redis server, where several hubs meet.
    Redis(ServerSettings),
    /// On NATS servers, where several hubs meet.
    Nats(NatsServers),
    /// On a Kafka cluster, where several hubs meet.
    Kafka(KafkaServers),
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
    pub(crate) ca: Option<PathBuf>,
    pub(crate) certificate: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    /// The user, which may be empty, and the password for sentinels.
    pub(crate) sentinel_login: Option<(String, Secret)>,
    pub(crate) prefix: String,
    pub(crate) durable: bool,
    pub(crate) replicas: usize,
    /// The name of this hub; `None` has one made up.
    pub(crate) node: Option<NodeName>,
}

/// NATS servers where several hubs meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NatsServers {
    pub(crate) url: Secret,
    pub(crate) credentials: Option<PathBuf>,
    pub(crate) certificates: Option<PathBuf>,
    pub(crate) prefix: String,
    pub(crate) replicas: usize,
    /// The name of this hub; `None` has one made up.
    pub(crate) node: Option<NodeName>,
}

/// A Kafka cluster where several hubs meet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KafkaServers {
    pub(crate) servers: String,
    pub(crate) prefix: String,
    pub(crate) wish: kafka::BrokerWish,
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
    check_redis(&raw.redis, raw.kind == BrokerKind::Redis, checks);
    checks.require(
        raw.kind != BrokerKind::Nats || !raw.nats.url.is_empty(),
        "`broker.nats.url` must name the server, such as `nats://127.0.0.1:4222`",
    );
    checks.require(
        (1..=5).contains(&raw.nats.replicas),
        "`broker.nats.replicas` must be 1 to 5",
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
        BrokerKind::Redis => BrokerSettings::Redis(server(&raw.redis, &raw.node)),
        BrokerKind::Nats => BrokerSettings::Nats(NatsServers {
            url: raw.nats.url.secret(),
            credentials: file(&raw.nats.credentials),
            certificates: file(&raw.nats.certificates),
            prefix: raw.nats.prefix.clone(),
            replicas: raw.nats.replicas,
            node: NodeName::parse(&raw.node).ok(),
        }),
        BrokerKind::Kafka => match kafka::broker(&raw.kafka) {
            Ok(wish) => BrokerSettings::Kafka(KafkaServers {
                servers: raw.kafka.servers.clone(),
                prefix: raw.kafka.prefix.clone(),
                wish,
                node: NodeName::parse(&raw.node).ok(),
            }),
            Err(error) => {
                checks.fault(format!("`broker.kafka`: {error}"));
                BrokerSettings::Memory
            }
        },
    }
}

fn check_redis(raw: &RawRedis, is_used: bool, checks: &mut Checks<'_>) {
    checks.require(
        !is_used || !raw.url.is_empty(),
        "`broker.redis.url` must name the server, such as `redis://127.0.0.1:6379`",
    );
    checks.require(
        raw.certificate.is_empty() == raw.key.is_empty(),
        "`broker.redis.certificate` and `broker.redis.key` belong together; set both or neither",
    );
    checks.require(
        raw.sentinel_user.is_empty() || !raw.sentinel_password.is_empty(),
        "`broker.redis.sentinel_user` needs `broker.redis.sentinel_password`",
    );
    checks.require(
        raw.replicas <= MAX_REPLICAS,
        &format!("`broker.redis.replicas` must be 0 to {MAX_REPLICAS}"),
    );
}

fn server(raw: &RawRedis, node: &str) -> ServerSettings {
    let password = &raw.sentinel_password;
    let login = || (raw.sentinel_user.clone(), password.secret());
    ServerSettings {
        url: raw.url.secret(),
        ca: file(&raw.ca),
        certificate: file(&raw.certificate),
        key: file(&raw.key),
        sentinel_login: (!password.is_empty()).then(login),
        prefix: raw.prefix.clone(),
        durable: raw.durable,
        replicas: raw.replicas,
        node: NodeName::parse(node).ok(),
    }
}

fn file(name: &str) -> Option<PathBuf> {
    (!name.is_empty()).then(|| PathBuf::from(name))
}

/// Where a server is, without what stands before the host, which may be a password.
fn place(url: &str) -> &str {
    let host = url.rsplit(['@', '/']).find(|part| part.contains(':'));
    host.or_else(|| url.split("://").nth(1)).unwrap_or_default()
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
                let hosts: Vec<&str> = server.url.expose().split(',').map(place).collect();
                let (hosts, prefix) = (hosts.join(", "), &server.prefix);
                let what = match server.url.expose().split_once("://") {
                    Some((scheme, _)) if scheme.ends_with("+cluster") => "cluster by",
                    Some((scheme, _)) if scheme.ends_with("+sentinel") => "server by the sentinels",
                    _ => "server",
                };
                write!(f, "the Redis {what} {hosts}, keys under `{prefix}`")
            }
            Self::Nats(servers) => {
                let hosts: Vec<&str> = servers.url.expose().split(',').map(place).collect();
                let (hosts, prefix) = (hosts.join(", "), &servers.prefix);
                write!(f, "the NATS server {hosts}, subjects under `{prefix}`")
            }
            Self::Kafka(cluster) => {
                let (servers, prefix) = (&cluster.servers, &cluster.prefix);
                write!(f, "the Kafka cluster {servers}, topics under `{prefix}`")
            }
        }
    }
}
