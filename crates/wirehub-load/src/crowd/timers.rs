//! What is to happen later.

use std::{cmp::Reverse, collections::BinaryHeap, time::Duration};

/// What a session waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Wait {
    /// To connect.
    Connect,
    /// For the handshake, which takes too long then.
    Patience,
    /// For a sign of the server, which is gone then.
    Silence,
    /// For its turn to go as the phase says.
    Leave,
    /// To read a little.
    Sip,
    /// To move to another connection, as the server asked.
    Move,
    /// For the end of the stream after the goodbye.
    Farewell,
}

/// The timers of a crowd. None is ever taken back: a session tells by `life` that one is of a
/// connection that it has no more.
#[derive(Debug, Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Duration, u32, u32, Wait)>>);

impl Timers {
    pub(super) fn set(&mut self, at: Duration, link: u32, life: u32, wait: Wait) {
        self.0.push(Reverse((at, link, life, wait)));
    }

    pub(super) fn next(&self) -> Option<Duration> {
        self.0.peek().map(|Reverse((at, ..))| *at)
    }

    /// The earliest that is due: its moment, session, life and kind.
    pub(super) fn due(&mut self, now: Duration) -> Option<(Duration, u32, u32, Wait)> {
        self.next().filter(|at| *at <= now)?;
        self.0.pop().map(|Reverse(timer)| timer)
    }
}
