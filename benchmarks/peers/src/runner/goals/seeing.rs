//! What it may cost that the hub can be looked into.

use super::{Goal, Report, at_least, at_most, goal, idle_memory, no_faults};
use crate::case::Case;
use crate::runner::compare::Metric;
use crate::runner::peer::Peer;

/// It may take this share of the throughput of a fan-out, and as much more CPU.
const RATE_RATIO_MIN: f64 = 0.97;
const CPU_RATIO_MAX: f64 = 1.03;

/// All goals for all cases of a report.
pub(super) fn judge(report: &Report) -> Vec<Goal> {
    let pair = [Peer::WirehubSeeing, Peer::WirehubBlind];
    let mut goals = Vec::new();
    for section in &report.sections {
        if let Case::Idle { .. } = section.case {
            goals.push(idle_memory(section));
            continue;
        }
        if let Case::Fanout { .. } = section.case {
            let rate = at_least(section, Metric::Rate, pair, RATE_RATIO_MIN);
            goals.push(goal("rate: at least 0.97 of a blind hub", section, rate));
            let cpu = at_most(section, Metric::Cpu, pair, CPU_RATIO_MAX);
            goals.push(goal("CPU: at most 1.03 of a blind hub", section, cpu));
        }
        goals.push(no_faults(section, pair[0]));
    }
    goals
}
