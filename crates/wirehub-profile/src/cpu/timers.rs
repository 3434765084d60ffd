//! A timer for each thread, which counts the processor time of that thread.
//!
//! One timer for the whole process (setitimer(2)) would do with less, but the kernel gives its
//! signal to any thread, and on older ones mostly to the main thread, whoever used the time.

#![expect(unsafe_code, reason = "timers are made, set and deleted")]

use std::{collections::HashMap, io, time::Duration};

use libc::{clockid_t, itimerspec, sigevent, timespec};

use super::signal::SIGNAL;

/// Timers by the thread they belong to.
#[derive(Debug, Default)]
pub(super) struct Timers(HashMap<u32, Timer>);

/// The number of a timer that exists until this is dropped. The C library's type is a pointer that
/// points to nothing we may read.
#[derive(Debug)]
struct Timer(usize);

impl Timers {
    /// Starts a timer for a thread that has none.
    pub(super) fn start(&mut self, thread: u32, period: Duration) -> io::Result<()> {
        if let std::collections::hash_map::Entry::Vacant(entry) = self.0.entry(thread) {
            entry.insert(Timer::start(thread, period)?);
        }
        Ok(())
    }

    /// Keeps timers of these threads only: the number of one that ended may be given again.
    pub(super) fn keep(&mut self, lives: impl Fn(&u32) -> bool) {
        self.0.retain(|thread, _| lives(thread));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Timer {
    fn start(thread: u32, period: Duration) -> io::Result<Self> {
        // SAFETY: zero bytes are a valid `sigevent`.
        let mut event: sigevent = unsafe { std::mem::zeroed() };
        event.sigev_notify = libc::SIGEV_THREAD_ID;
        event.sigev_signo = SIGNAL;
        event.sigev_notify_thread_id = thread.cast_signed();
        let mut timer = std::ptr::null_mut();
        // SAFETY: `event` is whole, and `timer` is there to be written to.
        let made = unsafe { libc::timer_create(clock_of(thread), &mut event, &mut timer) };
        if made != 0 {
            return Err(io::Error::last_os_error());
        }
        let timer = Self(timer.addr());
        let period = timespec {
            tv_sec: 0,
            tv_nsec: i64::from(period.subsec_nanos()),
        };
        let times = itimerspec {
            it_interval: period,
            it_value: period,
        };
        // SAFETY: the timer was just made, and nobody wants its old times.
        let set = unsafe { libc::timer_settime(timer.pointer(), 0, &times, std::ptr::null_mut()) };
        match set {
            0 => Ok(timer),
            _ => Err(io::Error::last_os_error()),
        }
    }

    const fn pointer(&self) -> libc::timer_t {
        std::ptr::without_provenance_mut(self.0)
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        // SAFETY: the timer was made by `start` and is deleted once.
        unsafe { libc::timer_delete(self.pointer()) };
    }
}

/// The clock of a thread's processor time: `CPUCLOCK_SCHED` and `CPUCLOCK_PERTHREAD` beside the
/// complement of its number (include/linux/posix-timers.h, and pthread_getcpuclockid(3), which
/// asks for a handle that we do not have).
const fn clock_of(thread: u32) -> clockid_t {
    const PERTHREAD_SCHED: clockid_t = 4 | 2;
    (!thread.cast_signed() << 3) | PERTHREAD_SCHED
}
