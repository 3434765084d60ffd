//! The hub at a glance.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::LazyLock,
};

use serde::Serialize;
use wirehub::{NodeInfo, NodeName, Phase};

use super::{failure::Failure, reply::Outcome};
use crate::admin::Admin;

/// The name of this life of the process.
static UID: LazyLock<String> =
    LazyLock::new(|| format!("{:016x}", RandomState::new().hash_one("node")));

#[derive(Serialize)]
struct Info {
    nodes: Vec<Node>,
}

#[derive(Serialize)]
struct Node {
    uid: String,
    name: String,
    version: String,
    num_clients: u64,
    num_users: u64,
    num_subs: u64,
    num_channels: u64,
    /// In seconds.
    uptime: u64,
}

/// What runs here, and how much of it.
pub(super) async fn info(admin: &Admin) -> Result<Outcome, Failure> {
    if let Some(cluster) = admin.hub().cluster().await {
        let nodes = cluster.nodes.into_iter();
        let nodes = nodes.map(|(name, info)| Node::of(&name, info)).collect();
        return Outcome::of(&Info { nodes });
    }
    let report = admin.report().await;
    let core = &report.total.core;
    let node = Node {
        uid: UID.clone(),
        name: "wirehub".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        num_clients: core.connections[Phase::Open as usize],
        num_users: core.users,
        num_subs: core.subscriptions,
        num_channels: core.feeds,
        uptime: report.uptime.as_secs(),
    };
    Outcome::of(&Info { nodes: vec![node] })
}

impl Node {
    /// A node of a cluster, whose name is its own among all.
    fn of(name: &NodeName, info: NodeInfo) -> Self {
        Self {
            uid: name.to_string(),
            name: name.to_string(),
            version: info.version,
            num_clients: info.connections[Phase::Open as usize],
            num_users: info.users,
            num_subs: info.subscriptions,
            num_channels: info.feeds,
            uptime: info.uptime as u64,
        }
    }
}
