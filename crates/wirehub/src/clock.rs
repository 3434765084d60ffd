//! The only place where the hub reads the time.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wirehub_model::Moment;

use crate::auth::Now;

/// The process's clock: moments since the hub started, and the calendar's time for tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    zero: Instant,
}

impl Clock {
    pub(crate) fn start() -> Self {
        Self {
            zero: Instant::now(),
        }
    }

    /// The moment it is.
    pub(crate) fn moment(self) -> Moment {
        self.at(Instant::now())
    }

    /// The moment of an instant of the operating system.
    pub(crate) fn at(self, instant: Instant) -> Moment {
        Moment::ZERO + instant.saturating_duration_since(self.zero)
    }

    /// The instant of the operating system at a moment.
    pub(crate) fn instant(self, moment: Moment) -> Instant {
        self.zero + moment.since(Moment::ZERO)
    }

    /// This instant on both clocks.
    pub(crate) fn now(self) -> Now {
        Now {
            moment: self.moment(),
            unix: unix(),
        }
    }
}

/// Time since 1970-01-01 00:00 UTC; zero on a machine whose clock stands before that.
pub(crate) fn unix() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}
