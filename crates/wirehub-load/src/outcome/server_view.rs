//! What the server used while it was under load.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Samples that are kept; of a longer run, every second one, every fourth and so on.
const SAMPLES: usize = 3_600;

/// A state of TCP, as the kernel names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TcpState {
    /// Data may flow.
    Established,
    /// On its way to open.
    SynReceived,
    /// We ended first, and wait for the other side's word.
    FinWait,
    /// Both ended; the pair of ports rests.
    TimeWait,
    /// The other side ended and the process has not: a socket that many of these pile up for leaks.
    CloseWait,
    /// Waits for the last word.
    LastAck,
    /// Any other.
    Other,
}

/// One look at the server. What could not be seen is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// Seconds from the start of the run; negative before it.
    pub at: f64,
    /// Open file descriptors.
    pub descriptors: Option<u64>,
    /// Resident memory in bytes.
    pub memory: Option<u64>,
    /// Processor time used so far, in seconds.
    pub cpu: Option<f64>,
    /// Tasks and threads that the server counts itself, or else threads of its process.
    pub tasks: Option<u64>,
    /// Connections that the server counts itself.
    pub connections: Option<u64>,
    /// Connections that the machine dropped because too many waited to be accepted, since it
    /// started.
    pub accept_overflows: Option<u64>,
    /// First packets of connections that the machine dropped, since it started.
    pub syn_drops: Option<u64>,
    /// The server's sockets by state; empty when they were not looked at this time.
    pub tcp: BTreeMap<TcpState, u64>,
}

/// What the server used while it was under load.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServerView {
    /// Where the figures are from: `process 4711`, `http://127.0.0.1:8001/metrics`.
    pub source: String,
    /// Before the first connection.
    pub before: Option<Reading>,
    /// After the last connection, when it was back at its baseline or the wait was over.
    pub after: Option<Reading>,
    /// The looks in between, in their order.
    pub samples: Vec<Reading>,
    /// Seconds after the last connection in which it was back at its baseline; `None` when it was
    /// not within [`ServerView::waited`].
    pub settled: Option<f64>,
    /// Seconds after the last connection for which it was watched.
    pub waited: f64,
    /// Whether it was gone at the end.
    pub gone: bool,
    /// Why it could not be seen, the last time that it could not.
    pub trouble: Option<String>,
    /// Only every so many looks are among the samples.
    stride: u32,
    /// Looks so far.
    looks: u32,
}

impl ServerView {
    /// Nothing seen yet.
    #[must_use]
    pub fn of(source: impl Into<String>) -> Self {
        Self {
            source: source.into(),
            stride: 1,
            ..Self::default()
        }
    }

    /// Keeps a look, if it is one of those that are kept.
    pub fn sample(&mut self, reading: Reading) {
        let stride = self.stride.max(1);
        let is_kept = self.looks.is_multiple_of(stride);
        self.looks = self.looks.wrapping_add(1);
        if !is_kept {
            return;
        }
        if self.samples.len() >= SAMPLES {
            let mut place = 0_usize;
            self.samples.retain(|_| {
                place += 1;
                !place.is_multiple_of(2)
            });
            self.stride = stride.saturating_mul(2);
        }
        self.samples.push(reading);
    }

    /// All looks, from the first to the last.
    pub fn readings(&self) -> impl Iterator<Item = &Reading> {
        let ends = (self.before.iter(), self.after.iter());
        ends.0.chain(&self.samples).chain(ends.1)
    }

    /// The largest of a figure that was seen.
    #[must_use]
    pub fn peak(&self, figure: impl Fn(&Reading) -> Option<u64>) -> Option<u64> {
        self.readings().filter_map(figure).max()
    }

    /// By how much a counter of the server went up from the first look to the last.
    #[must_use]
    pub fn grown(&self, figure: impl Fn(&Reading) -> Option<u64>) -> Option<u64> {
        let mut seen = self.readings().filter_map(figure);
        let first = seen.next()?;
        Some(seen.last().unwrap_or(first).saturating_sub(first))
    }

    /// How much more of something the server holds after the run than before, as a share of what it
    /// held before: 0.02 is two in a hundred.
    #[must_use]
    pub fn excess(&self, figure: impl Fn(&Reading) -> Option<u64>) -> Option<f64> {
        let before = figure(self.before.as_ref()?)?;
        let after = figure(self.after.as_ref()?)?;
        let more = after as f64 - before as f64;
        (before > 0).then(|| more / before as f64)
    }
}
