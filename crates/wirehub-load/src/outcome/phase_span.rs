//! One phase of a scenario as it went.

use serde::{Deserialize, Serialize};

/// What a phase does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhaseKind {
    /// Connections come until there are as many as wanted.
    Ramp,
    /// Those who are there stay.
    Hold,
    /// The same while something is published.
    Publish,
    /// Some go, in one of several manners.
    Disconnect,
    /// Those who went come back.
    Reconnect,
    /// What is still on its way arrives; the scenario is over.
    Drain,
}

/// One phase of a scenario as it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhaseSpan {
    /// What it does.
    pub kind: PhaseKind,
    /// The same in words, with what it was asked for.
    pub label: String,
    /// When it began, in seconds from the start of the run.
    pub began: f64,
    /// When it ended.
    pub ended: f64,
    /// Connections a second that it was to bring, all processes together; 0 where it brings none
    /// at a rate.
    pub wanted_rate: f64,
    /// Connections that it was to bring.
    pub wanted: u64,
    /// Attempts to connect that were begun.
    pub begun: u64,
    /// Connections that opened.
    pub made: u64,
    /// Attempts that failed.
    pub failed: u64,
    /// Attempts of those who had a connection before.
    pub reconnects: u64,
    /// Seconds from the start of the phase to the last connection that opened in it.
    pub last_made: f64,
}

impl PhaseSpan {
    /// Connections a second that it brought, over the time until the last one opened; 0 when it
    /// brought none.
    #[must_use]
    pub fn made_rate(&self) -> f64 {
        match self.last_made > 0.0 {
            true => self.made as f64 / self.last_made,
            false => 0.0,
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.began = self.began.min(other.began);
        self.ended = self.ended.max(other.ended);
        self.last_made = self.last_made.max(other.last_made);
        self.wanted_rate += other.wanted_rate;
        self.wanted = self.wanted.saturating_add(other.wanted);
        self.begun = self.begun.saturating_add(other.begun);
        self.made = self.made.saturating_add(other.made);
        self.failed = self.failed.saturating_add(other.failed);
        self.reconnects = self.reconnects.saturating_add(other.reconnects);
    }
}
