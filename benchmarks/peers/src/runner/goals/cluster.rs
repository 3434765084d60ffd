//! What is wanted beside the bare broker.

use super::{Goal, Report, at_least, at_most, goal, no_faults};
use crate::runner::compare::Metric;
use crate::runner::peer::Peer;

const RATE_RATIO_MIN: f64 = 0.85;
const P99_RATIO_MAX: f64 = 1.3;

/// All goals for all cases of a report.
pub(super) fn judge(report: &Report) -> Vec<Goal> {
    let pairs = [
        (
            [Peer::WirehubOnRedis, Peer::RedisAlone],
            "rate: at least 0.85 of Redis",
            "p99: at most 1.3 of Redis",
        ),
        (
            [Peer::WirehubOnNats, Peer::NatsAlone],
            "rate: at least 0.85 of NATS",
            "p99: at most 1.3 of NATS",
        ),
    ];
    let mut goals = Vec::new();
    for section in &report.sections {
        for (pair, rate, p99) in pairs {
            let found = at_least(section, Metric::Rate, pair, RATE_RATIO_MIN);
            goals.push(goal(rate, section, found));
            let found = at_most(section, Metric::P99, pair, P99_RATIO_MAX);
            goals.push(goal(p99, section, found));
            goals.push(no_faults(section, pair[0]));
        }
    }
    goals
}
