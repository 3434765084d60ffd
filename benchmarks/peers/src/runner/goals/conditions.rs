//! What is wanted under conditions that are not the best.

use super::{Goal, Report, at_most, goal, no_faults};
use crate::case::{Case, Condition};
use crate::runner::compare::Metric;
use crate::runner::peer::Peer;

/// Two shards do 1.8 times the work of one where each has a core: each delivery may cost so much
/// more.
const SHARDS_RATIO_MAX: f64 = 2.0 / 1.8;

/// All goals for all cases of a report.
pub(super) fn judge(report: &Report) -> Vec<Goal> {
    let beside_bun = [Peer::Wirehub, Peer::Bun];
    let mut goals = Vec::new();
    for section in &report.sections {
        match section.case {
            Case::Room {
                condition: Condition::Tls | Condition::Deflate,
                ..
            } => {
                let cpu = at_most(section, Metric::Cpu, beside_bun, 1.0);
                goals.push(goal("CPU: not above Bun", section, cpu));
            }
            Case::Room { .. } => {
                let p99 = at_most(section, Metric::P99, beside_bun, 1.0);
                goals.push(goal("p99: not above untroubled Bun", section, p99));
            }
            _ => {
                let shards = [Peer::WirehubTwoShards, Peer::Wirehub];
                let cpu = at_most(section, Metric::Cpu, shards, SHARDS_RATIO_MAX);
                goals.push(goal("CPU: at most 1/0.9 of one shard", section, cpu));
                goals.push(no_faults(section, Peer::WirehubTwoShards));
            }
        }
        goals.push(no_faults(section, Peer::Wirehub));
    }
    goals
}
