//! Where the threads of the process spend processor time.

use std::{
    collections::{BTreeMap, HashMap},
    fs, io,
    sync::{
        OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use self::{ring::Ring, timers::Timers};
use crate::{Profile, ValueKind, program::Program, stack, symbols::Symbols};

mod ring;
mod signal;
mod timers;

pub(crate) use signal::interrupt;

/// How much processor time a thread uses between two samples, as in Go: a hundred in a second, for
/// each thread that runs all the time.
const PERIOD: Duration = Duration::from_millis(10);

/// There is one session at a time.
static RUNNING: AtomicBool = AtomicBool::new(false);
/// Where signal handlers leave their samples. It stays, since one of them may come late.
static RING: OnceLock<Ring> = OnceLock::new();

/// Why processor time cannot be sampled.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CpuError {
    /// Somebody else does already.
    #[error("a CPU profile is being taken already")]
    Busy,
    /// The operating system or its sandbox does not let us.
    #[error("this system refuses what a CPU profile needs: {0}")]
    Refused(&'static str),
    /// The operating system could not do it.
    #[error("a CPU profile cannot be taken: {0}")]
    System(#[from] io::Error),
}

/// Handlers take samples while this is there.
#[derive(Debug)]
pub(crate) struct Sampling(&'static Ring);

impl Sampling {
    pub(crate) fn start() -> Result<Self, CpuError> {
        if RUNNING.swap(true, Ordering::AcqRel) {
            return Err(CpuError::Busy);
        }
        let sampling = Self(RING.get_or_init(Ring::default));
        if !stack::can_be_read() {
            return Err(CpuError::Refused("process_vm_readv(2) on itself"));
        }
        let text = Program::running()?.text;
        signal::install()?;
        sampling.0.open(text);
        Ok(sampling)
    }

    /// Takes out what was sampled.
    pub(crate) fn drain(&self, take: impl FnMut(u32, Vec<u64>)) {
        self.0.drain(take);
    }

    /// Takes no more samples; says how many found no room.
    pub(crate) fn end(&self) -> u64 {
        self.0.close()
    }
}

impl Drop for Sampling {
    fn drop(&mut self) {
        self.end();
        RUNNING.store(false, Ordering::Release);
    }
}

/// Samples the stacks of all threads from its start to its end. Whoever holds it calls
/// [`collect`](Self::collect) about ten times a second.
#[derive(Debug)]
pub struct CpuSession {
    /// Deleted before handlers find nobody to take their samples.
    timers: Timers,
    sampling: Sampling,
    started: Instant,
    /// The name of each thread that was ever seen.
    threads: HashMap<u32, String>,
    /// How often each stack of each thread was seen.
    stacks: BTreeMap<(u32, Vec<u64>), u64>,
}

impl CpuSession {
    /// Begins to sample.
    ///
    /// # Errors
    /// When somebody else does, or the system does not let us.
    pub fn start() -> Result<Self, CpuError> {
        let mut session = Self {
            timers: Timers::default(),
            sampling: Sampling::start()?,
            started: Instant::now(),
            threads: HashMap::new(),
            stacks: BTreeMap::new(),
        };
        session.watch_threads()?;
        Ok(session)
    }

    /// Takes in what was sampled, and begins to sample threads that are new. What is not collected
    /// in time is lost, and counted.
    pub fn collect(&mut self) {
        // What cannot be listed now can be the next time.
        let _ = self.watch_threads();
        self.collect_samples();
    }

    fn collect_samples(&mut self) {
        let stacks = &mut self.stacks;
        self.sampling.drain(|thread, stack| {
            *stacks.entry((thread, stack)).or_default() += 1;
        });
    }

    /// Ends, and gives names to what was sampled. Reads the program's symbols, which may take a
    /// second.
    #[must_use]
    pub fn finish(mut self) -> Profile {
        self.timers.clear();
        self.collect_samples();
        let cpu = ValueKind::new("cpu", "nanoseconds");
        let mut profile = Profile::new(vec![ValueKind::new("samples", "count"), cpu]);
        let period = PERIOD.as_nanos() as i64;
        profile.period = Some((cpu, period));
        profile.duration = self.started.elapsed();
        let dropped = self.sampling.end();
        if dropped > 0 {
            profile.comment(format!("{dropped} samples found no room"));
        }
        let mut symbols = Symbols::of_program();
        for ((thread, stack), count) in &self.stacks {
            let name = self.threads.get(thread).map_or("ended", String::as_str);
            let count = *count as i64;
            let values = vec![count, count * period];
            profile.sample(symbols.stack(stack), values, &[("thread", name)]);
        }
        profile
    }

    fn watch_threads(&mut self) -> io::Result<()> {
        let threads = threads()?;
        self.timers.keep(|thread| threads.contains_key(thread));
        for (thread, name) in threads {
            // One that cannot be sampled may just have ended.
            let _ = self.timers.start(thread, PERIOD);
            self.threads.insert(thread, name);
        }
        Ok(())
    }
}

/// The threads of this process and their names (proc_pid_task(5)).
pub(crate) fn threads() -> io::Result<HashMap<u32, String>> {
    let mut threads = HashMap::new();
    for entry in fs::read_dir("/proc/self/task")? {
        let entry = entry?;
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        // A thread that ended meanwhile has no name any more.
        let name = fs::read_to_string(entry.path().join("comm"));
        if let (Some(number), Ok(name)) = (number, name) {
            threads.insert(number, name.trim_end().to_owned());
        }
    }
    Ok(threads)
}
