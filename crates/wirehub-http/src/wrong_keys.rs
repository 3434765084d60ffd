//! Keys that open nothing, and how fast they may be tried.

use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::time::{Instant, sleep};

/// How many may come together.
const BURST: u32 = 20;
/// After this long another one may come.
const EVERY: Duration = Duration::from_millis(200);
/// How long the answer to one too many is held back.
pub(crate) const DELAY: Duration = Duration::from_millis(250);

/// Counts wrong keys. Right ones are never held back, so whoever guesses locks nobody out, and one
/// account will do for all who guess.
#[derive(Debug)]
pub(crate) struct WrongKeys {
    all: AtomicU64,
    /// When the last of those that came would have been due, had they kept to the pace.
    due: Mutex<Instant>,
}

/// A key that opens nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrongKey {
    /// Nobody has it.
    Unknown,
    /// The same, and there were too many of them.
    TooMany,
}

impl WrongKeys {
    pub(crate) fn new() -> Self {
        Self {
            all: AtomicU64::new(0),
            due: Mutex::new(Instant::now()),
        }
    }

    /// How many there were.
    pub(crate) fn count(&self) -> u64 {
        self.all.load(Ordering::Relaxed)
    }

    /// Takes in one. When there are too many, that is said late.
    pub(crate) async fn tried(&self) -> WrongKey {
        self.all.fetch_add(1, Ordering::Relaxed);
        if self.has_room() {
            return WrongKey::Unknown;
        }
        sleep(DELAY).await;
        WrongKey::TooMany
    }

    fn has_room(&self) -> bool {
        let now = Instant::now();
        let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
        let next = (*due).max(now) + EVERY;
        let room = next <= now + EVERY * BURST;
        if room {
            *due = next;
        }
        room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn some_may_come_together_and_then_one_after_the_other() {
        let wrong = WrongKeys::new();
        for _ in 0..BURST {
            assert_eq!(wrong.tried().await, WrongKey::Unknown);
        }
        let begun = Instant::now();
        assert_eq!(wrong.tried().await, WrongKey::TooMany);
        assert_eq!(begun.elapsed(), DELAY);
        // Meanwhile there was time for one.
        assert_eq!(wrong.tried().await, WrongKey::Unknown);
        assert_eq!(wrong.tried().await, WrongKey::TooMany);
        assert_eq!(wrong.count(), u64::from(BURST) + 3);
    }
}
