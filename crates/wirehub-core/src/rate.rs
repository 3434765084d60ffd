//! How often something may happen.

use wirehub_model::Moment;

/// A token bucket in eight bytes. It holds as many tokens as its rate gives in one second, so a
/// quiet client may send a second's worth at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bucket {
    /// Thousandths of a token that were taken and have not grown back.
    taken: u32,
    /// When `taken` was right, in milliseconds on a clock that wraps after 49 days.
    at: u32,
}

impl Bucket {
    pub(crate) const fn full(now: Moment) -> Self {
        Self {
            taken: 0,
            at: now.as_millis() as u32,
        }
    }

    /// Takes a token, when one is left. `per_second` is the rate; zero means: without bound.
    pub(crate) fn take(&mut self, now: Moment, per_second: u32) -> bool {
        if per_second == 0 {
            return true;
        }
        let now = now.as_millis() as u32;
        // A rate of n tokens a second is n thousandths a millisecond.
        let grown = u64::from(now.wrapping_sub(self.at)) * u64::from(per_second);
        let taken = u64::from(self.taken).saturating_sub(grown);
        self.at = now;
        let most = u64::from(per_second) * 1_000;
        let allowed = taken + 1_000 <= most;
        let after = if allowed { taken + 1_000 } else { taken };
        self.taken = u32::try_from(after).unwrap_or(u32::MAX);
        allowed
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn allows_a_seconds_worth_at_once_and_then_the_rate() {
        let mut now = Moment::ZERO;
        let mut bucket = Bucket::full(now);
        let burst = (0..100).filter(|_| bucket.take(now, 10)).count();
        assert_eq!(burst, 10);
        now = now + Duration::from_millis(300);
        let later = (0..100).filter(|_| bucket.take(now, 10)).count();
        assert_eq!(later, 3);
    }

    #[test]
    fn a_rate_of_zero_is_no_bound() {
        let mut bucket = Bucket::full(Moment::ZERO);
        assert!((0..1000).all(|_| bucket.take(Moment::ZERO, 0)));
    }

    #[test]
    fn survives_the_wrap_of_its_clock() {
        let before = Moment::from_micros((u64::from(u32::MAX) - 50) * 1_000);
        let mut bucket = Bucket::full(before);
        assert!(bucket.take(before, 1));
        assert!(!bucket.take(before, 1));
        assert!(bucket.take(before + Duration::from_secs(1), 1));
    }
}
