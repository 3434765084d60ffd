//! What became worse or better since an earlier run.
//!
//! One run is one draw: two runs of the same thing never have the same figures. So each figure is
//! compared as a ratio with an interval, and only an interval that is wholly beyond a tolerance is
//! called a change.
//!
//! - **Times and amounts** (latencies, deliveries a second, what the server used): the seconds of
//!   both runs are put side by side, as their scenario is the same, and cut into blocks, since what
//!   is near in time is alike. The blocks are drawn anew many times, each with its counterpart of
//!   the other run; how far the ratio of the two quantiles, or of the two sums, spreads over the
//!   draws is its error. The interval takes it by Student's t, with as many degrees of freedom as
//!   there are blocks that do not look like their neighbours.
//! - **Events** (failures, losses, duplicates, abnormal closes): which part of all events fell into
//!   the later run, by Wilson's interval. Events come in bursts, so counts are divided by how much
//!   more they vary from second to second than single events would.
//! - **Many figures**: the intervals hold all together with 95 % (Bonferroni), so that one alarm in
//!   twenty comparisons is false at most, and not one in twenty figures.
//! - **The tolerance** stands for what blocks within one run cannot show: that a process which is
//!   started anew lies elsewhere in memory, or that the machine has other neighbours today.

mod blocks;
mod change;
mod events;
mod interval;
mod kept;
mod measure;
mod measures;
mod used;

use serde::Serialize;

use crate::outcome::{Latency, Outcome};

pub use change::{Change, Difference};
pub use kept::{Baseline, BaselineError};

/// How seldom a comparison of two runs of the same thing finds a change at all.
const FALSE_ALARMS: f64 = 0.05;

/// What became worse or better since an earlier run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What the earlier run's scenario was called.
    pub scenario: String,
    /// When the earlier run began, in milliseconds since 1970.
    pub begun_at: u64,
    /// Why the two runs are not of the same load; when there is anything, no change counts.
    pub unlike: Vec<String>,
    /// Every figure, in the order of the report.
    pub differences: Vec<Difference>,
    /// The earlier run's distributions, for plots.
    #[serde(skip)]
    pub(crate) earlier: Earlier,
}

/// The distributions of the earlier run.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Earlier {
    pub(crate) handshake: Latency,
    pub(crate) delivery: Latency,
    pub(crate) round_trip: Latency,
    pub(crate) resume: Latency,
}

impl Comparison {
    /// Compares a run with an earlier one.
    #[must_use]
    pub fn of(before: &Outcome, after: &Outcome) -> Self {
        Self {
            scenario: before.scenario.clone(),
            begun_at: before.begun_at,
            unlike: unlike(before, after),
            differences: measures::all(before, after, FALSE_ALARMS),
            earlier: Earlier {
                handshake: before.handshake.clone(),
                delivery: before.delivery.clone(),
                round_trip: before.round_trip.clone(),
                resume: before.resume.clone(),
            },
        }
    }

    /// What became significantly worse; nothing when the loads are not the same.
    pub fn worse(&self) -> impl Iterator<Item = &Difference> {
        self.changed(Change::Worse)
    }

    /// What became significantly better; nothing when the loads are not the same.
    pub fn better(&self) -> impl Iterator<Item = &Difference> {
        self.changed(Change::Better)
    }

    /// The comparison in a sentence.
    #[must_use]
    pub fn summary(&self) -> String {
        if !self.unlike.is_empty() {
            return "The runs are not of the same load, so no change counts.".to_owned();
        }
        let compared = self.differences.iter();
        let compared = compared.filter(|difference| difference.change != Change::NotCompared);
        match (
            self.worse().count(),
            self.better().count(),
            compared.count(),
        ) {
            (_, _, 0) => "Nothing could be compared.".to_owned(),
            (0, 0, all) => format!("No significant change in {all} figures."),
            (worse, better, all) => {
                format!("{worse} significantly worse and {better} better, of {all} figures.")
            }
        }
    }

    fn changed(&self, change: Change) -> impl Iterator<Item = &Difference> {
        let counts = self.unlike.is_empty();
        let differences = self.differences.iter();
        differences.filter(move |difference| counts && difference.change == change)
    }
}

/// Why the figures of two runs do not stand for the same load.
fn unlike(before: &Outcome, after: &Outcome) -> Vec<String> {
    let mut unlike = Vec::new();
    let mut differ = |what: &str, one: String, two: String| {
        if one != two {
            unlike.push(format!("{what}: {one} before, {two} after"));
        }
    };
    differ("scenario", before.scenario.clone(), after.scenario.clone());
    let (one, two) = (before.connections, after.connections);
    differ("connections", one.to_string(), two.to_string());
    let (one, two) = (before.publishers, after.publishers);
    differ("publishers", one.to_string(), two.to_string());
    let phases = |outcome: &Outcome| {
        let phases = outcome.phases.iter();
        let phases = phases.map(|phase| (phase.kind, phase.label.clone()));
        phases.collect::<Vec<_>>()
    };
    let stopped = |outcome: &Outcome| outcome.interrupted;
    if stopped(before) || stopped(after) {
        unlike.push("a run was stopped before its scenario ended".to_owned());
    } else if phases(before) != phases(after) {
        unlike.push("the phases are not the same".to_owned());
    } else if (before.seconds - after.seconds).abs() > before.seconds.max(after.seconds) / 5.0 {
        let (one, two) = (before.seconds, after.seconds);
        unlike.push(format!("the runs took {one:.0} s and {two:.0} s"));
    }
    unlike
}
