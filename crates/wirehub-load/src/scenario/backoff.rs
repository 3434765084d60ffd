//! How long a client waits before it comes back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// By how much the bound of a delay grows with each attempt.
const GROWTH: f64 = 1.25;
/// The longest time that a server is believed to spread its clients over.
const SPREAD_MOST: Duration = Duration::from_secs(60);

/// How long a client waits before it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Backoff {
    /// As the client libraries of Wirehub do: the first delay is anything within the time that the
    /// server tells (or else `base`), later ones are drawn from the upper half of a bound that
    /// grows to `cap`.
    Jittered {
        /// The first bound.
        base: Duration,
        /// The last bound.
        cap: Duration,
    },
    /// Everybody waits for the same time: the herd.
    Fixed {
        /// That time.
        delay: Duration,
    },
}

impl Default for Backoff {
    fn default() -> Self {
        Self::Jittered {
            base: Duration::from_millis(1_000),
            cap: Duration::from_secs(20),
        }
    }
}

impl Backoff {
    /// The delay before an attempt; `attempt` counts from 0, `spread` is what the server told, and
    /// `random` is from 0 up to 1.
    #[must_use]
    pub fn delay(&self, attempt: u32, spread: Option<Duration>, random: f64) -> Duration {
        let (base, cap) = match *self {
            Self::Fixed { delay } => return delay,
            Self::Jittered { base, cap } => (base, cap),
        };
        let grown = base.as_secs_f64() * GROWTH.powi(attempt.min(1_000) as i32);
        let bound = grown.min(cap.as_secs_f64());
        let spread = spread.map_or(0.0, |spread| spread.min(SPREAD_MOST).as_secs_f64());
        let seconds = match attempt {
            0 if spread > 0.0 => spread * random,
            0 => bound * random,
            _ => bound.max(spread) * (1.0 + random) / 2.0,
        };
        Duration::from_secs_f64(seconds)
    }
}
