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
}

impl Process {
    /// Reads Linux's `/proc` (proc_pid_status(5), proc_pid_limits(5)).
    pub(crate) fn read() -> Self {
        let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        Self {
            open_descriptors: fs::read_dir("/proc/self/fd")
                .ok()
                .map(|open| open.count() as u64),
            descriptors_max: first_number(&limits, "Max open files"),
            resident_bytes: first_number(&status, "VmRSS:").map(|kilobytes| kilobytes * 1024),
        }
    }
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
}
