//! Numbers that nobody has drawn.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::atomic::{AtomicU64, Ordering},
};

/// Draws numbers. Their only duty is never to meet again.
#[derive(Debug, Default)]
pub(crate) struct Fresh {
    state: RandomState,
    drawn: AtomicU64,
}

impl Fresh {
    /// A number that nobody has drawn.
    pub(crate) fn draw(&self) -> u64 {
        self.state
            .hash_one(self.drawn.fetch_add(1, Ordering::Relaxed))
    }
}
