//! Samples on their way from signal handlers, which may neither wait nor take memory.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::{program::Text, stack::FRAMES};

/// So many samples may wait to be collected: two seconds' worth for sixteen threads that run all
/// the time would be more; a tenth of a second is asked for.
const SLOTS: usize = 512;

const FREE: u8 = 0;
const WRITING: u8 = 1;
const FULL: u8 = 2;

/// A bounded number of places for samples. All of it is atomic, so any number of handlers may write
/// while one thread reads.
#[derive(Debug)]
pub(super) struct Ring {
    is_open: AtomicBool,
    text_start: AtomicU64,
    text_end: AtomicU64,
    next: AtomicUsize,
    dropped: AtomicU64,
    slots: Box<[Slot]>,
}

#[derive(Debug)]
struct Slot {
    state: AtomicU8,
    thread: AtomicU32,
    depth: AtomicUsize,
    frames: [AtomicU64; FRAMES],
}

impl Default for Ring {
    fn default() -> Self {
        let slot = |_| Slot {
            state: AtomicU8::new(FREE),
            thread: AtomicU32::new(0),
            depth: AtomicUsize::new(0),
            frames: [const { AtomicU64::new(0) }; FRAMES],
        };
        Self {
            is_open: AtomicBool::new(false),
            text_start: AtomicU64::new(0),
            text_end: AtomicU64::new(0),
            next: AtomicUsize::new(0),
            dropped: AtomicU64::new(0),
            slots: (0..SLOTS).map(slot).collect(),
        }
    }
}

impl Ring {
    /// Takes samples from now on.
    pub(super) fn open(&self, text: Text) {
        self.drain(|_, _| {});
        self.dropped.store(0, Ordering::Relaxed);
        self.text_start.store(text.start, Ordering::Relaxed);
        self.text_end.store(text.end, Ordering::Relaxed);
        self.is_open.store(true, Ordering::Release);
    }

    /// Takes no more samples; says how many found no room.
    pub(super) fn close(&self) -> u64 {
        self.is_open.store(false, Ordering::Release);
        self.dropped.load(Ordering::Relaxed)
    }

    /// Has `walk` write a sample, if there is room for one. For signal handlers.
    pub(super) fn record(&self, thread: u32, walk: impl FnOnce(Text, &mut dyn FnMut(u64) -> bool)) {
        if !self.is_open.load(Ordering::Acquire) {
            return;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed) % SLOTS;
        let claimed = self.slots.get(number).filter(|slot| {
            let (free, mine) = (FREE, WRITING);
            let (taken, left) = (Ordering::Acquire, Ordering::Relaxed);
            slot.state.compare_exchange(free, mine, taken, left).is_ok()
        });
        let Some(slot) = claimed else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let text = Text {
            start: self.text_start.load(Ordering::Relaxed),
            end: self.text_end.load(Ordering::Relaxed),
        };
        let mut depth = 0;
        walk(text, &mut |address| {
            let Some(frame) = slot.frames.get(depth) else {
                return false;
            };
            frame.store(address, Ordering::Relaxed);
            depth += 1;
            true
        });
        slot.thread.store(thread, Ordering::Relaxed);
        slot.depth.store(depth, Ordering::Relaxed);
        slot.state.store(FULL, Ordering::Release);
    }

    /// Takes all samples out.
    pub(super) fn drain(&self, mut take: impl FnMut(u32, Vec<u64>)) {
        for slot in &self.slots {
            if slot.state.load(Ordering::Acquire) != FULL {
                continue;
            }
            let frames = slot.frames.iter().take(slot.depth.load(Ordering::Relaxed));
            let frames = frames.map(|frame| frame.load(Ordering::Relaxed));
            take(slot.thread.load(Ordering::Relaxed), frames.collect());
            slot.state.store(FREE, Ordering::Release);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(ring: &Ring, thread: u32, stack: &[u64]) {
        ring.record(thread, |_, visit| {
            for address in stack {
                visit(*address);
            }
        });
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let ring = Ring::default();
        sample(&ring, 1, &[1]);
        ring.open(Text::default());
        for number in 0..SLOTS + 3 {
            sample(&ring, 7, &[number as u64, 1]);
        }
        let mut seen = Vec::new();
        ring.drain(|thread, stack| seen.push((thread, stack)));
        assert_eq!(seen.len(), SLOTS);
        assert!(seen.contains(&(7, vec![0, 1])));
        assert_eq!(ring.close(), 3);
        sample(&ring, 1, &[1]);
        ring.drain(|_, _| panic!("it is closed"));
    }

    #[test]
    fn a_stack_that_is_too_deep_loses_its_outer_end() {
        let ring = Ring::default();
        ring.open(Text::default());
        let deep: Vec<u64> = (0..FRAMES as u64 + 5).collect();
        sample(&ring, 1, &deep);
        ring.drain(|_, stack| assert_eq!(stack, deep[..FRAMES]));
    }
}
