//! The table `broker`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{secret::RawSecret, sinks::RawMechanism};
use crate::{size::Size, span::Span};

/// The largest file, when nobody says.
const MAX_BYTES: usize = 10 * 1024 * 1024 * 1024;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBroker {
    pub(crate) kind: BrokerKind,
    pub(crate) path: String,
    pub(crate) max_bytes: Size,
    pub(crate) durability: Durability,
    pub(crate) node: String,
    pub(crate) redis: RawRedis,
    pub(crate) nats: RawNats,
    pub(crate) kafka: RawKafka,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawRedis {
    pub(crate) url: RawSecret,
    pub(crate) ca: String,
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) sentinel_user: String,
    pub(crate) sentinel_password: RawSecret,
    pub(crate) prefix: String,
    pub(crate) durable: bool,
    pub(crate) replicas: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawNats {
    pub(crate) url: RawSecret,
    pub(crate) credentials: String,
    pub(crate) certificates: String,
    pub(crate) prefix: String,
    pub(crate) replicas: usize,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawKafka {
    pub(crate) servers: String,
    pub(crate) tls: bool,
    pub(crate) ca: String,
    pub(crate) mechanism: RawMechanism,
    pub(crate) user: String,
    pub(crate) password: RawSecret,
    pub(crate) timeout: Span,
    pub(crate) prefix: String,
    pub(crate) partitions: i32,
    pub(crate) replicas: i32,
    pub(crate) record_bytes: Size,
}

/// Where the hub keeps what topics remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BrokerKind {
    Memory,
    Redb,
    Redis,
    Nats,
    Kafka,
}

/// When a publication counts as kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Durability {
    /// When it is on disk.
    Commit,
    /// When it is on its way there.
    Relaxed,
}

impl Default for RawBroker {
    fn default() -> Self {
        Self {
            kind: BrokerKind::Memory,
            path: "wirehub.redb".to_owned(),
            max_bytes: Size(MAX_BYTES),
            durability: Durability::Commit,
            node: String::new(),
            redis: RawRedis {
                url: RawSecret::default(),
                ca: String::new(),
                certificate: String::new(),
                key: String::new(),
                sentinel_user: String::new(),
                sentinel_password: RawSecret::default(),
                prefix: "wirehub".to_owned(),
                durable: false,
                replicas: 0,
            },
            nats: RawNats {
                url: RawSecret::default(),
                credentials: String::new(),
                certificates: String::new(),
                prefix: "wirehub".to_owned(),
                replicas: 1,
            },
            kafka: RawKafka {
                servers: String::new(),
                tls: false,
                ca: String::new(),
                mechanism: RawMechanism::ScramSha512,
                user: String::new(),
                password: RawSecret::default(),
                timeout: Span(Duration::from_secs(10)),
                prefix: "wirehub".to_owned(),
                partitions: 16,
                replicas: 0,
                record_bytes: Size(1_000_000),
            },
        }
    }
}
