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
    /// Why the last attempt failed, until nothing fails any more.
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
    /// How many things fail at the moment.
    troubles: AtomicU64,
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
            troubles: AtomicU64::default(),
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
}

/// Something that fails again and again, until this is dropped.
#[derive(Debug)]
pub(crate) struct Trouble<'a> {
    counters: &'a IntakeCounters,
    began: bool,
}

impl<'a> Trouble<'a> {
    /// None yet.
    pub(crate) const fn none(counters: &'a IntakeCounters) -> Self {
        Self {
            counters,
            began: false,
        }
    }

    /// An attempt failed. The log has a line for each episode, not for each attempt.
    pub(crate) fn tell(&mut self, error: &str) {
        let counters = self.counters;
        counters.failures.fetch_add(1, Ordering::Relaxed);
        if !std::mem::replace(&mut self.began, true) {
            counters.troubles.fetch_add(1, Ordering::Relaxed);
        }
        if counters.set_error(Some(error.to_owned())).is_none() {
            tracing::warn!(intake = counters.name, error, "records do not come in");
        }
    }

    /// It goes well again.
    pub(crate) fn is_over(&mut self) {
        let was_last = || self.counters.troubles.fetch_sub(1, Ordering::Relaxed) == 1;
        if std::mem::take(&mut self.began) && was_last() {
            self.counters.set_error(None);
            tracing::info!(intake = self.counters.name, "records come in again");
        }
    }
}

impl Drop for Trouble<'_> {
    fn drop(&mut self) {
        self.is_over();
    }
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
