//! Over which span clients come back that were all cut off at once.

use std::time::Duration;

/// The span that clients are told to spread over.
///
/// It is doubled until no more than the wanted number of clients come back in a second, so it is
/// news to those who are there only when their number has doubled. It shrinks late: a number that
/// goes up and down around a bound is told once.
#[derive(Debug)]
pub(crate) struct Spread {
    /// Clients a second; none are told anything when it is zero.
    rate: u32,
    longest: Duration,
    /// How often the shortest span is doubled.
    doublings: u32,
}

/// The span of few clients.
const SHORTEST: Duration = Duration::from_millis(500);

/// No client is to wait longer than this, however many there are.
const LONGEST: Duration = Duration::from_secs(30);

impl Spread {
    /// Where sessions are kept for `resume_within`, clients are back before half of that is over.
    pub(crate) fn new(rate: u32, resume_within: Duration) -> Self {
        let longest = match resume_within {
            Duration::ZERO => LONGEST,
            _ => LONGEST.min(resume_within / 2),
        };
        Self {
            rate,
            longest,
            doublings: 0,
        }
    }

    /// What a client is told that is let in.
    pub(crate) fn span(&self) -> Option<Duration> {
        (self.rate > 0).then(|| self.after(self.doublings))
    }

    /// That many connections are there. Returns the span when it grew: those who are there already
    /// should know it.
    pub(crate) fn count(&mut self, connections: usize) -> Option<Duration> {
        if self.rate == 0 {
            return None;
        }
        let before = self.span();
        while self.is_short(self.doublings, connections) {
            self.doublings += 1;
        }
        // Not before the number is a quarter of what the span is good for.
        while self.doublings > 0 && !self.is_short(self.doublings - 1, connections * 2) {
            self.doublings -= 1;
        }
        self.span().filter(|span| Some(*span) > before)
    }

    fn after(&self, doublings: u32) -> Duration {
        SHORTEST.saturating_mul(1 << doublings).min(self.longest)
    }

    /// Whether so many connections would come back too fast within a span that can still grow.
    fn is_short(&self, doublings: u32, connections: usize) -> bool {
        let span = self.after(doublings);
        span < self.longest && connections as f64 > span.as_secs_f64() * f64::from(self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_grows_with_the_number_of_clients() {
        let mut spread = Spread::new(1_000, Duration::ZERO);
        assert_eq!(spread.span(), Some(SHORTEST));
        assert_eq!(spread.count(500), None);
        assert_eq!(spread.count(501), Some(SECOND));
        assert_eq!(spread.count(1_000), None);
        assert_eq!(spread.count(9_000), Some(16 * SECOND));
        assert_eq!(spread.span(), Some(16 * SECOND));
    }

    #[test]
    fn it_is_never_longer_than_sessions_bear() {
        let mut spread = Spread::new(10, 10 * SECOND);
        assert_eq!(spread.count(1_000_000), Some(5 * SECOND));
        let mut spread = Spread::new(10, Duration::from_secs(3_600));
        assert_eq!(spread.count(1_000_000), Some(LONGEST));
        let mut spread = Spread::new(10, Duration::from_millis(600));
        assert_eq!(spread.count(1_000_000), None);
        assert_eq!(spread.span(), Some(Duration::from_millis(300)));
    }

    #[test]
    fn a_number_that_swings_around_a_bound_is_told_once() {
        let mut spread = Spread::new(1_000, Duration::ZERO);
        assert_eq!(spread.count(1_001), Some(2 * SECOND));
        for connections in [1_000, 999, 1_001, 501, 1_001] {
            assert_eq!(spread.count(connections), None, "{connections}");
        }
        assert_eq!(spread.count(500), None);
        assert_eq!(spread.span(), Some(SECOND));
        assert_eq!(spread.count(1_001), Some(2 * SECOND));
    }

    #[test]
    fn without_a_rate_nobody_is_told() {
        let mut spread = Spread::new(0, Duration::ZERO);
        assert_eq!(spread.count(1_000_000), None);
        assert_eq!(spread.span(), None);
    }
}
