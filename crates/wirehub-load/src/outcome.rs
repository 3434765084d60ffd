//! What one run found.

mod latency;
mod phase_span;
mod room_tally;
mod series;
mod server_view;
mod tally;
mod volume;

use serde::{Deserialize, Serialize};

pub use latency::Latency;
pub use phase_span::{PhaseKind, PhaseSpan};
pub use room_tally::RoomTally;
pub use series::{Row, Series};
pub use server_view::{Reading, ServerView, TcpState};
pub use tally::{CloseKind, FailureCause, Tally};
pub use volume::Volume;

/// The form in which outcomes are written.
const FORM: u32 = 1;
/// More remarks than this are not kept.
const REMARKS: usize = 32;

/// What one run found, of one process or of several whose outcomes were merged.
///
/// Times are from the start of the run, in seconds; in [`Latency`] they are microseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The form of this document, [`Outcome::FORM`]; readers refuse another one.
    pub form: u32,
    /// What the scenario is called.
    pub scenario: String,
    /// The server's URL, without query, user and password.
    pub target: String,
    /// When it began, in milliseconds since 1970.
    pub begun_at: u64,
    /// How long it took, with the wait for what was still on its way and without the watch for the
    /// server's return to its baseline.
    pub seconds: f64,
    /// Whether it was stopped before its scenario ended.
    pub interrupted: bool,
    /// Processes that took part.
    pub processes: u32,
    /// Threads that took part, all processes together.
    pub threads: u32,
    /// Connections that the scenario holds at most, publishers not counted.
    pub connections: u64,
    /// Connections that publish.
    pub publishers: u64,
    /// The longest time in seconds over which the server told its clients to come back; `None`
    /// where it told none.
    #[serde(default)]
    pub spread: Option<f64>,
    /// The phases, in the order in which they ran.
    pub phases: Vec<PhaseSpan>,
    /// The whole run in figures.
    pub tally: Tally,
    /// From the moment a connection was due to the moment it was open: name known, token taken.
    pub handshake: Latency,
    /// From the moment a publication was due to its arrival at each subscriber.
    pub delivery: Latency,
    /// From the moment a publication was due to the server's answer to it, or to its echo.
    pub round_trip: Latency,
    /// From the loss of a connection to the moment its subscriptions were back.
    pub resume: Latency,
    /// The rooms by their sizes, where the scenario has several.
    #[serde(default)]
    pub rooms: Vec<RoomTally>,
    /// The run second by second.
    pub series: Series,
    /// What the server used meanwhile, where it was watched.
    pub server: Option<ServerView>,
    /// Parts of the run that ended without a word of what they found, and why: all of that is
    /// missing here.
    #[serde(default)]
    pub missing: Vec<String>,
    /// What a reader has to know to take the figures for what they are: a load generator that was
    /// itself too slow, a server that could not be watched.
    pub remarks: Vec<String>,
}

/// Why two outcomes are not of one run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// They are of different scenarios.
    #[error("one outcome is of the scenario `{0}` and the other of `{1}`")]
    Scenarios(String, String),
    /// They met different servers.
    #[error("one outcome is of {0} and the other of {1}")]
    Targets(String, String),
    /// Another version wrote one of them.
    #[error("an outcome has the form {0} and this program knows {FORM}; run both with one version")]
    Form(u32),
    /// The phases do not match, so seconds would be added that are not the same.
    #[error("the outcomes have {0} and {1} phases; take the same scenario for all processes")]
    Phases(usize, usize),
}

impl Outcome {
    /// The form in which this version writes outcomes.
    pub const FORM: u32 = FORM;

    /// Says something that a reader has to know; once, and no more than a page of it.
    pub fn remark(&mut self, text: impl Into<String>) {
        let text = text.into();
        if self.remarks.len() < REMARKS && !self.remarks.contains(&text) {
            self.remarks.push(text);
        }
    }

    /// Adds what another process found in the same run.
    ///
    /// # Errors
    /// When it is not of the same scenario, server or form; nothing is changed then.
    pub fn merge(&mut self, other: Self) -> Result<(), MergeError> {
        self.check(&other)?;
        self.begun_at = self.begun_at.min(other.begun_at);
        self.seconds = self.seconds.max(other.seconds);
        self.interrupted |= other.interrupted;
        self.processes = self.processes.saturating_add(other.processes);
        self.threads = self.threads.saturating_add(other.threads);
        self.connections = self.connections.saturating_add(other.connections);
        self.publishers = self.publishers.saturating_add(other.publishers);
        self.told_spread(other.spread);
        self.merge_phases(other.phases);
        self.tally.merge(&other.tally);
        self.handshake.merge(&other.handshake);
        self.delivery.merge(&other.delivery);
        self.round_trip.merge(&other.round_trip);
        self.resume.merge(&other.resume);
        self.merge_rooms(other.rooms);
        self.series.merge(other.series);
        if self.server.is_none() {
            self.server = other.server;
        }
        self.missing.extend(other.missing);
        for remark in other.remarks {
            self.remark(remark);
        }
        Ok(())
    }

    /// The server told its clients a time over which to come back.
    pub(crate) fn told_spread(&mut self, told: Option<f64>) {
        let longest = |told: f64| self.spread.map_or(told, |known| known.max(told));
        self.spread = told.map(longest).or(self.spread);
    }

    /// Adds phases that another part of the crowd ran at the same time.
    pub(crate) fn merge_phases(&mut self, others: Vec<PhaseSpan>) {
        for (place, with) in others.into_iter().enumerate() {
            match self.phases.get_mut(place) {
                Some(phase) => phase.merge(&with),
                None => self.phases.push(with),
            }
        }
    }

    /// Adds rooms that another part of the crowd was in.
    pub(crate) fn merge_rooms(&mut self, others: Vec<RoomTally>) {
        for (place, with) in others.into_iter().enumerate() {
            match self.rooms.get_mut(place) {
                Some(rooms) => rooms.merge(&with),
                None => self.rooms.push(with),
            }
        }
    }

    fn check(&self, other: &Self) -> Result<(), MergeError> {
        if let Some(form) = [self.form, other.form]
            .into_iter()
            .find(|form| *form != FORM)
        {
            return Err(MergeError::Form(form));
        }
        if self.scenario != other.scenario {
            let (one, two) = (self.scenario.clone(), other.scenario.clone());
            return Err(MergeError::Scenarios(one, two));
        }
        if self.target != other.target {
            let (one, two) = (self.target.clone(), other.target.clone());
            return Err(MergeError::Targets(one, two));
        }
        // A process that was stopped earlier than others has run fewer of them.
        let (one, two) = (self.phases.len(), other.phases.len());
        let stopped = self.interrupted || other.interrupted;
        match one == two || stopped {
            true => Ok(()),
            false => Err(MergeError::Phases(one, two)),
        }
    }
}

#[cfg(test)]
mod tests;
