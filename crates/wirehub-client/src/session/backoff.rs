//! How long to wait before the next attempt.

use super::{Random, SessionOptions};

/// Delays that grow, with full jitter: anything from nothing to the bound, so that clients which
/// were cut at once come back apart.
#[derive(Debug)]
pub(crate) struct Backoff {
    /// Attempts since the connection was stable.
    pub(crate) attempts: u32,
    /// The longest first delay, in milliseconds.
    pub(crate) base: f64,
    cap: f64,
    most: Option<u32>,
    jitter: bool,
}

impl Backoff {
    pub(crate) fn new(options: &SessionOptions) -> Self {
        let article = options.article;
        let base = if article { 3_000.0 } else { 500.0 };
        let cap = if article { f64::INFINITY } else { 30_000.0 };
        Self {
            attempts: 0,
            base: options.reconnect_interval.unwrap_or(base),
            cap: options.reconnect_cap.unwrap_or(cap),
            most: options.max_reconnect_attempts.or(article.then_some(10)),
            jitter: !article,
        }
    }

    /// The same, without an end to the attempts.
    pub(crate) fn endless(options: &SessionOptions) -> Self {
        Self {
            most: None,
            ..Self::new(options)
        }
    }

    /// Counts an attempt and says how many milliseconds to wait for it: a moment within `span`,
    /// where one is given. Nothing when there were enough.
    pub(crate) fn next(&mut self, random: &mut Random, span: Option<f64>) -> Option<f64> {
        if self.most.is_some_and(|most| self.attempts >= most) {
            return None;
        }
        let bound = self.cap.min(self.base * doublings(self.attempts));
        self.attempts = self.attempts.saturating_add(1);
        if let Some(span) = span {
            return Some(random.within(span));
        }
        Some(if self.jitter {
            random.draw() * bound
        } else {
            bound
        })
    }

    pub(crate) fn reset(&mut self) {
        self.attempts = 0;
    }
}

/// What a span is multiplied with after it was doubled this often.
pub(crate) fn doublings(times: u32) -> f64 {
    2_f64.powi(i32::try_from(times).unwrap_or(i32::MAX))
}
