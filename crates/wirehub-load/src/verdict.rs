//! What is to be thought of a run: the table of metrics, limits and risks.

mod closes;
mod connects;
mod delivery;
mod evidence;
mod finding;
mod herd;
mod metric;
mod server;
mod sessions;
mod thresholds;
mod unit;

use serde::{Serialize, Serializer};

use crate::{baseline::Comparison, outcome::Outcome};

pub use finding::{Finding, Level};
pub use metric::Metric;
pub use thresholds::{Limits, ThresholdError, Thresholds};
pub(crate) use unit::Unit;

/// What is to be thought of a run as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ruling {
    /// Everything that was asked for was measured and is as it should be, or there was too little
    /// of it to tell and nothing looked wrong.
    Pass,
    /// Something is at medium risk, or what should have been measured was not.
    Warn,
    /// Something is at high risk.
    Fail,
}

impl Ruling {
    /// In a word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// The table of a run, and what follows from it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// What is to be thought of the whole.
    pub ruling: Ruling,
    /// Why it is not better, in sentences; empty when it passed.
    pub reasons: Vec<String>,
    /// Every metric, in the order of [`Metric::ALL`].
    #[serde(serialize_with = "described")]
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Judges a run.
    #[must_use]
    pub fn of(outcome: &Outcome, thresholds: &Thresholds) -> Self {
        let find = |metric: Metric| {
            let mut finding = metric.found(outcome, thresholds);
            finding.counts |= thresholds.required.contains(&metric);
            finding
        };
        let findings: Vec<Finding> = Metric::ALL.iter().copied().map(find).collect();
        let mut verdict = Self {
            ruling: Ruling::Pass,
            reasons: Vec::new(),
            findings,
        };
        for (ruling, reason) in verdict.findings_against(thresholds) {
            verdict.object(ruling, reason);
        }
        if outcome.server.as_ref().is_some_and(|server| server.gone) {
            verdict.object(Ruling::Fail, "the server was gone at the end".to_owned());
        }
        for part in &outcome.missing {
            verdict.object(
                Ruling::Fail,
                format!("a part of the load is missing: {part}"),
            );
        }
        if outcome.interrupted {
            let reason = "the run was stopped before its scenario ended";
            verdict.object(Ruling::Warn, reason.to_owned());
        }
        if verdict.measured() == 0 {
            let reason = "nothing was measured, and no data is no pass";
            verdict.object(Ruling::Warn, reason.to_owned());
        }
        verdict
    }

    /// Lets what became significantly worse than in an earlier run count, as a failure.
    #[must_use]
    pub fn counting(mut self, comparison: &Comparison) -> Self {
        for difference in comparison.worse() {
            self.object(Ruling::Fail, difference.sentence());
        }
        self
    }

    /// How many metrics could be judged.
    #[must_use]
    pub fn measured(&self) -> usize {
        let findings = self.findings.iter();
        let measured = findings.filter(|finding| finding.level != Level::NotMeasured);
        measured.count()
    }

    /// The verdict on one metric.
    #[must_use]
    pub fn finding(&self, metric: Metric) -> Option<&Finding> {
        let mut findings = self.findings.iter();
        findings.find(|finding| finding.metric == metric)
    }

    /// The verdict in a line.
    #[must_use]
    pub fn summary(&self) -> String {
        let of = |level| {
            let findings = self.findings.iter();
            findings.filter(|finding| finding.level == level).count()
        };
        let mut parts = vec![format!("{} ok", of(Level::Ok))];
        for (level, words) in [
            (Level::Medium, "at medium risk"),
            (Level::High, "at high risk"),
            (Level::NotMeasured, "not measured"),
        ] {
            if of(level) > 0 {
                parts.push(format!("{} {words}", of(level)));
            }
        }
        parts.join(", ")
    }

    fn findings_against(&self, thresholds: &Thresholds) -> Vec<(Ruling, String)> {
        let mut against = Vec::new();
        for finding in &self.findings {
            let name = finding.metric.name();
            let note = finding.note.as_deref().unwrap_or("no data");
            let required = thresholds.required.contains(&finding.metric);
            match finding.level {
                Level::Ok => {}
                Level::Medium => against.push((Ruling::Warn, finding.sentence())),
                Level::High => against.push((Ruling::Fail, finding.sentence())),
                Level::NotMeasured if required => {
                    let reason = format!("{name} is required and was not measured: {note}");
                    against.push((Ruling::Fail, reason));
                }
                Level::NotMeasured if finding.counts => {
                    against.push((Ruling::Warn, format!("{name} was not measured: {note}")));
                }
                Level::NotMeasured => {}
            }
        }
        against
    }

    fn object(&mut self, ruling: Ruling, reason: String) {
        self.ruling = self.ruling.max(ruling);
        self.reasons.push(reason);
    }
}

/// Writes findings with the words that people know them by.
fn described<S: Serializer>(findings: &[Finding], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Described<'a> {
        name: &'static str,
        unit: &'static str,
        shown: String,
        #[serde(flatten)]
        finding: &'a Finding,
    }
    serializer.collect_seq(findings.iter().map(|finding| Described {
        name: finding.metric.name(),
        unit: finding.metric.unit().key(),
        shown: finding.shown(),
        finding,
    }))
}
