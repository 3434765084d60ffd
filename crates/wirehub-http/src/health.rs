//! Whether the hub lives, and whether it should get clients.

use std::time::Duration;

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use wirehub::{DependencyStatus, HubReport, events::OutletStats};

use crate::admin::Admin;

/// The process answers.
pub(crate) async fn alive() -> Response {
    #[derive(Serialize)]
    struct Alive {
        status: &'static str,
    }
    Json(Alive { status: "alive" }).into_response()
}

/// New clients are welcome: every shard answers, no dependency fails, the hub does not drain.
pub(crate) async fn ready(State(admin): State<Admin>) -> Response {
    #[derive(Serialize)]
    struct Readiness {
        status: &'static str,
        draining: bool,
        shards: Vec<Shard>,
        dependencies: Vec<Dependency>,
        sinks: Vec<Sink>,
    }
    let report = admin.report().await;
    let shards = (0..).take(admin.hub().shards());
    let shards = shards.map(|shard| Shard::of(&report, shard));
    let shards: Vec<_> = shards.collect();
    let failing = report.dependencies.iter().any(DependencyStatus::is_down);
    let silent = shards.iter().any(|shard| !shard.answered);
    let status = match (report.draining, failing || silent) {
        (true, _) => "draining",
        (false, true) => "unhealthy",
        (false, false) => "ready",
    };
    let code = match status {
        "ready" => StatusCode::OK,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    };
    let dependencies = report.dependencies.into_iter().map(Dependency::from);
    let sinks = report.outlets.into_iter().map(Sink::from);
    let readiness = Readiness {
        status,
        draining: report.draining,
        shards,
        dependencies: dependencies.collect(),
        sinks: sinks.collect(),
    };
    (code, Json(readiness)).into_response()
}

/// How a shard answered just now; times in milliseconds.
#[derive(Serialize)]
struct Shard {
    shard: u16,
    answered: bool,
    latency_ms: Option<f64>,
    error: Option<String>,
    /// For how many seconds it has not turned, if it should have.
    stalled: Option<f64>,
    /// What was wrong the last time that something was; it may be over.
    last_error: Option<String>,
}

impl Shard {
    fn of(report: &HubReport, shard: u16) -> Self {
        let answer = report.answers.get(usize::from(shard));
        let (latency, error) = match answer {
            Some(Ok(took)) => (Some(*took), None),
            Some(Err(silence)) => (None, Some(silence.to_string())),
            None => (None, Some("no shard was asked in time".to_owned())),
        };
        let health = report.shard_health.get(usize::from(shard));
        let stalled = health.and_then(|health| health.stalled);
        Self {
            shard,
            answered: latency.is_some(),
            latency_ms: latency.map(milliseconds),
            error,
            stalled: stalled.map(|span| span.as_secs_f64()),
            last_error: health.and_then(|health| health.last_error.clone()),
        }
    }
}

/// How a dependency was found; times in milliseconds.
#[derive(Serialize)]
struct Dependency {
    name: String,
    status: &'static str,
    latency_ms: Option<f64>,
    error: Option<String>,
}

impl From<DependencyStatus> for Dependency {
    fn from(found: DependencyStatus) -> Self {
        Self {
            status: found.word(),
            latency_ms: found.latency.map(milliseconds),
            name: found.name,
            error: found.error,
        }
    }
}

/// Who is told what happens. Clients can be served without them.
#[derive(Serialize)]
struct Sink {
    name: String,
    status: &'static str,
    waiting: u64,
    error: Option<String>,
}

impl From<OutletStats> for Sink {
    fn from(outlet: OutletStats) -> Self {
        Self {
            name: outlet.name,
            status: if outlet.error.is_some() {
                "degraded"
            } else {
                "up"
            },
            waiting: outlet.waiting,
            error: outlet.error,
        }
    }
}

fn milliseconds(span: Duration) -> f64 {
    span.as_micros() as f64 / 1e3
}
