//! Ratios of two servers, round by round.

use serde::{Deserialize, Serialize};

use super::peer::Peer;
use super::report::Section;
use crate::outcome::Outcome;
use crate::statistics::{Interval, bootstrap, paired_ratios};

/// A figure of a run that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Metric {
    /// Deliveries, round trips or connections per second: more is better.
    Rate,
    /// 99th percentile of the latency: less is better.
    P99,
    /// Server CPU per delivery or connection: less is better.
    Cpu,
    /// User-space memory per idle connection: less is better.
    Memory,
}

impl Metric {
    /// The metrics of messages and of connections that come and go.
    pub const MOVING: [Self; 3] = [Self::Rate, Self::P99, Self::Cpu];

    /// The figure; `None` when runs of this kind have none.
    pub fn of(self, outcome: &Outcome) -> Option<f64> {
        match (self, outcome) {
            (Self::Rate, Outcome::Flow(flow)) => Some(flow.rate()),
            (Self::P99, Outcome::Flow(flow)) => Some(flow.latency.p99 as f64),
            (Self::Cpu, Outcome::Flow(flow)) => Some(flow.cpu_per_million()),
            (Self::Rate, Outcome::Storm(storm)) => Some(storm.rate()),
            (Self::P99, Outcome::Storm(storm)) => Some(storm.latency.p99 as f64),
            (Self::Cpu, Outcome::Storm(storm)) => Some(storm.cpu_per_connection()),
            (Self::Rate, Outcome::Recovery(recovery)) => Some(recovery.rate()),
            (Self::P99, Outcome::Recovery(recovery)) => Some(recovery.latency.p99 as f64),
            (Self::Cpu, Outcome::Recovery(recovery)) => Some(recovery.cpu_per_million()),
            (Self::Memory, Outcome::Idle(idle)) => Some(idle.bytes_per_connection()),
            _ => None,
        }
    }
}

/// One server beside another over the rounds of a case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// What is compared.
    pub metric: Metric,
    /// The ratio, first server over second.
    pub ratio: Interval,
    /// Rounds in which both were measured.
    pub rounds: usize,
}

/// Compares `ours` with `theirs`; `None` when no round has both.
pub fn compare(section: &Section, metric: Metric, ours: Peer, theirs: Peer) -> Option<Comparison> {
    let ratios = paired_ratios(
        &by_round(section, metric, ours),
        &by_round(section, metric, theirs),
    );
    if ratios.is_empty() {
        return None;
    }
    Some(Comparison {
        metric,
        ratio: bootstrap(&ratios),
        rounds: ratios.len(),
    })
}

/// The figures of one server, those of failed runs left out.
pub(super) fn figures(section: &Section, metric: Metric, peer: Peer) -> Vec<f64> {
    by_round(section, metric, peer)
        .into_iter()
        .flatten()
        .collect()
}

fn by_round(section: &Section, metric: Metric, peer: Peer) -> Vec<Option<f64>> {
    let rounds = section
        .runs
        .iter()
        .map(|run| run.round + 1)
        .max()
        .unwrap_or(0);
    let mut figures = vec![None; rounds];
    for run in section.runs.iter().filter(|run| run.peer == peer) {
        figures[run.round] = run.outcome().and_then(|outcome| metric.of(outcome));
    }
    figures
}
