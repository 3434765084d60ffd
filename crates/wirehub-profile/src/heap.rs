//! Who asked for the memory that the process has, and had.
//!
//! Every thread counts down the bytes it asks for. Where the count passes zero the allocation is a
//! sample, and the next one follows after a random number of bytes, half a megabyte on average: so
//! each byte is as likely as any other to be one where a sample is taken, whatever the rhythm of
//! the program. From the size of a sample follows how many like it there were.
//!
//! A sample begins at a page of its own, which other allocations seldom do. So freeing has to look
//! only at pointers to the beginning of a page to know which of them are samples.

#![expect(unsafe_code, reason = "an allocator is unsafe by its signature")]

use std::{
    alloc::{GlobalAlloc, Layout},
    cell::Cell,
    iter,
};

use self::{
    countdown::Countdown,
    ledger::{LEDGER, Site},
};
use crate::{
    Place, Profile, ValueKind,
    profile::Function,
    stack::{self, Registers},
    symbols::Symbols,
};

mod countdown;
mod growth;
mod ledger;

pub use growth::{Growth, HeapMark};

/// So many bytes are between two samples, on average: as in Go and jemalloc.
const INTERVAL: usize = 512 * 1024;
/// What samples are aligned to.
const PAGE: usize = 4096;

thread_local! {
    static COUNTDOWN: Countdown = const { Countdown::new() };
    /// This thread writes to the ledger; what that needs and frees is no sample.
    static WRITES: Cell<bool> = const { Cell::new(false) };
}

/// An allocator that remembers samples of what another one gave out.
#[derive(Clone, Copy, Debug, Default)]
pub struct SamplingAllocator<A>(A);

impl<A> SamplingAllocator<A> {
    /// Stands around an allocator. Meant for a `#[global_allocator]`: samples of all that there
    /// are go to one ledger.
    pub const fn around(allocator: A) -> Self {
        Self(allocator)
    }
}

// SAFETY: everything goes to `A`, which is an allocator. What is more than asked for is only the
// alignment of samples; `layout_of` finds the same layout again when they are freed.
unsafe impl<A: GlobalAlloc> GlobalAlloc for SamplingAllocator<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if is_due(layout.size()) {
            // SAFETY: the caller's promise about the layout.
            return sampled(layout, |layout| unsafe { self.0.alloc(layout) });
        }
        // SAFETY: the caller's promise about the layout.
        unsafe { self.0.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if is_due(layout.size()) {
            // SAFETY: the caller's promise about the layout.
            return sampled(layout, |layout| unsafe { self.0.alloc_zeroed(layout) });
        }
        // SAFETY: the caller's promise about the layout.
        unsafe { self.0.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        let layout = if may_be_sample(pointer) {
            freed(pointer, layout)
        } else {
            layout
        };
        // SAFETY: `pointer` was given out by `A` for exactly this layout.
        unsafe { self.0.dealloc(pointer, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let due = is_due(size);
        if due || may_be_sample(pointer) {
            // SAFETY: the caller's promises about both.
            return unsafe { self.move_to_new(pointer, layout, size, due) };
        }
        // SAFETY: the caller's promises; `pointer` is no sample, so the layout is what it was.
        unsafe { self.0.realloc(pointer, layout, size) }
    }
}

impl<A: GlobalAlloc> SamplingAllocator<A> {
    /// Changes the size of what is or becomes a sample.
    ///
    /// # Safety
    /// As for `realloc`.
    #[cold]
    unsafe fn move_to_new(
        &self,
        pointer: *mut u8,
        layout: Layout,
        size: usize,
        due: bool,
    ) -> *mut u8 {
        if !due && !is_sample(pointer) {
            // SAFETY: the caller's promises; it is no sample, so the layout is what it was.
            return unsafe { self.0.realloc(pointer, layout, size) };
        }
        // SAFETY: the caller promises that the size fits the alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        let new = if due {
            // SAFETY: the size is not zero, which the caller promises.
            sampled(wanted, |layout| unsafe { self.0.alloc(layout) })
        } else {
            // SAFETY: as above.
            unsafe { self.0.alloc(wanted) }
        };
        if !new.is_null() {
            let kept = layout.size().min(size);
            // SAFETY: both are valid for `kept` bytes, and one is new, so they do not overlap.
            unsafe { std::ptr::copy_nonoverlapping(pointer, new, kept) };
            // SAFETY: the caller's promises about `pointer`, which is not used any more.
            unsafe { self.dealloc(pointer, layout) };
        }
        new
    }
}

/// Whether an allocation of so many bytes is to be a sample.
#[inline]
fn is_due(size: usize) -> bool {
    COUNTDOWN.with(|countdown| countdown.passes_zero(size))
}

#[inline]
fn may_be_sample(pointer: *mut u8) -> bool {
    pointer.addr().is_multiple_of(PAGE)
}

/// Allocates, and remembers who asked.
#[cold]
#[inline(never)]
fn sampled(layout: Layout, allocate: impl Fn(Layout) -> *mut u8) -> *mut u8 {
    if !COUNTDOWN.with(Countdown::restart) || WRITES.get() {
        return allocate(layout);
    }
    let pointer = allocate(of_sample(layout));
    if !pointer.is_null() {
        let mut frames = [0; ledger::FRAMES];
        let mut depth = 0;
        stack::walk_callers(Registers::frame_here(), |address| {
            let Some(frame) = frames.get_mut(depth) else {
                return false;
            };
            *frame = address;
            depth += 1;
            true
        });
        let stack = frames.get(..depth).unwrap_or_default();
        writing(|| LEDGER.allocated(pointer.addr(), layout.size(), stack));
    }
    pointer
}

/// The layout that something at the beginning of a page was allocated with, which is freed now.
#[cold]
fn freed(pointer: *mut u8, layout: Layout) -> Layout {
    let was_sample = !WRITES.get() && writing(|| LEDGER.freed(pointer.addr()));
    if was_sample {
        of_sample(layout)
    } else {
        layout
    }
}

fn is_sample(pointer: *mut u8) -> bool {
    may_be_sample(pointer) && !WRITES.get() && writing(|| LEDGER.holds(pointer.addr()))
}

fn of_sample(layout: Layout) -> Layout {
    // What is too large to be rounded up to pages cannot be allocated either.
    layout.align_to(PAGE).unwrap_or(layout)
}

fn writing<T>(work: impl FnOnce() -> T) -> T {
    WRITES.set(true);
    let done = work();
    WRITES.set(false);
    done
}

const ALLOCATED: [ValueKind; 2] = [
    ValueKind::new("alloc_objects", "count"),
    ValueKind::new("alloc_space", "bytes"),
];
const IN_USE: [ValueKind; 2] = [
    ValueKind::new("inuse_objects", "count"),
    ValueKind::new("inuse_space", "bytes"),
];

/// Who has memory now; `None` unless the program allocates through a [`SamplingAllocator`].
#[must_use]
pub fn heap() -> Option<Profile> {
    profile([ALLOCATED, IN_USE].concat(), |site| {
        let (all, live) = (site.allocated, site.live);
        vec![all.objects(), all.bytes(), live.objects(), live.bytes()]
    })
}

/// Who asked for memory since the program began, whether it was given back or not; `None` unless
/// the program allocates through a [`SamplingAllocator`].
#[must_use]
pub fn allocs() -> Option<Profile> {
    profile([IN_USE, ALLOCATED].concat(), |site| {
        let (all, live) = (site.allocated, site.live);
        vec![live.objects(), live.bytes(), all.objects(), all.bytes()]
    })
}

fn profile(kinds: Vec<ValueKind>, values: impl Fn(&Site) -> Vec<i64>) -> Option<Profile> {
    if !LEDGER.is_used() {
        return None;
    }
    let mut profile = Profile::new(kinds);
    profile.period = Some((ValueKind::new("space", "bytes"), INTERVAL as i64));
    let mut symbols = Symbols::of_program();
    for (stack, site) in writing(|| LEDGER.sites()) {
        let stack = symbols.callers(&stack);
        profile.sample(without_library(stack), values(&site), &[]);
    }
    Some(profile)
}

/// A stack without the allocator and the collections of the standard library at its inner end,
/// which would be the answer to all questions.
fn without_library(stack: Vec<Place>) -> Vec<Place> {
    let mut stack = stack.into_iter();
    while let Some(place) = stack.next() {
        let functions = place.functions.iter();
        let own = functions.skip_while(|function| is_of_library(function));
        let functions: Vec<_> = own.cloned().collect();
        if !functions.is_empty() {
            let innermost = Place {
                functions: functions.into(),
                ..place
            };
            return iter::once(innermost).chain(stack).collect();
        }
    }
    Vec::new()
}

fn is_of_library(function: &Function) -> bool {
    /// Where the compiler's makers had the standard library.
    const SOURCES: &str = "/rustc/";
    const LIBRARY: [&str; 6] = [
        "wirehub_profile::",
        "__ru",
        "alloc::",
        "core::",
        "hashbrown::",
        "std::",
    ];
    let name = function.name.trim_start_matches(['<', '&', '[']);
    function.file.starts_with(SOURCES) || LIBRARY.iter().any(|library| name.starts_with(library))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_belongs_to_whom_the_library_serves() {
        let place = |name: &str| Place::named(name, "", 1);
        let own = [
            place("wirehub_core::stream::push"),
            place("std::thread::run"),
        ];
        let library = [
            "<wirehub_profile::A as B>::alloc",
            "__rustc::__rust_alloc",
            "alloc::vec::x",
        ];
        let stack = library.map(place).into_iter().chain(own.clone());
        assert_eq!(without_library(stack.collect()), own);
        let generic = Place::named(
            "<u8 as SpecFromElem>::from_elem",
            "/rustc/5/library/a.rs",
            3,
        );
        let stack = iter::once(generic).chain(own.clone());
        assert_eq!(without_library(stack.collect()), own);
        assert_eq!(without_library(vec![place("std::x")]), []);
    }
}
