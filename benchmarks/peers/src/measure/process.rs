//! One process as the kernel accounts for it: `/proc/PID`.

use std::fs;
use std::io;
use std::time::Instant;

use super::pin::Core;
use crate::outcome::Cpu;

/// A running process, looked at from outside.
#[derive(Debug, Clone, Copy)]
pub struct Process {
    pid: u32,
}

impl Process {
    /// The process with this id. Nothing is checked: a wrong id shows in the first reading.
    pub fn new(pid: u32) -> Self {
        Self { pid }
    }

    /// Resident memory in bytes: the exact sum over the mappings, because the counters behind
    /// `VmRSS` are kept per thread and lag behind.
    ///
    /// # Errors
    /// When the process is gone or belongs to somebody else.
    pub fn rss(self) -> io::Result<u64> {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.pid))?;
        kilobytes(&rollup, "Rss:")
    }

    /// Forgets the most resident memory so far: [`Process::rss_peak`] begins anew (proc(5),
    /// `clear_refs`).
    ///
    /// # Errors
    /// As for [`Process::rss`].
    pub fn reset_rss_peak(self) -> io::Result<()> {
        fs::write(format!("/proc/{}/clear_refs", self.pid), "5")
    }

    /// The most resident memory in bytes. Short of a few hundred kilobytes, because the counters
    /// behind it are kept per thread.
    ///
    /// # Errors
    /// As for [`Process::rss`].
    pub fn rss_peak(self) -> io::Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        kilobytes(&status, "VmHWM:")
    }

    /// Open file descriptors.
    ///
    /// # Errors
    /// As for [`Process::rss`].
    pub fn descriptors(self) -> io::Result<u64> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.pid))?.count() as u64)
    }

    /// User and system clock ticks used so far, all threads together.
    fn ticks(self) -> io::Result<(u64, u64)> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        ticks_of(&stat).ok_or_else(|| io::Error::other("no times in /proc/PID/stat"))
    }
}

/// Reads a line `NAME   123 kB` and returns bytes.
pub(super) fn kilobytes(text: &str, name: &str) -> io::Result<u64> {
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .and_then(|rest| {
            rest.trim()
                .trim_end_matches("kB")
                .trim()
                .parse::<u64>()
                .ok()
        })
        .map(|kilobytes| kilobytes * 1024)
        .ok_or_else(|| io::Error::other(format!("no line {name} where the kernel writes it")))
}

/// Fields 14 and 15 of proc_pid_stat(5). The name in field 2 may hold blanks and parentheses, so
/// counting starts after the last `)`.
fn ticks_of(stat: &str) -> Option<(u64, u64)> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Takes readings at the start of a measured time and gives the difference at its end.
#[derive(Debug)]
pub struct Meter {
    /// With the ticks that each had used at the start.
    processes: Vec<(Process, (u64, u64))>,
    core: Core,
    started: Instant,
    busy: u64,
}

impl Meter {
    /// Starts measuring processes that are pinned to `core`.
    ///
    /// # Errors
    /// When one is gone.
    pub fn start(processes: &[Process], core: Core) -> io::Result<Self> {
        let read = |process: &Process| Ok((*process, process.ticks()?));
        Ok(Self {
            processes: processes.iter().map(read).collect::<io::Result<_>>()?,
            core,
            started: Instant::now(),
            busy: core.busy_ticks()?,
        })
    }

    /// What was used since the start, by all of them.
    ///
    /// # Errors
    /// When one is gone.
    pub fn stop(&self) -> io::Result<Cpu> {
        self.stop_each().map(|(cpu, _)| cpu)
    }

    /// What was used since the start, and the seconds of it that each process used.
    ///
    /// # Errors
    /// When one is gone.
    pub fn stop_each(&self) -> io::Result<(Cpu, Vec<f64>)> {
        let elapsed = self.started.elapsed().as_secs_f64();
        let hertz = rustix::param::clock_ticks_per_second() as f64;
        let seconds = |now: u64, then: u64| now.saturating_sub(then) as f64 / hertz;
        let (mut server_user, mut each) = (0.0, Vec::new());
        for (process, then) in &self.processes {
            let (user, system) = process.ticks()?;
            server_user += seconds(user, then.0);
            each.push(seconds(user, then.0) + seconds(system, then.1));
        }
        let server = each.iter().sum();
        let core = seconds(self.core.busy_ticks()?, self.busy);
        let cpu = Cpu {
            server,
            server_user,
            core_busy: (core / elapsed).min(1.0),
            core_foreign: ((core - server) / elapsed).clamp(0.0, 1.0),
        };
        Ok((cpu, each))
    }
}

#[cfg(test)]
mod tests {
    use super::{Process, kilobytes, ticks_of};

    #[test]
    fn ticks_survive_a_hostile_process_name() {
        let stat = "42 (a) 1 (b c) S 1 42 42 0 -1 4194560 5 6 7 8 1234 567 0 0 20 0 1 0 9 10";
        assert_eq!(ticks_of(stat), Some((1234, 567)));
        assert_eq!(ticks_of("42 (cut) S 1"), None);
    }

    #[test]
    fn kilobytes_become_bytes() {
        assert_eq!(
            kilobytes("Pss:  1 kB\nRss:        12 kB\n", "Rss:").expect("there"),
            12_288
        );
        assert!(kilobytes("Pss: 1 kB\n", "Rss:").is_err());
    }

    #[test]
    fn this_process_has_memory_and_descriptors() {
        let own = Process::new(std::process::id());
        assert!(own.rss().expect("own memory") > 100_000);
        assert!(own.descriptors().expect("own descriptors") >= 3);
        assert!(own.ticks().is_ok());
        assert!(own.rss_peak().expect("own peak") > 100_000);
    }
}
