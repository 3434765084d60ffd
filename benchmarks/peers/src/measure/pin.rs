//! Which core a thread runs on, and how many files a process may open.

use std::fs;
use std::io;
use std::str::FromStr;

use rustix::process::{Resource, Rlimit};
use rustix::thread::CpuSet;

/// One processor core, by the number the kernel gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Core(pub usize);

impl Core {
    /// Keeps the calling thread, and every thread and process it starts from here on, to this
    /// core.
    ///
    /// # Errors
    /// When the machine has no such core or the process may not use it.
    pub fn pin_this_thread(self) -> io::Result<()> {
        let mut set = CpuSet::new();
        if self.0 >= CpuSet::MAX_CPU {
            return Err(io::Error::other(format!("there is no core {}", self.0)));
        }
        set.set(self.0);
        rustix::thread::sched_setaffinity(None, &set).map_err(|error| {
            io::Error::other(format!(
                "cannot run on core {}: {error}; two are needed",
                self.0
            ))
        })
    }

    /// Clock ticks this core spent on anything but idling, from `/proc/stat`.
    pub(super) fn busy_ticks(self) -> io::Result<u64> {
        let stat = fs::read_to_string("/proc/stat")?;
        busy_of(&stat, self.0)
            .ok_or_else(|| io::Error::other(format!("no line cpu{} in /proc/stat", self.0)))
    }
}

impl FromStr for Core {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// The columns are user, nice, system, idle, iowait, irq, softirq, steal (proc_stat(5)). Steal
/// is time the host gave to another machine: nobody here was busy in it.
fn busy_of(stat: &str, core: usize) -> Option<u64> {
    let name = format!("cpu{core} ");
    let line = stat.lines().find_map(|line| line.strip_prefix(&name))?;
    let columns: Vec<u64> = line.split_ascii_whitespace().flat_map(str::parse).collect();
    match columns.as_slice() {
        [user, nice, system, _idle, _iowait, irq, softirq, ..] => {
            Some(user + nice + system + irq + softirq)
        }
        _ => None,
    }
}

/// Raises the soft limit of open files to the hard one, for this process and what it starts.
/// Returns the limit.
///
/// # Errors
/// When the kernel refuses, which it does not for a value up to the hard limit.
pub fn raise_file_limit() -> io::Result<u64> {
    let limit = rustix::process::getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    rustix::process::setrlimit(Resource::Nofile, wanted)?;
    Ok(limit.maximum.unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::{Core, busy_of, raise_file_limit};

    #[test]
    fn busy_leaves_out_idle_iowait_and_steal() {
        let stat = "cpu  9 9 9 9 9 9 9 9 0 0\ncpu1 1 2 4 100 200 8 16 400 0 0\n";
        assert_eq!(busy_of(stat, 1), Some(31));
        assert_eq!(busy_of(stat, 0), None);
    }

    #[test]
    fn a_core_that_is_not_there_is_an_error() {
        assert!(Core(1_000_000).pin_this_thread().is_err());
    }

    #[test]
    fn the_file_limit_is_raised_to_the_hard_one() {
        let limit = raise_file_limit().expect("allowed");
        let now = rustix::process::getrlimit(rustix::process::Resource::Nofile);
        assert_eq!(now.current.unwrap_or(u64::MAX), limit);
    }
}
