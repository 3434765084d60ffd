//! The whole run in figures.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Volume;

/// Different statuses and close codes that are counted apart; of others, only that they were.
const NUMBERS: usize = 64;

/// Why a connection did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureCause {
    /// Nobody listens there.
    Refused,
    /// The network or the host is not to be reached.
    Unreachable,
    /// The connection was cut before it was open.
    Reset,
    /// The server ended the stream before it was open.
    Ended,
    /// Nothing came within the time for a handshake.
    TimedOut,
    /// This machine has no port left for the server from that source address.
    NoPorts,
    /// This process has no file descriptor left.
    NoDescriptors,
    /// The handshake of TLS failed.
    Tls,
    /// The answer was HTTP, and not 101: [`Tally::statuses`] has the status.
    Status,
    /// The answer was no WebSocket, or no word of the protocol.
    Garbage,
    /// The server does not take the token.
    Unauthorized,
    /// Something else that the kernel said.
    Other,
}

/// How a connection ended that had been open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CloseKind {
    /// We said goodbye with a close frame, as the scenario wanted.
    Goodbye,
    /// We ended the stream without a close frame, as the scenario wanted.
    Fin,
    /// We reset it, as the scenario wanted.
    Rst,
    /// We fell silent for good and left the socket behind, as the scenario wanted.
    HalfOpen,
    /// The server ended it while the scenario held it up: a stalled or slow reader.
    Provoked,
    /// We left it for a new one, as the server had asked.
    Moved,
    /// The server sent a close frame: [`Tally::close_codes`] has the code.
    Server,
    /// The server ended the stream without a close frame.
    ServerEnded,
    /// It was reset from the other side.
    ServerReset,
    /// The server said nothing for longer than it said it would.
    Silent,
    /// The server broke the protocol.
    Garbage,
    /// Something else that the kernel said.
    Other,
}

impl CloseKind {
    /// Whether nobody wanted that end, the scenario least of all.
    #[must_use]
    pub const fn is_abnormal(self) -> bool {
        match self {
            Self::Goodbye
            | Self::Fin
            | Self::Rst
            | Self::HalfOpen
            | Self::Provoked
            | Self::Moved => false,
            Self::Server
            | Self::ServerEnded
            | Self::ServerReset
            | Self::Silent
            | Self::Garbage
            | Self::Other => true,
        }
    }
}

/// The whole run in figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    /// Attempts to connect that were begun.
    pub connects_begun: u64,
    /// Connections that opened: name known, token taken.
    pub connects_made: u64,
    /// Connections that agreed on permessage-deflate; each is one of `connects_made`, or failed
    /// after its handshake.
    pub compressed: u64,
    /// Attempts that failed, by cause.
    pub connects_failed: BTreeMap<FailureCause, u64>,
    /// Attempts that were not over when the run ended.
    pub connects_pending: u64,
    /// Attempts of those who had a connection before; each is one of `connects_begun`.
    pub reconnects: u64,
    /// The HTTP statuses of answers that were no upgrade. 0 stands for those beyond the first 64
    /// different ones.
    pub statuses: BTreeMap<u16, u64>,
    /// Connections that ended after they had been open, by kind.
    pub closes: BTreeMap<CloseKind, u64>,
    /// The codes of the close frames that the server sent; 1005 stands for none, 0 for those beyond
    /// the first 64 different ones.
    pub close_codes: BTreeMap<u16, u64>,
    /// Seconds that connections were open, all added up.
    pub open_seconds: f64,
    /// Bytes that went over the connections.
    pub volume: Volume,
    /// Publications that were sent.
    pub published: u64,
    /// Of these, those that the server answered with success.
    pub acknowledged: u64,
    /// Of these, those that it refused.
    pub refused: u64,
    /// Publications that were due while their publisher had no connection or had too much unsent:
    /// they were never sent.
    pub unsent: u64,
    /// Publications that arrived at a subscriber.
    pub delivered: u64,
    /// Publications that never arrived at a subscriber who was owed them, and nothing said so.
    pub lost: u64,
    /// Times that a server said that something was missed which it could not make good
    /// (`recovered: false`).
    pub gaps_told: u64,
    /// Publications that were left out for a reader whom the scenario held up.
    pub provoked_gaps: u64,
    /// Publications that arrived again.
    pub duplicated: u64,
    /// Publications that arrived after a later one.
    pub reordered: u64,
    /// Messages that are not what was sent.
    pub corrupt: u64,
    /// Sessions that lost something without a word.
    pub sessions_with_loss: u64,
    /// Sessions that got something twice.
    pub sessions_with_duplicates: u64,
    /// Sessions that were resumed after their connection was lost.
    pub resumed: u64,
    /// Sessions that had to subscribe anew after their connection was lost.
    pub resubscribed: u64,
    /// Requests that the server refused, by its code, other than publications; no more than 64
    /// different codes.
    pub errors: BTreeMap<String, u64>,
}

impl Tally {
    /// Attempts that failed, whatever for.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.connects_failed.values().sum()
    }

    /// Connections that ended and nobody wanted that.
    #[must_use]
    pub fn abnormal_closes(&self) -> u64 {
        let closes = self.closes.iter();
        let abnormal = closes.filter(|(kind, _)| kind.is_abnormal());
        abnormal.map(|(_, count)| count).sum()
    }

    /// Counts an attempt that failed.
    pub fn fail(&mut self, cause: FailureCause) {
        *self.connects_failed.entry(cause).or_default() += 1;
    }

    /// Counts an end.
    pub fn close(&mut self, kind: CloseKind) {
        *self.closes.entry(kind).or_default() += 1;
    }

    /// Counts an answer that was no upgrade.
    pub fn status(&mut self, status: u16) {
        count(&mut self.statuses, status, 1, 0);
    }

    /// Counts a close frame; `None` had no code.
    pub fn close_code(&mut self, code: Option<u16>) {
        count(&mut self.close_codes, code.unwrap_or(1005), 1, 0);
    }

    /// Counts a refusal.
    pub fn error(&mut self, code: &str) {
        if self.errors.contains_key(code) || self.errors.len() < NUMBERS {
            *self.errors.entry(code.to_owned()).or_default() += 1;
        }
    }

    /// Adds another one.
    pub fn merge(&mut self, other: &Self) {
        self.connects_begun += other.connects_begun;
        self.connects_made += other.connects_made;
        self.compressed += other.compressed;
        self.volume.merge(&other.volume);
        self.connects_pending += other.connects_pending;
        self.reconnects += other.reconnects;
        self.open_seconds += other.open_seconds;
        self.published += other.published;
        self.acknowledged += other.acknowledged;
        self.refused += other.refused;
        self.unsent += other.unsent;
        self.delivered += other.delivered;
        self.lost += other.lost;
        self.gaps_told += other.gaps_told;
        self.provoked_gaps += other.provoked_gaps;
        self.duplicated += other.duplicated;
        self.reordered += other.reordered;
        self.corrupt += other.corrupt;
        self.sessions_with_loss += other.sessions_with_loss;
        self.sessions_with_duplicates += other.sessions_with_duplicates;
        self.resumed += other.resumed;
        self.resubscribed += other.resubscribed;
        for (cause, more) in &other.connects_failed {
            *self.connects_failed.entry(*cause).or_default() += more;
        }
        for (kind, more) in &other.closes {
            *self.closes.entry(*kind).or_default() += more;
        }
        for (status, more) in &other.statuses {
            count(&mut self.statuses, *status, *more, 0);
        }
        for (code, more) in &other.close_codes {
            count(&mut self.close_codes, *code, *more, 0);
        }
        for (code, more) in &other.errors {
            if self.errors.contains_key(code) || self.errors.len() < NUMBERS {
                *self.errors.entry(code.clone()).or_default() += more;
            }
        }
    }
}

/// Counts a number, or `other` when there are too many different ones.
fn count(numbers: &mut BTreeMap<u16, u64>, number: u16, more: u64, other: u16) {
    let has_room = numbers.len() < NUMBERS || numbers.contains_key(&number);
    let key = if has_room { number } else { other };
    *numbers.entry(key).or_default() += more;
}
