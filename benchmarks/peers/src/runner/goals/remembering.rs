//! What remembering may cost.

use super::{Goal, Report, at_least, at_most, goal, idle_memory, memory_returned, no_faults};
use crate::case::Case;
use crate::runner::compare::Metric;
use crate::runner::peer::Peer;

/// History may take this share of the throughput, and as much more CPU.
const RATE_RATIO_MIN: f64 = 0.90;
const CPU_RATIO_MAX: f64 = 1.10;

/// All goals for all cases of a report.
pub(super) fn judge(report: &Report) -> Vec<Goal> {
    let mut goals = Vec::new();
    for section in &report.sections {
        match section.case {
            Case::Idle { .. } => {
                goals.push(idle_memory(section));
                goals.push(memory_returned(section));
            }
            Case::Recovery { .. } => goals.push(no_faults(section, Peer::WirehubHistory)),
            _ => {
                let pair = [Peer::WirehubHistory, Peer::Wirehub];
                let rate = at_least(section, Metric::Rate, pair, RATE_RATIO_MIN);
                goals.push(goal("rate: history at least 0.90 of none", section, rate));
                let cpu = at_most(section, Metric::Cpu, pair, CPU_RATIO_MAX);
                goals.push(goal("CPU: history at most 1.10 of none", section, cpu));
                goals.push(no_faults(section, Peer::WirehubHistory));
            }
        }
    }
    goals
}
