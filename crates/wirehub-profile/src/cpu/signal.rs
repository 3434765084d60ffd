//! The handler that a thread runs when it has used enough processor time.

#![expect(unsafe_code, reason = "a signal handler is set")]

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering},
};

use libc::{c_int, c_void, siginfo_t};

use super::RING;
use crate::stack::{self, Registers};

/// The signal that profilers use (setitimer(2)).
pub(super) const SIGNAL: c_int = libc::SIGPROF;

/// Has samples taken at the signal, from now on and for ever: without a handler a signal that comes
/// late would end the process. Calls that it interrupts go on by themselves.
pub(super) fn install() -> io::Result<()> {
    static IS_SET: AtomicBool = AtomicBool::new(false);
    if !IS_SET.load(Ordering::Acquire) {
        set_handler()?;
        IS_SET.store(true, Ordering::Release);
    }
    Ok(())
}

/// Has a thread take a sample of itself now. One that has ended takes none.
pub(crate) fn interrupt(thread: u32) {
    // SAFETY: the call takes nothing and cannot fail.
    let process = unsafe { libc::getpid() };
    // SAFETY: the signal goes to a thread of our own, and has a handler since `install`.
    unsafe { libc::syscall(libc::SYS_tgkill, process, thread, SIGNAL) };
}

fn set_handler() -> io::Result<()> {
    // SAFETY: zero bytes are a valid `sigaction`: no flags, no handler, an empty mask.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = on_signal as *const () as usize;
    // On the thread's own stack: the other one, which is for overflows, is too small for a page.
    action.sa_flags = libc::SA_SIGINFO | libc::SA_RESTART;
    // SAFETY: `action` is whole, and its handler does only what signal-safety(7) allows.
    let done = unsafe { libc::sigaction(SIGNAL, &action, std::ptr::null_mut()) };
    match done {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Takes a sample of the interrupted thread. What was interrupted may hold any lock and be within
/// the allocator, so nothing here takes either.
extern "C" fn on_signal(_: c_int, _: *mut siginfo_t, context: *mut c_void) {
    let Some(ring) = RING.get() else {
        return;
    };
    // SAFETY: the pointer is valid for the thread that asks for it.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above; the interrupted code may be about to read what a call below overwrites.
    let before = unsafe { *errno };
    // SAFETY: the call takes nothing and cannot fail.
    let thread = unsafe { libc::gettid() };
    // SAFETY: `context` is what the kernel gave to this handler.
    let registers = unsafe { Registers::interrupted(context) };
    ring.record(thread.cast_unsigned(), |text, visit| {
        stack::walk(registers, text, visit);
    });
    // SAFETY: as above.
    unsafe { *errno = before };
}
