//! What jemalloc and the samples of the heap know, for whoever looks for leaks.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tikv_jemalloc_ctl::{epoch, stats};
use wirehub::Heap;
use wirehub_profile::HeapMark;

/// The heap of this program.
#[derive(Debug, Default)]
pub(super) struct ProgramHeap(Mutex<Option<HeapMark>>);

impl ProgramHeap {
    fn place(&self) -> MutexGuard<'_, Option<HeapMark>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Heap for ProgramHeap {
    fn allocated(&self) -> Option<u64> {
        // jemalloc adds its counts up when it is told to; in between it says the same.
        epoch::advance().ok()?;
        stats::allocated::read().ok().map(|bytes| bytes as u64)
    }

    fn mark(&self) {
        let mark = HeapMark::now();
        *self.place() = mark;
    }

    fn grown(&self) -> Option<String> {
        let growth = self.place().as_ref()?.most_grown()?;
        Some(format!(
            "{}, by about {} MiB",
            growth.place,
            growth.bytes >> 20
        ))
    }
}

#[cfg(test)]
mod tests;
