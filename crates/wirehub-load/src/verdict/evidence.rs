//! What small counts can tell.

use statrs::distribution::{Binomial, DiscreteCDF, Poisson};

use crate::outcome::Latency;

/// How seldom chance alone may bring what is held against somebody.
const CHANCE: f64 = 0.05;
/// From so many on that a limit lets pass, counts speak for themselves.
pub(super) const MANY: f64 = 10.0;

/// Whether `bad` of `all` are more than chance brings when a share of `limit` is bad.
pub(super) fn exceeds_share(bad: u64, all: u64, limit: f64) -> bool {
    let Some(before) = bad.checked_sub(1) else {
        return false;
    };
    match Binomial::new(limit.clamp(0.0, 1.0), all) {
        Ok(chance) => 1.0 - chance.cdf(before) < CHANCE,
        Err(_) => false,
    }
}

/// Whether `bad` events are more than chance brings when `expected` are.
pub(super) fn exceeds_rate(bad: u64, expected: f64) -> bool {
    let Some(before) = bad.checked_sub(1) else {
        return false;
    };
    match Poisson::new(expected) {
        Ok(chance) => 1.0 - chance.cdf(before) < CHANCE,
        // Nothing is expected, and something was.
        Err(_) => true,
    }
}

/// How large the share or the rate of what was never seen may be, with 95 %, where it could have
/// been seen so often.
pub(super) fn most_unseen(often: f64) -> f64 {
    -CHANCE.ln() / often
}

/// How many took longer than a time in seconds.
pub(super) fn longer_than(latency: &Latency, seconds: f64) -> u64 {
    let steps = latency.steps();
    let longer = steps.filter(|(took, _)| took.as_secs_f64() > seconds);
    longer.map(|(_, count)| count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_fifty_is_more_than_one_in_a_thousand_and_not_than_one_in_a_hundred() {
        assert!(exceeds_share(1, 50, 0.001));
        assert!(!exceeds_share(1, 50, 0.01));
        assert!(!exceeds_share(0, 50, 0.001));
        assert!(exceeds_share(1, 50, 0.0));
    }

    #[test]
    fn what_was_not_seen_in_a_hundred_may_be_three_of_them() {
        assert!((most_unseen(100.0) - 0.03).abs() < 1e-4);
    }

    #[test]
    fn three_where_a_third_is_expected_are_no_chance() {
        assert!(!exceeds_rate(1, 0.37));
        assert!(exceeds_rate(3, 0.37));
        assert!(exceeds_rate(1, 0.0));
        assert!(!exceeds_rate(0, 0.0));
    }
}
