//! Stacks, by following frame pointers.
//!
//! Each function that keeps a frame pointer begins with storing its caller's, and points to where
//! it did: so the frames are a list, with the address to return to beside each link. Nothing
//! promises that the list is whole. Functions of the C library keep no frame pointer, and a
//! register that is free for other use may hold anything. So memory is only ever read through the
//! kernel, which answers with an error where a plain read would end the process.

#![expect(
    unsafe_code,
    reason = "the registers and the memory of a thread are read"
)]

use libc::{c_void, iovec};

pub(crate) use self::registers::Registers;

use crate::program::Text;

mod registers;

/// The most frames of one stack; what is further out is left out.
pub(crate) const FRAMES: usize = 128;
/// The frame of a function of the C library is searched this far for the address to return to.
const SEARCHED: u64 = 512;
/// A frame pointer that is further away than this from the one before is none.
const FRAME_BYTES: u64 = 1 << 20;
/// The kernel reads a page or does not; every kernel has pages of this size or a multiple.
const PAGE: u64 = 4096;
const WORD: u64 = size_of::<u64>() as u64;

/// Whether this process may read its own memory through the kernel: some sandboxes refuse it.
pub(crate) fn can_be_read() -> bool {
    let here = 0x5afe_u64;
    let address = (&raw const here) as u64;
    Memory::new().word(address) == Some(here)
}

/// Hands the addresses of a stack to `visit`, the innermost first, until it returns false. Takes no
/// lock and no memory, so it may be called in a signal handler.
pub(crate) fn walk(from: Registers, text: Text, mut visit: impl FnMut(u64) -> bool) {
    let mut memory = Memory::new();
    if !visit(from.instruction) {
        return;
    }
    if !text.contains(from.instruction)
        && let Some(caller) = caller(from, text, &mut memory)
        && !visit(caller)
    {
        return;
    }
    follow(from.frame, from.stack, &mut memory, visit);
}

/// Hands the addresses that functions return to, to `visit`, beginning with the function whose
/// frame is given, until it returns false.
pub(crate) fn walk_callers(frame: u64, visit: impl FnMut(u64) -> bool) {
    follow(frame, frame, &mut Memory::new(), visit);
}

/// Hands on the address that each frame returns to, from the frame at `frame` outwards.
fn follow(mut frame: u64, mut below: u64, memory: &mut Memory, mut visit: impl FnMut(u64) -> bool) {
    loop {
        // A stack grows downwards, so whoever called lies higher.
        let is_frame = frame >= below && frame - below < FRAME_BYTES && frame.is_multiple_of(WORD);
        if !is_frame {
            return;
        }
        let (Some(next), Some(back)) = (memory.word(frame), memory.word(frame + WORD)) else {
            return;
        };
        if back == 0 || !visit(back) {
            return;
        }
        below = frame + 2 * WORD;
        frame = next;
    }
}

/// Who called the function of the C library that runs. The frame pointer is still the caller's
/// own, and says only who called that one; so the caller would be missing, the one function
/// that matters most. The first word on the stack that could be an address to return to is taken
/// for it. An older one that was not overwritten may mislead; seldom does one lie further in.
fn caller(from: Registers, text: Text, memory: &mut Memory) -> Option<u64> {
    if let Some(link) = from.link {
        return text.contains(link).then_some(link);
    }
    let end = (from.stack + SEARCHED).min(from.frame.max(from.stack + WORD));
    let words = (from.stack..end).step_by(WORD as usize);
    words
        .map_while(|address| memory.word(address))
        .find(|word| text.contains(*word))
}

/// The memory of this process, a page at a time.
struct Memory {
    process: libc::pid_t,
    page: u64,
    words: [u64; (PAGE / WORD) as usize],
}

impl Memory {
    fn new() -> Self {
        Self {
            // SAFETY: the call takes nothing and cannot fail.
            process: unsafe { libc::getpid() },
            page: u64::MAX,
            words: [0; (PAGE / WORD) as usize],
        }
    }

    /// The word at an address that is a multiple of its size.
    fn word(&mut self, address: u64) -> Option<u64> {
        let page = address / PAGE;
        if self.page != page {
            self.page = u64::MAX;
            if !self.read(page * PAGE) {
                return None;
            }
            self.page = page;
        }
        self.words.get((address % PAGE / WORD) as usize).copied()
    }

    fn read(&mut self, from: u64) -> bool {
        let local = iovec {
            iov_base: self.words.as_mut_ptr().cast::<c_void>(),
            iov_len: PAGE as usize,
        };
        let remote = iovec {
            iov_base: from as *mut c_void,
            iov_len: PAGE as usize,
        };
        // SAFETY: the kernel writes at most a page to `local`, which is one, and looks itself
        // whether the page at `remote` may be read.
        let read = unsafe { libc::process_vm_readv(self.process, &local, 1, &remote, 1, 0) };
        read == PAGE as isize
    }
}

#[cfg(test)]
mod tests;
