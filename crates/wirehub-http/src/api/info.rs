//! The hub at a glance.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Serialize;
use wirehub::{NodeInfo, NodeName, Phase};

use super::named;
use crate::admin::Admin;

/// What [`info`] answers.
#[derive(Debug, Serialize)]
pub(crate) struct Info {
    version: &'static str,
    /// In seconds.
    uptime: f64,
    draining: bool,
    shards: usize,
    /// Shards that do not answer; the numbers below lack theirs.
    silent_shards: Vec<u16>,
    connections: BTreeMap<&'static str, u64>,
    subscriptions: u64,
    topics: u64,
    messages: Messages,
    tasks: BTreeMap<&'static str, usize>,
    /// The hubs that meet at the same broker, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<Cluster>,
}

/// The hubs of a cluster, this one too.
#[derive(Debug, Serialize)]
struct Cluster {
    /// The name of this one.
    node: String,
    nodes: Vec<Node>,
    /// Those that did not answer.
    silent_nodes: Vec<String>,
}

/// One hub of a cluster.
#[derive(Debug, Serialize)]
struct Node {
    node: String,
    version: String,
    uptime: f64,
    draining: bool,
    shards: usize,
    silent_shards: Vec<u16>,
    connections: BTreeMap<&'static str, u64>,
    subscriptions: u64,
    topics: u64,
    messages: Messages,
}

/// Messages since the hub started.
#[derive(Debug, Serialize)]
struct Messages {
    received: u64,
    published: u64,
    delivered: u64,
}

/// What runs here, and how much of it.
pub(crate) async fn info(State(admin): State<Admin>) -> Json<Info> {
    let (report, cluster) = tokio::join!(admin.report(), cluster(&admin));
    let (core, io) = (&report.total.core, &report.total.io);
    let phases = Phase::ALL.iter().map(|phase| phase.name());
    Json(Info {
        version: env!("CARGO_PKG_VERSION"),
        uptime: report.uptime.as_secs_f64(),
        draining: report.draining,
        shards: admin.hub().shards(),
        silent_shards: admin.silent_shards(&report),
        connections: phases.zip(core.connections).collect(),
        subscriptions: core.subscriptions,
        topics: core.topics,
        messages: Messages {
            received: io.messages_in,
            published: core.published,
            delivered: core.deliveries,
        },
        tasks: report.tasks.into_iter().collect(),
        cluster,
    })
}

async fn cluster(admin: &Admin) -> Option<Cluster> {
    let hub = admin.hub();
    let node = hub.node()?.to_string();
    let info = hub.cluster().await?;
    let nodes = info.nodes.into_iter();
    Some(Cluster {
        node,
        nodes: nodes.map(|(name, info)| Node::of(&name, info)).collect(),
        silent_nodes: named(&info.silent),
    })
}

impl Node {
    fn of(name: &NodeName, info: NodeInfo) -> Self {
        let phases = Phase::ALL.iter().map(|phase| phase.name());
        Self {
            node: name.to_string(),
            version: info.version,
            uptime: info.uptime,
            draining: info.draining,
            shards: info.shards,
            silent_shards: info.silent_shards,
            connections: phases.zip(info.connections).collect(),
            subscriptions: info.subscriptions,
            topics: info.topics,
            messages: Messages {
                received: info.received,
                published: info.published,
                delivered: info.delivered,
            },
        }
    }
}
