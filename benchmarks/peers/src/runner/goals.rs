//! What the project wants of itself, held against the figures.

mod cluster;
mod conditions;
mod pusher;
mod remembering;
mod seeing;

use std::fmt;

use super::compare::{Metric, compare};
use super::peer::Peer;
use super::report::{Report, Section};
use super::subject::Subject;
use crate::case::Case;
use crate::outcome::Outcome;
use crate::statistics::median;

/// CPU per million deliveries may be this much above the bare server.
const CPU_RATIO_MAX: f64 = 1.10;
/// User-space bytes an idle connection may take.
const IDLE_BYTES_MAX: f64 = 512.0;
/// What a server may keep of the memory of connections that are gone: a tenth of what it took,
/// or a mebibyte, whichever is more.
const KEPT_SHARE_MAX: f64 = 0.1;
const KEPT_BYTES_MAX: f64 = 1_048_576.0;

/// Whether a goal is reached in one case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The median reaches it.
    Met,
    /// The median does not, but the interval holds the goal: no difference was shown.
    Noise,
    /// Even the best end of the interval does not.
    Missed,
    /// There are no figures.
    NotMeasured,
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Met => "met",
            Self::Noise => "within noise",
            Self::Missed => "MISSED",
            Self::NotMeasured => "not measured",
        })
    }
}

/// One goal in one case.
#[derive(Debug, Clone)]
pub struct Goal {
    /// What is wanted.
    pub wanted: &'static str,
    /// Where.
    pub case: Case,
    /// What was measured, in words.
    pub found: String,
    /// Whether that is enough.
    pub verdict: Verdict,
}

/// All goals for all cases of a report.
pub fn judge(subject: Subject, report: &Report) -> Vec<Goal> {
    match subject {
        Subject::Peers => judge_peers(report),
        Subject::Remembering => remembering::judge(report),
        Subject::Seeing => seeing::judge(report),
        Subject::Conditions => conditions::judge(report),
        Subject::Pusher => pusher::judge(report),
        Subject::Cluster => cluster::judge(report),
    }
}

fn judge_peers(report: &Report) -> Vec<Goal> {
    let mut goals = Vec::new();
    for section in &report.sections {
        if let Case::Idle { .. } = section.case {
            goals.push(idle_memory(section));
            goals.push(memory_returned(section));
            continue;
        }
        let beside_bun = [Peer::Wirehub, Peer::Bun];
        let (wanted, least) = rate_beside_bun(section.case);
        let rate = at_least(section, Metric::Rate, beside_bun, least);
        goals.push(goal(wanted, section, rate));
        let p99 = at_most(section, Metric::P99, beside_bun, 1.0);
        goals.push(goal("p99: not above Bun", section, p99));
        if !matches!(section.case, Case::Storm { .. }) {
            let beside_bare = [Peer::Wirehub, Peer::BareEpoll];
            let cpu = at_most(section, Metric::Cpu, beside_bare, CPU_RATIO_MAX);
            goals.push(goal("CPU: at most 1.10 of bare epoll", section, cpu));
        }
        goals.push(no_faults(section, Peer::Wirehub));
    }
    goals
}

/// How fast it is to be beside Bun, in words and as a ratio. Where everything that is due leaves in
/// one write, there is the most to be won.
const fn rate_beside_bun(case: Case) -> (&'static str, f64) {
    match case {
        Case::Fanout { window: 1, .. } => ("rate: at least 1.15 of Bun", 1.15),
        Case::Fanout { .. } => ("rate: at least 1.20 of Bun", 1.20),
        _ => ("rate: at least 1.10 of Bun", 1.10),
    }
}

fn goal(wanted: &'static str, section: &Section, found: (String, Verdict)) -> Goal {
    let (found, verdict) = found;
    Goal {
        wanted,
        case: section.case,
        found,
        verdict,
    }
}

fn at_least(section: &Section, metric: Metric, pair: [Peer; 2], bound: f64) -> (String, Verdict) {
    ratio(section, metric, pair, |median, _, high| match () {
        () if median >= bound => Verdict::Met,
        () if high >= bound => Verdict::Noise,
        () => Verdict::Missed,
    })
}

fn at_most(section: &Section, metric: Metric, pair: [Peer; 2], bound: f64) -> (String, Verdict) {
    ratio(section, metric, pair, |median, low, _| match () {
        () if median <= bound => Verdict::Met,
        () if low <= bound => Verdict::Noise,
        () => Verdict::Missed,
    })
}

fn ratio(
    section: &Section,
    metric: Metric,
    [ours, theirs]: [Peer; 2],
    verdict: impl Fn(f64, f64, f64) -> Verdict,
) -> (String, Verdict) {
    match compare(section, metric, ours, theirs) {
        None => nothing(),
        Some(found) => {
            let interval = found.ratio;
            (
                interval.to_string(),
                verdict(interval.median, interval.low, interval.high),
            )
        }
    }
}

fn nothing() -> (String, Verdict) {
    ("-".to_owned(), Verdict::NotMeasured)
}

fn idle_memory(section: &Section) -> Goal {
    let bytes: Vec<f64> = section
        .outcomes(Peer::Wirehub)
        .into_iter()
        .filter_map(|idle| Metric::Memory.of(idle))
        .collect();
    let found = match bytes.is_empty() {
        true => nothing(),
        false if median(&bytes) <= IDLE_BYTES_MAX => (bytes_text(&bytes), Verdict::Met),
        false => (bytes_text(&bytes), Verdict::Missed),
    };
    goal("idle: at most 512 B a connection", section, found)
}

fn bytes_text(bytes: &[f64]) -> String {
    format!("{:.0} B", median(bytes))
}

fn memory_returned(section: &Section) -> Goal {
    let mut worst: Option<(f64, bool)> = None;
    for outcome in section.outcomes(Peer::Wirehub) {
        let Outcome::Idle(idle) = outcome else {
            continue;
        };
        let kept = idle.rss_closed as f64 - idle.rss_before as f64;
        let taken = idle.rss_open as f64 - idle.rss_before as f64;
        let fine = kept <= (taken * KEPT_SHARE_MAX).max(KEPT_BYTES_MAX);
        if worst.is_none_or(|(most, _)| kept > most) {
            worst = Some((kept, fine));
        }
    }
    let found = match worst {
        None => nothing(),
        Some((kept, fine)) => {
            let text = format!("{:.1} MB kept", kept / 1e6);
            (text, if fine { Verdict::Met } else { Verdict::Missed })
        }
    };
    goal("idle: memory goes back after close", section, found)
}

fn no_faults(section: &Section, ours: Peer) -> Goal {
    let faults = |outcome: &Outcome| match outcome {
        Outcome::Flow(flow) => flow.faults.total(),
        Outcome::Storm(storm) => storm.errors + storm.stuck,
        Outcome::Idle(_) => 0,
        Outcome::Recovery(recovery) => {
            recovery.faults.total() + recovery.clients - recovery.complete
        }
    };
    let outcomes = section.outcomes(ours);
    let total: u64 = outcomes.iter().copied().map(faults).sum();
    let failed = section
        .runs
        .iter()
        .filter(|run| run.peer == ours && run.outcome().is_none())
        .count();
    let found = match (outcomes.is_empty(), total, failed) {
        (true, ..) => nothing(),
        (false, 0, 0) => ("none".to_owned(), Verdict::Met),
        (false, total, failed) => (
            format!("{total} faults, {failed} failed runs"),
            Verdict::Missed,
        ),
    };
    goal("nothing lost, doubled, reordered or failed", section, found)
}

#[cfg(test)]
mod tests;
