//! Finding out that the other side is gone.

/// A timer that is late by more than this was asleep, not patient. Milliseconds.
const SLEPT: f64 = 15_000.0;

/// Asks for a sign of life after a silence, and gives the server up when none comes.
#[derive(Debug)]
pub(crate) struct Heartbeat {
    /// When to look again.
    pub(crate) due: f64,
    asked: bool,
    interval: f64,
    timeout: f64,
}

/// What a silence calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    Ping,
    Dead,
}

impl Heartbeat {
    /// Times are milliseconds.
    pub(crate) fn new(now: f64, interval: f64, timeout: f64) -> Self {
        Self {
            due: now + interval,
            asked: false,
            interval,
            timeout,
        }
    }

    /// Anything came.
    pub(crate) fn heard(&mut self, now: f64) {
        self.asked = false;
        self.due = now + self.interval;
    }

    /// The server was asked for a sign of life.
    pub(crate) fn asked(&mut self, now: f64) {
        self.asked = true;
        self.due = now + self.timeout;
    }

    /// What is to be done. After a sleep the age of the last sign says nothing: it asks anew.
    pub(crate) fn check(&self, now: f64) -> Option<Check> {
        if now < self.due {
            return None;
        }
        let slept = now - self.due > self.interval.max(SLEPT);
        Some(if self.asked && !slept {
            Check::Dead
        } else {
            Check::Ping
        })
    }
}
