//! What is normal, what is a warning, and what is beyond.

use serde::{Deserialize, Serialize};

use super::Metric;

/// Up to where a metric is normal, and up to where it is a warning.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The last value that is normal.
    pub ok: f64,
    /// The last value that is a warning; what is beyond is of high risk.
    pub warn: f64,
}

/// The limits of every metric: `[thresholds]` of a scenario file. Every key can be left out.
///
/// The defaults are for a server on the same network as the clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Thresholds {
    /// Of the attempts to connect that came to an end, those that opened.
    pub connect_success_percent: Limits,
    /// From due to open.
    pub handshake_p99_ms: Limits,
    /// Of the rate that a ramp wanted, the rate at which connections opened.
    pub connect_rate_percent: Limits,
    /// From the moment a publication was due to its arrival.
    pub delivery_p99_ms: Limits,
    /// The same for 999 of 1,000.
    pub delivery_p999_ms: Limits,
    /// From the loss of a connection to its subscriptions being back.
    pub resume_p99_seconds: Limits,
    /// Sessions that missed a publication, and nothing told them.
    pub sessions_with_loss: Limits,
    /// Sessions whose application saw a publication twice.
    pub sessions_with_duplicates: Limits,
    /// Publications that came after a later one.
    pub reordered: Limits,
    /// Messages that are not what was sent.
    pub corrupt: Limits,
    /// Connections dropped because too many waited to be accepted, of all attempts.
    pub accept_overflow_percent: Limits,
    /// First packets that were dropped, of all attempts.
    pub syn_drop_percent: Limits,
    /// File descriptors beyond those before the run.
    pub descriptors_over_percent: Limits,
    /// Resident memory beyond that before the run.
    pub memory_over_percent: Limits,
    /// Tasks beyond those before the run.
    pub tasks_over_percent: Limits,
    /// Reconnects in the busiest second over those in a mean second.
    pub herd_factor: Limits,
    /// Connections that ended and nobody wanted that, for each hour that a connection was open.
    pub abnormal_closes_per_hour: Limits,
    /// Over how many seconds a crowd that was cut off should come back at least: the mean of the
    /// herd factor is taken over no less.
    pub herd_window_seconds: f64,
    /// So many descriptors more than before are none that leak: a log, a pool that grew.
    pub descriptors_slack: u64,
    /// So much memory more than before is none that leaks: what an allocator keeps at hand after
    /// its first crowd.
    pub memory_slack_mib: u64,
    /// So many tasks more than before are none that leak.
    pub tasks_slack: u64,
    /// What has to be measured: a run in which one of them was not, fails.
    pub required: Vec<Metric>,
}

impl Default for Thresholds {
    fn default() -> Self {
        let limits = |ok, warn| Limits { ok, warn };
        let none = limits(0.0, 0.0);
        Self {
            connect_success_percent: limits(99.9, 99.0),
            handshake_p99_ms: limits(200.0, 500.0),
            connect_rate_percent: limits(100.0, 80.0),
            delivery_p99_ms: limits(100.0, 500.0),
            delivery_p999_ms: limits(300.0, 1_000.0),
            resume_p99_seconds: limits(5.0, 15.0),
            sessions_with_loss: none,
            sessions_with_duplicates: none,
            reordered: none,
            corrupt: none,
            accept_overflow_percent: limits(0.0, 0.01),
            syn_drop_percent: limits(0.0, 0.01),
            descriptors_over_percent: limits(2.0, 10.0),
            memory_over_percent: limits(2.0, 10.0),
            tasks_over_percent: limits(2.0, 10.0),
            herd_factor: limits(2.0, 5.0),
            abnormal_closes_per_hour: limits(0.02, 0.022),
            herd_window_seconds: 10.0,
            descriptors_slack: 2,
            memory_slack_mib: 16,
            tasks_slack: 2,
            required: Vec::new(),
        }
    }
}

/// What is wrong with thresholds.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("the thresholds of {metric} are {ok} and {warn}: {what}")]
pub struct ThresholdError {
    /// What the metric is called.
    pub metric: &'static str,
    /// The limit of what is normal.
    pub ok: f64,
    /// The limit of a warning.
    pub warn: f64,
    /// What is wrong with them.
    pub what: &'static str,
}

impl Thresholds {
    /// Holds the limits against each other.
    ///
    /// # Errors
    /// The first ones with which nothing can be judged.
    pub fn check(&self) -> Result<(), ThresholdError> {
        for metric in Metric::ALL {
            let Limits { ok, warn } = metric.limits(self);
            let (first, last) = match metric.is_better_high() {
                true => (warn, ok),
                false => (ok, warn),
            };
            let what = match () {
                () if !(ok.is_finite() && warn.is_finite()) || first < 0.0 => {
                    "they are numbers from 0 on"
                }
                () if first > last && metric.is_better_high() => {
                    "`warn` is at most `ok`, since more of it is better"
                }
                () if first > last => "`ok` is at most `warn`",
                () => continue,
            };
            let metric = metric.name();
            return Err(ThresholdError {
                metric,
                ok,
                warn,
                what,
            });
        }
        match (1.0..=3_600.0).contains(&self.herd_window_seconds) {
            true => Ok(()),
            false => Err(ThresholdError {
                metric: "the herd's window",
                ok: self.herd_window_seconds,
                warn: self.herd_window_seconds,
                what: "it is from 1 to 3600 seconds",
            }),
        }
    }
}
