//! The memory of the process.

use std::fs;

use rustix::param::page_size;

/// Memory that the process occupies, in bytes; `None` where the operating system does not tell.
pub(crate) fn resident_bytes() -> Option<usize> {
    // The second number of proc_pid_statm(5).
    let pages = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = pages.split_whitespace().nth(1)?.parse().ok()?;
    Some(pages * page_size())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_occupies_some_memory() {
        let bytes = resident_bytes().unwrap();
        assert!((100_000..100_000_000_000).contains(&bytes), "{bytes}");
    }
}
