//! What an outlet counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// The numbers of an outlet. All but the first two only grow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutletStats {
    /// The outlet's name.
    pub name: String,
    /// Occurrences that wait or are on their way.
    pub waiting: u64,
    /// Bytes that they take.
    pub waiting_bytes: u64,
    /// Occurrences that the sink took.
    pub delivered: u64,
    /// Attempts to bring some that failed.
    pub failures: u64,
    /// Occurrences that found no room.
    pub dropped: u64,
    /// Occurrences that the sink did not take in time, or not at all.
    pub given_up: u64,
    /// Why the last attempt failed, until one does not.
    pub error: Option<String>,
}

/// The counters that an outlet and its task share.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) waiting: Counter,
    pub(crate) waiting_bytes: Counter,
    pub(crate) delivered: Counter,
    pub(crate) failures: Counter,
    pub(crate) dropped: Counter,
    pub(crate) given_up: Counter,
}

/// One number.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) -> u64 {
        self.0.fetch_add(count, Ordering::Relaxed)
    }

    pub(crate) fn take(&self, count: u64) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
