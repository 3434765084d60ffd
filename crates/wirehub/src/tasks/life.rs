//! The life of one task or thread, as far as it can be seen from outside.

use std::{
    panic::Location,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// What a task or thread is, and what it was doing when it was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskInfo {
    /// Its number, which no other has.
    pub number: u64,
    /// What it is for, in a word.
    pub kind: &'static str,
    /// The function whose work it is, as the compiler names it.
    pub function: &'static str,
    /// The file of the line where it was begun.
    pub file: &'static str,
    /// The line where it was begun.
    pub line: u32,
    /// How long ago that was.
    pub age: Duration,
    /// What it was doing.
    pub state: TaskState,
    /// For how long it had been doing so.
    pub since: Duration,
    /// How often it was run up to a point where it had to wait; a thread is not counted.
    pub polls: u64,
    /// How long it ran altogether; a thread is not counted.
    pub busy: Duration,
}

/// What a task is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskState {
    /// It runs on some thread.
    Running,
    /// It waits until something wakes it.
    Waiting,
    /// It is a thread, and the operating system knows more about it.
    Thread,
}

impl TaskState {
    /// Its name, in a word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Thread => "thread",
        }
    }
}

/// What is known from the beginning.
#[derive(Debug)]
pub(super) struct Birth {
    pub(super) kind: &'static str,
    pub(super) function: &'static str,
    pub(super) site: &'static Location<'static>,
    pub(super) is_thread: bool,
}

/// What one task or thread shows of itself. Only the task writes, so nothing here is one atomic
/// step; whoever looks on may see two of the numbers at slightly different moments.
#[derive(Debug)]
pub(super) struct Life {
    birth: Birth,
    born: Instant,
    running: AtomicBool,
    /// Nanoseconds after its birth when it began to run or to wait.
    changed: AtomicU64,
    polls: AtomicU64,
    /// Nanoseconds.
    busy: AtomicU64,
}

impl Life {
    pub(super) fn begin(birth: Birth) -> Self {
        Self {
            birth,
            born: Instant::now(),
            running: AtomicBool::new(false),
            changed: AtomicU64::new(0),
            polls: AtomicU64::new(0),
            busy: AtomicU64::new(0),
        }
    }

    pub(super) const fn kind(&self) -> &'static str {
        self.birth.kind
    }

    /// Notes that the task runs while it is polled.
    pub(super) fn polled<T>(&self, poll: impl FnOnce() -> T) -> T {
        let began = self.change(true);
        let outcome = poll();
        let ended = self.change(false);
        add(&self.busy, ended.saturating_sub(began));
        add(&self.polls, 1);
        outcome
    }

    fn change(&self, running: bool) -> u64 {
        let now = self.born.elapsed().as_nanos() as u64;
        self.changed.store(now, Ordering::Relaxed);
        self.running.store(running, Ordering::Relaxed);
        now
    }

    pub(super) fn info(&self, number: u64, older: Duration) -> TaskInfo {
        let age = self.born.elapsed() + older;
        let nanoseconds = |number: &AtomicU64| Duration::from_nanos(number.load(Ordering::Relaxed));
        let state = match (self.birth.is_thread, self.running.load(Ordering::Relaxed)) {
            (true, _) => TaskState::Thread,
            (false, true) => TaskState::Running,
            (false, false) => TaskState::Waiting,
        };
        TaskInfo {
            number,
            kind: self.birth.kind,
            function: self.birth.function,
            file: self.birth.site.file(),
            line: self.birth.site.line(),
            age,
            state,
            since: age.saturating_sub(nanoseconds(&self.changed)),
            polls: self.polls.load(Ordering::Relaxed),
            busy: nanoseconds(&self.busy),
        }
    }
}

fn add(number: &AtomicU64, more: u64) {
    number.store(number.load(Ordering::Relaxed) + more, Ordering::Relaxed);
}
