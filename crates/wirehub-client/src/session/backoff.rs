//! How long to wait before the next attempt.

use super::{Random, SessionOptions};

/// The span of clients that lost their connections together, where the server tells none, in
/// milliseconds.
const TOGETHER: f64 = 1_000.0;
/// The longest span that is believed, in milliseconds.
const SPREAD_MOST: f64 = 60_000.0;

/// Delays that grow and come apart. The first one is anything within the span that the server told,
/// since all its clients may have been cut off with this one. Later ones are drawn from the upper
/// half of their bound: those who came apart stay apart, and there is no crowd of short delays in
/// the moment in which the server is there again (docs/decisions/0023).
#[derive(Debug)]
pub(crate) struct Backoff {
    /// Attempts since the connection was stable.
    pub(crate) attempts: u32,
    /// The longest first delay, in milliseconds.
    pub(crate) base: f64,
    growth: f64,
    cap: f64,
    most: Option<u32>,
    jitter: bool,
    bound: f64,
    /// What the server told, or nothing.
    spread: f64,
}

impl Backoff {
    pub(crate) fn new(options: &SessionOptions) -> Self {
        let article = options.article;
        let base = if article { 3_000.0 } else { 500.0 };
        let base = options.reconnect_interval.unwrap_or(base);
        let cap = if article { f64::INFINITY } else { 20_000.0 };
        Self {
            attempts: 0,
            base,
            growth: if article { 2.0 } else { 1.25 },
            cap: options.reconnect_cap.unwrap_or(cap),
            most: options.max_reconnect_attempts.or(article.then_some(10)),
            jitter: !article,
            bound: base,
            spread: 0.0,
        }
    }

    /// The same, without an end to the attempts.
    pub(crate) fn endless(options: &SessionOptions) -> Self {
        Self {
            most: None,
            ..Self::new(options)
        }
    }

    /// The server says over how many seconds its clients come back when all were cut off.
    pub(crate) fn told(&mut self, spread: Option<f64>) {
        self.spread = (spread.unwrap_or(0.0) * 1_000.0).min(SPREAD_MOST);
    }

    /// Counts an attempt and says how many milliseconds to wait for it. `together`: others were cut
    /// off with this one, for certain. Nothing when there were enough.
    pub(crate) fn next(&mut self, random: &mut Random, together: bool) -> Option<f64> {
        if self.most.is_some_and(|most| self.attempts >= most) {
            return None;
        }
        let is_first = self.attempts == 0;
        let bound = self.cap.min(self.bound);
        self.attempts = self.attempts.saturating_add(1);
        self.bound = bound * self.growth;
        if !(self.jitter || is_first && together) {
            return Some(bound);
        }
        let least = if self.spread > 0.0 {
            self.spread
        } else if together {
            TOGETHER
        } else {
            0.0
        };
        let longest = self.cap.min(bound.max(least));
        let delay = if is_first {
            random.within(longest)
        } else {
            longest * (1.0 + random.draw()) / 2.0
        };
        Some(delay.ceil())
    }

    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
        self.bound = self.base;
    }
}
