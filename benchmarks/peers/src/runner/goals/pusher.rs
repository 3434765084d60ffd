//! What is wanted beside another server of Pusher's protocol.

use super::{Goal, Report, at_least, at_most, goal, no_faults};
use crate::case::Case;
use crate::runner::compare::Metric;
use crate::runner::peer::Peer;

const RATE_RATIO_MIN: f64 = 1.5;
const CPU_RATIO_MAX: f64 = 0.6;
const MEMORY_RATIO_MAX: f64 = 0.02;

/// All goals for all cases of a report.
pub(super) fn judge(report: &Report) -> Vec<Goal> {
    let pair = [Peer::WirehubPusher, Peer::Sockudo];
    let mut goals = Vec::new();
    for section in &report.sections {
        if let Case::Idle { .. } = section.case {
            let memory = at_most(section, Metric::Memory, pair, MEMORY_RATIO_MAX);
            goals.push(goal("idle: at most 1/50 of Sockudo", section, memory));
            continue;
        }
        let rate = at_least(section, Metric::Rate, pair, RATE_RATIO_MIN);
        goals.push(goal("rate: at least 1.5 of Sockudo", section, rate));
        let cpu = at_most(section, Metric::Cpu, pair, CPU_RATIO_MAX);
        goals.push(goal("CPU: at most 0.6 of Sockudo", section, cpu));
        goals.push(no_faults(section, pair[0]));
    }
    goals
}
