//! Medians, ratios and their intervals.

use std::fmt;

/// Resamples drawn for one interval.
const RESAMPLES: usize = 10_000;

/// A median with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The median of the sample itself.
    pub median: f64,
    /// The 2.5th percentile of the resampled medians.
    pub low: f64,
    /// The 97.5th percentile of the resampled medians.
    pub high: f64,
}

impl fmt::Display for Interval {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:.2} [{:.2}, {:.2}]",
            self.median, self.low, self.high
        )
    }
}

/// The middle value, or the mean of the two in the middle. 0 for an empty sample.
pub fn median(sample: &[f64]) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    middle(&sorted)
}

/// Half the distance from the smallest to the largest value, as a share of the median.
pub fn spread(sample: &[f64]) -> f64 {
    let low = sample.iter().copied().fold(f64::INFINITY, f64::min);
    let high = sample.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let center = median(sample);
    if center == 0.0 || sample.is_empty() {
        0.0
    } else {
        (high - low) / 2.0 / center.abs()
    }
}

/// The value below which `share` (0 to 1) of the sample lies: nearest rank, so always a value
/// that was measured. 0 for an empty sample.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    let last = sorted.len().saturating_sub(1);
    sorted
        .get(rank.saturating_sub(1).min(last))
        .copied()
        .unwrap_or(0.0)
}

/// One ratio per round, of the values that two peers reached in that round. Rounds in which
/// either is missing or the denominator is zero are left out: a pair that did not meet says
/// nothing about the difference.
pub fn paired_ratios(ours: &[Option<f64>], theirs: &[Option<f64>]) -> Vec<f64> {
    ours.iter()
        .zip(theirs)
        .filter_map(|pair| match pair {
            (Some(our), Some(their)) if *their != 0.0 => Some(our / their),
            _ => None,
        })
        .collect()
}

/// The median of a sample and the interval its bootstrap gives. The random numbers start from a
/// fixed seed, so the same sample gives the same interval.
pub fn bootstrap(sample: &[f64]) -> Interval {
    let center = median(sample);
    if sample.len() < 2 {
        return Interval {
            median: center,
            low: center,
            high: center,
        };
    }
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let mut draw = Vec::with_capacity(sample.len());
    let mut medians = Vec::with_capacity(RESAMPLES);
    for _ in 0..RESAMPLES {
        draw.clear();
        draw.extend(sample.iter().map(|_| sample[random.below(sample.len())]));
        draw.sort_by(f64::total_cmp);
        medians.push(middle(&draw));
    }
    medians.sort_by(f64::total_cmp);
    Interval {
        median: center,
        low: percentile(&medians, 0.025),
        high: percentile(&medians, 0.975),
    }
}

fn middle(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    match (sorted.len() % 2, sorted.get(half)) {
        (_, None) => 0.0,
        (0, Some(upper)) => f64::midpoint(sorted[half - 1], *upper),
        (_, Some(value)) => *value,
    }
}

/// Marsaglia's xorshift64: enough to draw resamples, and the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % bound as u64) as usize
    }
}

#[cfg(test)]
mod tests;
