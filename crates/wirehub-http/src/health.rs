//! Whether the hub lives, and whether it should get clients.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::Serialize;
use wirehub::DependencyStatus;

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
        shards: Vec<Shard>,
        dependencies: Vec<Dependency>,
    }
    let report = admin.report().await;
    let shards: Vec<_> = (0..)
        .take(admin.hub().shards())
        .map(|shard| Shard {
            shard,
            answered: report.shards.contains_key(&shard),
        })
        .collect();
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
    let readiness = Readiness {
        status,
        shards,
        dependencies: dependencies.collect(),
    };
    (code, Json(readiness)).into_response()
}

#[derive(Serialize)]
struct Shard {
    shard: u16,
    answered: bool,
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
        let status = match (&found.error, found.latency) {
            (Some(_), _) if found.degraded => "degraded",
            (Some(_), _) => "down",
            (None, Some(_)) => "up",
            (None, None) => "unknown",
        };
        Self {
            name: found.name,
            status,
            latency_ms: found.latency.map(|took| took.as_micros() as f64 / 1e3),
            error: found.error,
        }
    }
}
