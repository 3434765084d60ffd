//! What a run is judged by.

use serde::{Deserialize, Serialize};

use super::{
    Finding, Limits, Thresholds, Unit, closes, connects, delivery, herd, server, sessions,
};
use crate::outcome::Outcome;

/// What a run is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Of the attempts to connect that came to an end, those that opened.
    ConnectSuccess,
    /// From due to open, for 99 of 100 connections.
    HandshakeP99,
    /// The rate at which connections opened in the worst ramp, of the rate that was wanted.
    ConnectRate,
    /// From the moment a publication was due to its arrival, for 99 of 100.
    DeliveryP99,
    /// The same for 999 of 1,000.
    DeliveryP999,
    /// From the loss of a connection to its subscriptions being back, for 99 of 100.
    ResumeP99,
    /// Sessions that missed a publication, and nothing told them.
    SessionsWithLoss,
    /// Sessions whose application saw a publication twice.
    SessionsWithDuplicates,
    /// Publications that came after a later one.
    Reordered,
    /// Messages that are not what was sent.
    Corrupt,
    /// Connections dropped because too many waited to be accepted, of all attempts.
    AcceptOverflows,
    /// First packets of connections that were dropped, of all attempts.
    SynDrops,
    /// File descriptors that the server holds beyond those before the run.
    Descriptors,
    /// Resident memory that the server holds beyond that before the run.
    Memory,
    /// Tasks that the server has beyond those before the run.
    Tasks,
    /// Reconnects in the busiest second over those in a mean second.
    HerdFactor,
    /// Connections that ended and nobody wanted that, for each hour that a connection was open.
    AbnormalCloses,
}

impl Metric {
    /// All, in the order of the table.
    pub const ALL: [Self; 17] = [
        Self::ConnectSuccess,
        Self::HandshakeP99,
        Self::ConnectRate,
        Self::DeliveryP99,
        Self::DeliveryP999,
        Self::ResumeP99,
        Self::SessionsWithLoss,
        Self::SessionsWithDuplicates,
        Self::Reordered,
        Self::Corrupt,
        Self::AcceptOverflows,
        Self::SynDrops,
        Self::Descriptors,
        Self::Memory,
        Self::Tasks,
        Self::HerdFactor,
        Self::AbnormalCloses,
    ];

    /// What people call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ConnectSuccess => "connect success",
            Self::HandshakeP99 => "handshake p99",
            Self::ConnectRate => "connect rate held",
            Self::DeliveryP99 => "delivery p99",
            Self::DeliveryP999 => "delivery p99.9",
            Self::ResumeP99 => "resume p99",
            Self::SessionsWithLoss => "sessions with loss",
            Self::SessionsWithDuplicates => "sessions with duplicates",
            Self::Reordered => "messages out of order",
            Self::Corrupt => "corrupt messages",
            Self::AcceptOverflows => "accept queue overflows",
            Self::SynDrops => "SYN drops",
            Self::Descriptors => "descriptors not given back",
            Self::Memory => "memory not given back",
            Self::Tasks => "tasks not given back",
            Self::HerdFactor => "reconnect herd, peak/mean",
            Self::AbnormalCloses => "abnormal closes/conn-h",
        }
    }

    /// What its values and limits are in.
    #[must_use]
    pub(crate) const fn unit(self) -> Unit {
        match self {
            Self::ConnectSuccess
            | Self::ConnectRate
            | Self::AcceptOverflows
            | Self::SynDrops
            | Self::Descriptors
            | Self::Memory
            | Self::Tasks => Unit::Percent,
            Self::HandshakeP99 | Self::DeliveryP99 | Self::DeliveryP999 => Unit::Milliseconds,
            Self::ResumeP99 => Unit::Seconds,
            Self::SessionsWithLoss
            | Self::SessionsWithDuplicates
            | Self::Reordered
            | Self::Corrupt => Unit::Count,
            Self::HerdFactor => Unit::Times,
            Self::AbnormalCloses => Unit::PerHour,
        }
    }

    /// Whether more of it is better.
    pub(crate) const fn is_better_high(self) -> bool {
        matches!(self, Self::ConnectSuccess | Self::ConnectRate)
    }

    /// The limits that hold for it.
    #[must_use]
    pub const fn limits(self, thresholds: &Thresholds) -> Limits {
        match self {
            Self::ConnectSuccess => thresholds.connect_success_percent,
            Self::HandshakeP99 => thresholds.handshake_p99_ms,
            Self::ConnectRate => thresholds.connect_rate_percent,
            Self::DeliveryP99 => thresholds.delivery_p99_ms,
            Self::DeliveryP999 => thresholds.delivery_p999_ms,
            Self::ResumeP99 => thresholds.resume_p99_seconds,
            Self::SessionsWithLoss => thresholds.sessions_with_loss,
            Self::SessionsWithDuplicates => thresholds.sessions_with_duplicates,
            Self::Reordered => thresholds.reordered,
            Self::Corrupt => thresholds.corrupt,
            Self::AcceptOverflows => thresholds.accept_overflow_percent,
            Self::SynDrops => thresholds.syn_drop_percent,
            Self::Descriptors => thresholds.descriptors_over_percent,
            Self::Memory => thresholds.memory_over_percent,
            Self::Tasks => thresholds.tasks_over_percent,
            Self::HerdFactor => thresholds.herd_factor,
            Self::AbnormalCloses => thresholds.abnormal_closes_per_hour,
        }
    }

    /// What a run shows of it.
    pub(super) fn found(self, outcome: &Outcome, thresholds: &Thresholds) -> Finding {
        let limits = self.limits(thresholds);
        let blank = Finding::blank(self, limits);
        match self {
            Self::ConnectSuccess => connects::success(blank, outcome),
            Self::HandshakeP99 => connects::handshake(blank, outcome),
            Self::ConnectRate => connects::rate(blank, outcome, thresholds),
            Self::DeliveryP99 => delivery::quantile(blank, outcome, 0.99),
            Self::DeliveryP999 => delivery::quantile(blank, outcome, 0.999),
            Self::ResumeP99 => delivery::resume(blank, outcome),
            Self::SessionsWithLoss => sessions::loss(blank, outcome),
            Self::SessionsWithDuplicates => sessions::duplicates(blank, outcome),
            Self::Reordered => sessions::reordered(blank, outcome),
            Self::Corrupt => sessions::corrupt(blank, outcome),
            Self::AcceptOverflows => server::drops(blank, outcome, |seen| seen.accept_overflows),
            Self::SynDrops => server::drops(blank, outcome, |seen| seen.syn_drops),
            Self::Descriptors => server::descriptors(blank, outcome, thresholds),
            Self::Memory => server::memory(blank, outcome, thresholds),
            Self::Tasks => server::tasks(blank, outcome, thresholds),
            Self::HerdFactor => herd::factor(blank, outcome, thresholds),
            Self::AbnormalCloses => closes::abnormal(blank, outcome),
        }
    }
}
