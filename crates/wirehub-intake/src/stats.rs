//! What an intake counted.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// The numbers of an intake. All but the first two only grow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntakeStats {
    /// The intake's name.
    pub name: String,
    /// Records that are on their way.
    pub waiting: u64,
    /// Records that were published.
    pub published: u64,
    /// Records that had been published before.
    pub duplicates: u64,
    /// Bad records that were left out.
    pub skipped: u64,
    /// Bad records that were parked.
    pub parked: u64,
    /// Attempts to read, publish or park that failed.
    pub failures: u64,
    /// Why the last attempt failed, until one does not.
    pub error: Option<String>,
}

/// The counters of an intake, for whoever shows them.
#[derive(Debug)]
pub struct IntakeCounters {
    name: String,
    pub(crate) waiting: AtomicU64,
    pub(crate) published: AtomicU64,
    pub(crate) duplicates: AtomicU64,
    pub(crate) skipped: AtomicU64,
    pub(crate) parked: AtomicU64,
    failures: AtomicU64,
    error: Mutex<Option<String>>,
}

impl IntakeCounters {
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            waiting: AtomicU64::default(),
            published: AtomicU64::default(),
            duplicates: AtomicU64::default(),
            skipped: AtomicU64::default(),
            parked: AtomicU64::default(),
            failures: AtomicU64::default(),
            error: Mutex::default(),
        }
    }

    /// The numbers now.
    #[must_use]
    pub fn stats(&self) -> IntakeStats {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let error = self.error.lock();
        IntakeStats {
            name: self.name.clone(),
            waiting: of(&self.waiting),
            published: of(&self.published),
            duplicates: of(&self.duplicates),
            skipped: of(&self.skipped),
            parked: of(&self.parked),
            failures: of(&self.failures),
            error: error.unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    fn set_error(&self, error: Option<String>) -> Option<String> {
        let mut place = self.error.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut place, error)
    }

    /// The log has a line for each episode, not for each attempt.
    pub(crate) fn failed(&self, error: &str) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        if self.set_error(Some(error.to_owned())).is_none() {
            tracing::warn!(intake = self.name, error, "records do not come in");
        }
    }

    pub(crate) fn went_well(&self) {
        if self.set_error(None).is_some() {
            tracing::info!(intake = self.name, "records come in again");
        }
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
