//! The hub at a glance.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::LazyLock,
};

use serde::Serialize;
use wirehub::Phase;

use super::{failure::Failure, reply::Outcome};
use crate::admin::Admin;

/// The name of this life of the process.
static UID: LazyLock<String> =
    LazyLock::new(|| format!("{:016x}", RandomState::new().hash_one("node")));

#[derive(Serialize)]
struct Info {
    nodes: [Node; 1],
}

#[derive(Serialize)]
struct Node {
    uid: &'static str,
    name: &'static str,
    version: &'static str,
    num_clients: u64,
    num_users: u64,
    num_subs: u64,
    num_channels: u64,
    /// In seconds.
    uptime: u64,
}

/// What runs here, and how much of it.
pub(super) async fn info(admin: &Admin) -> Result<Outcome, Failure> {
    let report = admin.report().await;
    let core = &report.total.core;
    let node = Node {
        uid: &UID,
        name: "wirehub",
        version: env!("CARGO_PKG_VERSION"),
        num_clients: core.connections[Phase::Open as usize],
        num_users: core.users,
        num_subs: core.subscriptions,
        num_channels: core.feeds,
        uptime: report.uptime.as_secs(),
    };
    Outcome::of(&Info { nodes: [node] })
}
