//! Durations of many messages, kept as a histogram of three digits.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::outcome::Latency;

/// The longest duration that is told apart from longer ones: a minute, in nanoseconds.
const LONGEST: u64 = 60_000_000_000;

/// Collects durations.
#[derive(Debug)]
pub struct Latencies {
    nanoseconds: Histogram<u64>,
}

impl Default for Latencies {
    fn default() -> Self {
        let nanoseconds = Histogram::new_with_bounds(1_000, LONGEST, 3)
            .expect("the bounds and digits are constants that fit each other");
        Self { nanoseconds }
    }
}

impl Latencies {
    /// Adds one duration; longer than a minute counts as a minute.
    pub fn record(&mut self, duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(LONGEST);
        self.nanoseconds.saturating_record(nanoseconds);
    }

    /// The percentiles so far, in microseconds.
    pub fn summary(&self) -> Latency {
        let at = |quantile: f64| self.nanoseconds.value_at_quantile(quantile) / 1_000;
        Latency {
            p50: at(0.5),
            p99: at(0.99),
            p999: at(0.999),
            max: self.nanoseconds.max() / 1_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Latencies;

    #[test]
    fn percentiles_are_within_the_three_digits() {
        let mut latencies = Latencies::default();
        for microseconds in 1..=1000 {
            latencies.record(Duration::from_micros(microseconds));
        }
        let summary = latencies.summary();
        assert!((499..=501).contains(&summary.p50), "{summary:?}");
        assert!((989..=991).contains(&summary.p99), "{summary:?}");
        assert!((998..=1001).contains(&summary.p999), "{summary:?}");
        assert!((999..=1001).contains(&summary.max), "{summary:?}");
    }

    #[test]
    fn none_is_all_zero_and_an_hour_is_a_minute() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.summary().max, 0);
        latencies.record(Duration::from_secs(3600));
        assert!((59_900_000..=60_100_000).contains(&latencies.summary().max));
    }
}
