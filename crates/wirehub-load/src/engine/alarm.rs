//! A timer that is finer than the poll's.

use std::{
    os::fd::{AsRawFd as _, OwnedFd},
    time::Duration,
};

use mio::{Interest, Registry, Token, unix::SourceFd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

/// The poll counts whole milliseconds, rounded up: what is due in less is left to a descriptor that
/// becomes readable in time.
const COARSE: Duration = Duration::from_millis(2);

/// Wakes a poll at a moment.
#[derive(Debug)]
pub(super) struct Alarm {
    timer: OwnedFd,
}

impl Alarm {
    pub(super) fn new(registry: &Registry, token: Token) -> std::io::Result<Self> {
        let flags = TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC;
        let timer = timerfd_create(TimerfdClockId::Monotonic, flags)?;
        let raw = timer.as_raw_fd();
        registry.register(&mut SourceFd(&raw), token, Interest::READABLE)?;
        Ok(Self { timer })
    }

    /// How long to poll for something that is due after `wait`.
    pub(super) fn within(&self, wait: Duration) -> std::io::Result<Duration> {
        if wait.is_zero() {
            return Ok(Duration::ZERO);
        }
        if wait > COARSE {
            let whole = u64::try_from((wait - Duration::from_millis(1)).as_millis());
            return Ok(Duration::from_millis(whole.unwrap_or(u64::MAX)));
        }
        let value = Timespec::try_from(wait).map_err(std::io::Error::other)?;
        let interval = Timespec::default();
        let once = Itimerspec {
            it_interval: interval,
            it_value: value,
        };
        // A timer that is set anew is not readable any more, so that nothing has to be read.
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &once)?;
        Ok(COARSE * 2)
    }
}
