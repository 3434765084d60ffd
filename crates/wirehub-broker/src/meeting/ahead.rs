//! Time that passes faster than the server's.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How far a broker's time is ahead of its server's: nothing, unless a test lets time go by.
/// Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Ahead(Arc<AtomicU64>);

impl Ahead {
    /// Lets time go by, in whole milliseconds.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(by, Ordering::SeqCst);
    }

    /// How much has gone by.
    #[must_use]
    pub fn get(&self) -> Duration {
        Duration::from_millis(self.millis())
    }

    /// The same in milliseconds.
    #[must_use]
    pub fn millis(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
