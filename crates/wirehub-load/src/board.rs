//! What was published for certain, for those who have to have it.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed},
};

/// How far each topic has come, shared by the threads of a process. A topic has one publisher, so
/// that its entry has one writer.
#[derive(Debug)]
pub(crate) struct Board(Vec<Entry>);

#[derive(Debug, Default)]
struct Entry {
    epoch: AtomicU64,
    offset: AtomicU64,
    life: AtomicU32,
    number: AtomicU64,
}

/// How far a topic has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    /// The epoch of the last position that a publisher was told, as [`epoch`] writes it.
    pub(crate) epoch: u64,
    /// The offset there.
    pub(crate) offset: u64,
    /// The publisher's connection.
    pub(crate) life: u32,
    /// The number of what it sent last.
    pub(crate) number: u64,
}

impl Board {
    pub(crate) fn new(topics: u32) -> Self {
        Self((0..topics).map(|_| Entry::default()).collect())
    }

    /// A publisher sent something.
    pub(crate) fn sent(&self, topic: u32, life: u32, number: u64) {
        if let Some(entry) = self.0.get(topic as usize) {
            entry.life.store(life, Relaxed);
            entry.number.store(number, Relaxed);
        }
    }

    /// A publisher was told where its publication stands. Says whether another one stands there
    /// already: then one of them is not to be had.
    pub(crate) fn stands(&self, topic: u32, epoch: u64, offset: u64) -> bool {
        let Some(entry) = self.0.get(topic as usize) else {
            return false;
        };
        if entry.epoch.swap(epoch, Relaxed) == epoch {
            return entry.offset.fetch_max(offset, Relaxed) == offset && offset > 0;
        }
        entry.offset.store(offset, Relaxed);
        false
    }

    pub(crate) fn reached(&self, topic: u32) -> Reached {
        let entry = self.0.get(topic as usize);
        entry.map_or_else(Reached::default, |entry| Reached {
            epoch: entry.epoch.load(Relaxed),
            offset: entry.offset.load(Relaxed),
            life: entry.life.load(Relaxed),
            number: entry.number.load(Relaxed),
        })
    }
}

/// An epoch as a number that fits in a word; 0 is none.
pub(crate) fn epoch(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish().max(1)
}
