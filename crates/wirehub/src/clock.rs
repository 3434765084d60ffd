//! The only place where the hub reads the time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wirehub_model::Moment;

use crate::auth::Now;

/// When a hub starts on its own clock: so late that what a broker kept from before it still has a
/// moment of its own.
const START: Duration = Duration::from_secs(366 * 24 * 3_600);

/// The process's clock: moments of the hub's own, and the calendar's time for tokens and brokers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            started: Instant::now(),
        }
    }

    /// How long the hub has been running.
    pub(crate) fn uptime(self) -> Duration {
        self.started.elapsed()
    }

    /// The moment it is.
    pub(crate) fn moment(self) -> Moment {
        self.at(Instant::now())
    }

    /// The moment of an instant of the operating system.
    pub(crate) fn at(self, instant: Instant) -> Moment {
        Moment::ZERO + START + instant.saturating_duration_since(self.started)
    }

    /// The instant of the operating system at a moment.
    pub(crate) fn instant(self, moment: Moment) -> Instant {
        self.started + moment.since(Moment::ZERO + START)
    }

    /// This instant on both clocks.
    pub(crate) fn now(self) -> Now {
        Now {
            moment: self.moment(),
            unix: unix(),
        }
    }

    /// The moment at a time of the calendar; the earliest there is when it lies too far back.
    pub(crate) fn moment_at(self, time: Duration) -> Moment {
        let now = self.now();
        match now.unix.checked_sub(time) {
            Some(age) => Moment::ZERO + now.moment.since(Moment::ZERO).saturating_sub(age),
            None => now.moment + (time - now.unix),
        }
    }

    /// The time of the calendar at a moment.
    pub(crate) fn unix_at(self, moment: Moment) -> Duration {
        let now = self.now();
        if moment > now.moment {
            now.unix.saturating_add(moment.since(now.moment))
        } else {
            now.unix.saturating_sub(now.moment.since(moment))
        }
    }
}

/// Time since 1970-01-01 00:00 UTC; zero on a machine whose clock stands before that.
pub(crate) fn unix() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(one: Duration, other: Duration) -> bool {
        one.abs_diff(other) < Duration::from_secs(1)
    }

    #[test]
    fn moments_and_the_calendar_agree() {
        let clock = Clock::start();
        let now = clock.now();
        for away in [Duration::ZERO, Duration::from_secs(86_400)] {
            let past = clock.moment_at(now.unix - away);
            assert!(near(now.moment.since(past), away));
            assert!(near(clock.unix_at(past), now.unix - away));
            let future = clock.moment_at(now.unix + away);
            assert!(near(future.since(now.moment), away));
            assert!(near(clock.unix_at(future), now.unix + away));
        }
        assert_eq!(clock.moment_at(Duration::ZERO), Moment::ZERO);
    }
}
