//! What a broker in one process has done.

use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

/// What a broker in one process holds and has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LocalStats {
    /// Topics in memory.
    pub topics: u64,
    /// Publications in memory, of histories.
    pub records: u64,
    /// Bytes of publications in memory, estimated.
    pub bytes: u64,
    /// Bytes that the store takes up.
    pub store_bytes: u64,
    /// Bytes of the store that were free for use when it was opened or compacted last.
    pub store_free_bytes: u64,
    /// Publications that got a place.
    pub appended: u64,
    /// Publications that had been published before.
    pub duplicates: u64,
    /// Publications that were delivered and not stored.
    pub not_stored: u64,
    /// Publications forgotten before their time, because a bound was reached.
    pub forgotten: u64,
    /// Times the store made changes safe.
    pub commits: u64,
    /// Publications that were made safe, all commits together.
    pub committed: u64,
    /// Times the store failed.
    pub failures: u64,
    /// Commits by how long they took: within [`LocalStats::LATENCIES`], and longer ones at the end.
    pub commit_latency: [u64; Self::LATENCIES.len() + 1],
}

impl LocalStats {
    /// The bounds of [`LocalStats::commit_latency`].
    pub const LATENCIES: [Duration; 8] = [
        Duration::from_micros(250),
        Duration::from_millis(1),
        Duration::from_millis(4),
        Duration::from_millis(16),
        Duration::from_millis(64),
        Duration::from_millis(256),
        Duration::from_secs(1),
        Duration::from_secs(4),
    ];

    /// Counts a commit of so many publications.
    pub(crate) fn count_commit(&mut self, publications: usize, took: Duration) {
        self.commits += 1;
        self.committed += publications as u64;
        let place = Self::LATENCIES.iter().position(|bound| took <= *bound);
        let place = place.unwrap_or(Self::LATENCIES.len());
        if let Some(count) = self.commit_latency.get_mut(place) {
            *count += 1;
        }
    }
}

/// Calls and bytes that wait, counted where they come in and where they are done.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    calls: AtomicU64,
    bytes: AtomicU64,
}

impl Waiting {
    /// Lets a call with so many bytes in, unless that is too many.
    pub(crate) fn enter(&self, bytes: usize, calls_max: usize, bytes_max: usize) -> bool {
        let calls = self.calls.fetch_add(1, Relaxed);
        let held = self.bytes.fetch_add(bytes as u64, Relaxed);
        // A call that is larger than the bound passes when nothing else waits.
        let fits = held == 0 || held + bytes as u64 <= bytes_max as u64;
        let fits = fits && calls < calls_max as u64;
        if !fits {
            self.leave(bytes);
        }
        fits
    }

    /// A call is done.
    pub(crate) fn leave(&self, bytes: usize) {
        self.calls.fetch_sub(1, Relaxed);
        self.bytes.fetch_sub(bytes as u64, Relaxed);
    }
}
