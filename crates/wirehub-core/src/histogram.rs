//! How long things took.

use std::time::Duration;

/// The upper ends of the buckets, in microseconds: 50 µs to 10 s, in steps of 1, 2.5 and 5.
const BOUNDS: [u64; 17] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// Counts of durations by bucket, in the shape Prometheus wants them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    counts: [u64; BOUNDS.len() + 1],
    sum_micros: u64,
}

impl Histogram {
    /// Counts `times` durations of equal length.
    pub fn record(&mut self, took: Duration, times: u64) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < micros);
        self.counts[bucket] += times;
        self.sum_micros = self.sum_micros.saturating_add(micros.saturating_mul(times));
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.sum_micros = self.sum_micros.saturating_add(other.sum_micros);
    }

    /// The buckets as (upper end in seconds, how many took at most that long), the last without
    /// end.
    pub fn cumulative(&self) -> impl Iterator<Item = (f64, u64)> {
        let ends = BOUNDS.iter().map(|micros| *micros as f64 / 1e6);
        let mut total = 0;
        let counts = self.counts.iter().map(move |count| {
            total += count;
            total
        });
        ends.chain([f64::INFINITY]).zip(counts)
    }

    /// How many durations were counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of all durations, in seconds.
    #[must_use]
    pub fn sum_seconds(&self) -> f64 {
        self.sum_micros as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_by_bucket() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::from_micros(50), 2);
        histogram.record(Duration::from_micros(51), 1);
        histogram.record(Duration::from_secs(60), 1);
        let buckets: Vec<_> = histogram.cumulative().collect();
        assert_eq!(buckets[0], (50e-6, 2));
        assert_eq!(buckets[1], (100e-6, 3));
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, 4)));
        assert_eq!(histogram.count(), 4);
    }
}
