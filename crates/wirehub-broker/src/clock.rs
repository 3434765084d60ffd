//! What time it is.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The two clocks a broker reads. Tests hand in one that they turn by hand.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time of day, since the Unix epoch: what records are dated and aged with.
    fn wall(&self) -> Duration;

    /// Time since some start, which never jumps: what leases and answers are measured with.
    fn elapsed(&self) -> Duration;
}

/// The clocks of the machine.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts the clock that never jumps.
    #[must_use]
    pub fn start() -> Self {
        Self {
            start: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn wall(&self) -> Duration {
        // A machine whose clock stands before 1970 dates everything at the epoch.
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Clocks that stand still until somebody turns them; for tests. Cloning shares them.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<Mutex<Turned>>);

#[derive(Debug)]
struct Turned {
    wall: Duration,
    elapsed: Duration,
}

impl ManualClock {
    /// Clocks that show `wall` as the time of day.
    #[must_use]
    pub fn at(wall: Duration) -> Self {
        Self(Arc::new(Mutex::new(Turned {
            wall,
            elapsed: Duration::ZERO,
        })))
    }

    /// Lets time go by.
    pub fn advance(&self, by: Duration) {
        let mut turned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turned.wall += by;
        turned.elapsed += by;
    }
}

impl Clock for ManualClock {
    fn wall(&self) -> Duration {
        let turned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turned.wall
    }

    fn elapsed(&self) -> Duration {
        let turned = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        turned.elapsed
    }
}
