//! What each thread is doing right now.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::{
    CpuError, Profile, ValueKind,
    cpu::{self, Sampling},
    symbols::Symbols,
};

/// How long to wait for threads to say where they are. One that waits within the kernel says so at
/// once; one that cannot be interrupted there says nothing.
const PATIENCE: Duration = Duration::from_millis(500);
const LOOK: Duration = Duration::from_millis(5);

/// The stack of every thread of the process at this moment, each with its name and number. It
/// interrupts all of them for some microseconds, and waits for them, so it is not for a thread that
/// others wait for.
///
/// # Errors
/// As for [`CpuSession::start`](crate::CpuSession::start).
pub fn threads() -> Result<Profile, CpuError> {
    let sampling = Sampling::start()?;
    let names = cpu::threads()?;
    for thread in names.keys() {
        cpu::interrupt(*thread);
    }
    let (asked, mut stacks) = (Instant::now(), Vec::new());
    while stacks.len() < names.len() && asked.elapsed() < PATIENCE {
        thread::sleep(LOOK);
        sampling.drain(|thread, stack| stacks.push((thread, stack)));
    }
    sampling.end();
    let mut profile = Profile::new(vec![ValueKind::new("threads", "count")]);
    let silent = names.len().saturating_sub(stacks.len());
    if silent > 0 {
        profile.comment(format!("{silent} threads did not answer"));
    }
    let mut symbols = Symbols::of_program();
    for (thread, stack) in stacks {
        let name = names.get(&thread).map_or("new", String::as_str);
        let number = thread.to_string();
        let labels = [("thread", name), ("tid", number.as_str())];
        profile.sample(symbols.stack(&stack), vec![1], &labels);
    }
    Ok(profile)
}
