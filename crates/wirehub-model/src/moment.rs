//! A point in time, measured elsewhere.

use std::time::Duration;

/// A point on the process's monotonic clock, in microseconds since a zero that the process chose.
///
/// Pure crates receive moments and compare them; only the runtime reads a clock to make one. A
/// moment says nothing about the time of day and means nothing in another process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The zero of the clock.
    pub const ZERO: Self = Self(0);

    /// The moment `micros` microseconds after the zero.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the zero.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Whole milliseconds since the zero.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000
    }

    /// The earlier of two moments, as far as there are any.
    #[must_use]
    pub fn earlier(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        one.into_iter().chain(other).min()
    }

    /// How long after `earlier` this moment is; zero when it is not after it.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    /// Saturates at the end of time, which is half a million years away.
    fn add(self, span: Duration) -> Self {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_and_measures_spans() {
        let start = Moment::from_micros(1_500);
        let later = start + Duration::from_millis(2);
        assert_eq!(later.as_micros(), 3_500);
        assert_eq!(later.since(start), Duration::from_millis(2));
        assert_eq!(start.since(later), Duration::ZERO);
    }

    #[test]
    fn saturates_instead_of_wrapping() {
        assert_eq!(
            (Moment::from_micros(5) + Duration::MAX).as_micros(),
            u64::MAX
        );
    }
}
