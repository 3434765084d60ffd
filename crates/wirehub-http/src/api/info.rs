//! The hub at a glance.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::Serialize;
use wirehub::Phase;

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
    let report = admin.report().await;
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
    })
}
