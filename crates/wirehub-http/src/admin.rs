//! What every handler has at hand, and the rule that none of them waits for ever.

use std::{sync::Arc, time::Duration};

use axum::http::StatusCode;
use tokio::{sync::Mutex, time};
use wirehub::{Hub, HubError, HubReport, NodeName, auth::ApiAccess};
use wirehub_model::{ErrorCode, Secret};

use crate::{
    AdminSettings,
    metrics::Counters,
    nearest::nearest,
    problem::Problem,
    wrong_keys::{WrongKey, WrongKeys},
};

/// How many requests to the hub one request to this listener has under way at a time.
pub(crate) const AT_ONCE: usize = 64;
/// The hub itself gives up on a shard after half of this; a bound of our own holds in any case.
const REPORT_TIMEOUT: Duration = Duration::from_secs(1);

/// The hub and the settings, shared by all requests.
#[derive(Clone, Debug)]
pub(crate) struct Admin(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    hub: Hub,
    settings: AdminSettings,
    counters: Counters,
    wrong_keys: WrongKeys,
    profiling: Mutex<()>,
}

impl Admin {
    pub(crate) fn new(hub: Hub, settings: AdminSettings) -> Self {
        Self(Arc::new(Inner {
            hub,
            settings,
            counters: Counters::default(),
            wrong_keys: WrongKeys::new(),
            profiling: Mutex::new(()),
        }))
    }

    pub(crate) fn hub(&self) -> &Hub {
        &self.0.hub
    }

    pub(crate) fn settings(&self) -> &AdminSettings {
        &self.0.settings
    }

    /// What was counted by shards, kept for those that do not answer.
    pub(crate) fn counters(&self) -> &Counters {
        &self.0.counters
    }

    /// Keys that opened nothing.
    pub(crate) fn wrong_keys(&self) -> &WrongKeys {
        &self.0.wrong_keys
    }

    /// What a key opens.
    pub(crate) async fn access_of(&self, key: &Secret) -> Result<ApiAccess, WrongKey> {
        if let Some(access) = self.settings().api_keys.access_of(key) {
            return Ok(access);
        }
        Err(self.wrong_keys().tried().await)
    }

    /// Held while a profile is taken.
    pub(crate) fn profiling(&self) -> &Mutex<()> {
        &self.0.profiling
    }

    /// Has the hub do something, but not for longer than the settings allow.
    pub(crate) async fn ask<T>(
        &self,
        work: impl Future<Output = Result<T, HubError>>,
    ) -> Result<T, Problem> {
        match time::timeout(self.0.settings.call_timeout, work).await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(HubError::Refused(refusal))) => Err(refusal.into()),
            Ok(Err(HubError::NoSuchNode { node, known })) => Err(no_such_node(&node, &known)),
            Ok(Err(error @ HubError::Leaving)) => {
                let problem = Problem::new(ErrorCode::Internal, error.to_string());
                Err(problem.status(StatusCode::CONFLICT))
            }
            Ok(Err(error)) => {
                let problem = Problem::new(ErrorCode::Internal, error.to_string());
                Err(problem
                    .status(StatusCode::SERVICE_UNAVAILABLE)
                    .hint(silence(&self.silent_shards(&self.report().await))))
            }
            Err(_) => {
                let waited = self.0.settings.call_timeout;
                let silent = self.silent_shards(&self.report().await);
                Err(Problem::new(ErrorCode::Timeout, late(waited, &silent))
                    .hint("the request may still be carried out later"))
            }
        }
    }

    /// The hub's numbers, without those of shards that do not answer in time.
    pub(crate) async fn report(&self) -> HubReport {
        let hub = self.hub();
        let report = time::timeout(REPORT_TIMEOUT, hub.report()).await;
        report.unwrap_or_else(|_| HubReport {
            dependencies: hub.dependencies(),
            shard_health: hub.shard_health(),
            leaks: hub.leaks(),
            draining: hub.is_draining(),
            ..HubReport::default()
        })
    }

    /// The shards that a report is missing.
    pub(crate) fn silent_shards(&self, report: &HubReport) -> Vec<u16> {
        (0..)
            .take(self.hub().shards())
            .filter(|shard| !report.shards.contains_key(shard))
            .collect()
    }
}

/// Says which nodes there are, or which one may be meant.
fn no_such_node(node: &NodeName, known: &[NodeName]) -> Problem {
    let problem = Problem::new(ErrorCode::NotFound, format!("there is no node `{node}`"));
    let names: Vec<&str> = known.iter().map(NodeName::as_str).collect();
    match nearest(node.as_str(), names.iter().copied()) {
        Some(name) => problem.did_you_mean(Some(name)),
        None if names.is_empty() => problem.hint("this hub has no broker, and meets no others"),
        None => problem.hint(format!("the nodes are {}", names.join(", "))),
    }
}

/// Says that the shards took too long, and which ones are to blame.
fn late(waited: Duration, silent: &[u16]) -> String {
    let waited = waited.as_secs_f64();
    format!("no answer within {waited} s; {}", silence(silent))
}

fn silence(silent: &[u16]) -> String {
    let names: Vec<_> = silent.iter().map(u16::to_string).collect();
    match names.as_slice() {
        [] => "every shard answers again".to_owned(),
        [one] => format!("shard {one} does not answer"),
        all => format!("shards {} do not answer", all.join(", ")),
    }
}

#[cfg(test)]
mod tests;
