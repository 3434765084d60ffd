//! Memory that is allocated and that no owner accounts for.

use super::{
    Leak, LeakKind,
    climb::{Climb, Found, Margin},
};
use crate::Heap;

/// What allocations, caches of libraries and the tools of whoever looks on may take at any time.
const LEAST: u64 = 32 << 20;

/// What was seen of the memory so far.
#[derive(Debug)]
pub(super) struct Memory {
    climb: Climb,
    leak: Option<Leak>,
}

impl Memory {
    /// Caches outside of the hub's own accounts may take so many bytes.
    pub(super) fn new(caches: u64) -> Self {
        let least = LEAST;
        Self {
            climb: Climb::new(Margin { least, caches }),
            leak: None,
        }
    }

    /// Names what climbs: what is allocated less what is accounted for. Its words stay the same for
    /// as long as it stays up.
    pub(super) fn look(
        &mut self,
        heap: &dyn Heap,
        accounted: u64,
        is_record: bool,
    ) -> Option<Leak> {
        let level = heap.allocated()?.saturating_sub(accounted);
        self.leak = match self.climb.look(level, is_record) {
            Found::Nothing => None,
            Found::Learned => {
                heap.mark();
                None
            }
            Found::StaysUp => self.leak.take(),
            Found::Climbs(rise) => Some(Leak {
                kind: LeakKind::Memory,
                what: format!(
                    "{} MiB of memory that no owner accounts for, and still more; {} MiB are the \
                     most that the same load took before",
                    rise.to >> 20,
                    rise.from >> 20
                ),
                born: heap
                    .grown()
                    .unwrap_or_else(|| "unknown: nobody follows who allocates".to_owned()),
            }),
        };
        self.leak.clone()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

    use super::*;

    #[derive(Debug, Default)]
    struct Told {
        allocated: AtomicU64,
        marks: AtomicUsize,
    }

    impl Heap for Told {
        fn allocated(&self) -> Option<u64> {
            Some(self.allocated.load(Relaxed))
        }

        fn mark(&self) {
            self.marks.fetch_add(1, Relaxed);
        }

        fn grown(&self) -> Option<String> {
            Some("there".to_owned())
        }
    }

    const MIB: u64 = 1 << 20;

    #[test]
    fn memory_that_somebody_accounts_for_is_no_leak() {
        let (heap, mut memory) = (Told::default(), Memory::new(0));
        for look in 0..200 {
            heap.allocated.store((50 + look * 4) * MIB, Relaxed);
            assert_eq!(memory.look(&heap, look * 4 * MIB, false), None);
        }
        assert_eq!(heap.marks.load(Relaxed), 1);
    }

    #[test]
    fn memory_that_nobody_accounts_for_is_named_until_it_is_gone() {
        let (heap, mut memory) = (Told::default(), Memory::new(0));
        let mut leaks = (0..100).map(|look| {
            heap.allocated.store((50 + look * 4) * MIB, Relaxed);
            memory.look(&heap, 0, false)
        });
        let leak = leaks.by_ref().flatten().next().unwrap();
        assert_eq!(leak.kind, LeakKind::Memory);
        assert!(leak.what.starts_with("170 MiB of memory"), "{leak:?}");
        assert!(leak.what.contains("86 MiB are the most"), "{leak:?}");
        assert_eq!(leak.born, "there");
        assert!(leaks.all(|later| later.as_ref() == Some(&leak)));
        heap.allocated.store(50 * MIB, Relaxed);
        assert_eq!(memory.look(&heap, 0, false), None);
    }
}
