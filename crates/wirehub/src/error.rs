//! Why a hub does not start, or does not answer.

use std::{io, net::SocketAddr};

use wirehub_broker::{BrokerError, NodeName};
use wirehub_model::{ConnectionId, Refusal};
use wirehub_transport::TcpSettingsError;

use crate::StreamSettingsError;
use crate::auth::{AuthSettingsError, CookieSettingsError, OriginSettingsError};

/// Why a hub did not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The number of shards is out of range.
    #[error("`shards` = {0} is not within 1 to 64")]
    Shards(u16),
    /// The path of the endpoint does not begin with a slash.
    #[error("`path` = {0:?} must begin with `/`")]
    Path(String),
    /// The paths of streams cannot be used.
    #[error(transparent)]
    Streams(#[from] StreamSettingsError),
    /// The TCP settings do not fit together or to the heartbeat.
    #[error(transparent)]
    Tcp(#[from] TcpSettingsError),
    /// The authentication settings are wrong.
    #[error(transparent)]
    Auth(#[from] AuthSettingsError),
    /// The list of origins is wrong.
    #[error(transparent)]
    Origins(#[from] OriginSettingsError),
    /// The cookie cannot be used.
    #[error(transparent)]
    Cookie(#[from] CookieSettingsError),
    /// The address could not be listened on.
    #[error("failed to listen on {address}: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// The broker did not let the hub in.
    #[error("the broker did not let the hub in: {0}")]
    Broker(#[from] BrokerError),
    /// All numbers of nodes are taken, which are in the names of connections.
    #[error("all {max} numbers of nodes are taken; a cluster cannot be larger", max = ConnectionId::NODES_MAX)]
    TooManyNodes,
    /// A thread or an event queue could not be made.
    #[error("failed to start shard {shard}: {error}")]
    Shard {
        /// The shard.
        shard: u16,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
}

/// Why the hub did not do what its handle asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HubError {
    /// The request was refused.
    #[error("{}: {}", .0.code.name(), .0.message)]
    Refused(Refusal),
    /// Some nodes of the cluster did not answer; the others have done it.
    #[error(
        "{connections} connections were reached; no answer of {}",
        named(nodes)
    )]
    Silent {
        /// How many connections it concerned on those that did.
        connections: u64,
        /// Those that did not. They may do it later.
        nodes: Vec<NodeName>,
    },
    /// The cluster has no node of that name.
    #[error("there is no node {node} in the cluster; {}", nodes_there_are(known))]
    NoSuchNode {
        /// The name.
        node: NodeName,
        /// The nodes there are; none for a hub that has no broker.
        known: Vec<NodeName>,
    },
    /// The hub was told to stop, and no request changes that.
    #[error("the hub is about to stop, and drains for the last time")]
    Leaving,
    /// The hub has stopped, or one of its shards failed.
    #[error("the hub has stopped")]
    Stopped,
}

/// What nodes there are, in a part of a sentence.
fn nodes_there_are(known: &[NodeName]) -> String {
    match known {
        [] => "the hub has no broker, and meets no others".to_owned(),
        known => format!("its nodes are {}", named(known)),
    }
}

/// Names of nodes in a sentence.
fn named(nodes: &[NodeName]) -> String {
    let names: Vec<&str> = nodes.iter().map(NodeName::as_str).collect();
    names.join(", ")
}
