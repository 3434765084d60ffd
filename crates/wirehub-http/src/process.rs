//! What the operating system counts for this process.

use std::fs;

/// Figures of this process; `None` where the operating system does not tell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Process {
    /// Open file descriptors.
    pub(crate) open_descriptors: Option<u64>,
    /// How many file descriptors it may open.
    pub(crate) descriptors_max: Option<u64>,
    /// Memory it occupies, in bytes.
    pub(crate) resident_bytes: Option<u64>,
    /// Processor time it used, in seconds.
    pub(crate) cpu_seconds: Option<f64>,
    /// Threads it has.
    pub(crate) threads: Option<u64>,
}

impl Process {
    /// Reads Linux's `/proc` (proc_pid_status(5), proc_pid_limits(5)).
    pub(crate) fn read() -> Self {
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
        Self {
            open_descriptors: fs::read_dir("/proc/self/fd")
                .ok()
                .map(|open| open.count() as u64),
            descriptors_max: first_number(&limits, "Max open files"),
            resident_bytes: first_number(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024),
            cpu_seconds: cpu_ticks(&stat).map(|ticks| ticks as f64 / TICKS_PER_SECOND),
            threads: first_number(&status, "Threads:"),
        }
    }
}

/// The unit of times in `/proc/self/stat`, the same on every Linux that Rust runs on.
const TICKS_PER_SECOND: f64 = 100.0;

/// User and system time, the 14th and 15th field of proc_pid_stat(5). The second, a name, may hold
/// blanks and brackets.
fn cpu_ticks(stat: &str) -> Option<u64> {
    let (_, behind_name) = stat.rsplit_once(')')?;
    let mut fields = behind_name.split_whitespace().skip(11);
    let mut next = || fields.next()?.parse::<u64>().ok();
    Some(next()? + next()?)
}

/// The first number after the label that begins a line.
fn first_number(text: &str, label: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(label))?;
    rest.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_first_number_after_a_label() {
        let limits = "Max processes  1  2  p\nMax open files            1024    4096    files\n";
        assert_eq!(first_number(limits, "Max open files"), Some(1024));
        let status = "VmHWM:\t  90 kB\nVmRSS:\t  12345 kB\n";
        assert_eq!(first_number(status, "VmRSS:"), Some(12_345));
        assert_eq!(
            first_number("Max open files unlimited", "Max open files"),
            None
        );
        assert_eq!(first_number("", "VmRSS:"), None);
    }

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "7 (wire) hub) S 1 7 7 0 -1 4194304 100 0 0 0 250 50 0 0 20 0 9 0 100 1 1";
        assert_eq!(cpu_ticks(stat), Some(300));
        assert_eq!(cpu_ticks("7 (x) S 1"), None);
        assert!(Process::read().cpu_seconds.is_some());
    }
}
