//! What a run found, for people and for programs.

mod contents;
mod html;
mod machine;
mod markdown;
mod markup;
mod moment;
mod plot;
mod table;
mod text;

use serde::Serialize;

use crate::{baseline::Comparison, outcome::Outcome, verdict::Verdict};

pub use machine::Machine;

/// What a run found, what is to be thought of it, and what it was of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// What is to be thought of it.
    pub verdict: Verdict,
    /// What became worse or better since an earlier run.
    pub comparison: Option<Comparison>,
    /// The machine that the load came from.
    pub machine: Machine,
    /// The scenario file, for readers who want to repeat the run.
    pub script: Option<String>,
    /// What the run found.
    pub outcome: Outcome,
}

impl Report {
    /// A report without comparison, machine and script.
    #[must_use]
    pub fn new(outcome: Outcome, verdict: Verdict) -> Self {
        Self {
            verdict,
            comparison: None,
            machine: Machine::default(),
            script: None,
            outcome,
        }
    }

    /// For a terminal; risks are coloured when wanted.
    #[must_use]
    pub fn to_text(&self, coloured: bool) -> String {
        text::written(self, coloured)
    }

    /// For a ticket or the summary of a CI job.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        markdown::written(self)
    }

    /// For programs, and for later runs to be [compared](crate::Baseline::read) with.
    ///
    /// # Errors
    /// When a histogram cannot be written.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// One page that needs nothing else, with plots.
    #[must_use]
    pub fn to_html(&self) -> String {
        html::written(self)
    }
}
