//! A process as the kernel accounts for it.

use std::{fs, io};

use crate::outcome::Reading;

/// Reads what `/proc/PID` says. What may not be seen is left out, as long as anything may.
pub(super) fn read(process: u32, reading: &mut Reading) -> io::Result<()> {
    let folder = format!("/proc/{process}");
    let stat = fs::read_to_string(format!("{folder}/stat"))?;
    if let Some((ticks, threads)) = of_stat(&stat) {
        let hertz = rustix::param::clock_ticks_per_second().max(1);
        reading.cpu = Some(ticks as f64 / hertz as f64);
        reading.tasks = reading.tasks.or(Some(threads));
    }
    let status = fs::read_to_string(format!("{folder}/status"))?;
    reading.memory = kilobytes(&status, "VmRSS:").or(reading.memory);
    // The descriptors of somebody else's process may not be counted.
    if let Ok(entries) = fs::read_dir(format!("{folder}/fd")) {
        reading.descriptors = Some(entries.count() as u64);
    }
    Ok(())
}

/// Reads what the whole machine counts about connections that were not let in.
pub(super) fn read_machine(reading: &mut Reading) {
    if let Ok(text) = fs::read_to_string("/proc/net/netstat") {
        reading.accept_overflows = counter(&text, "TcpExt:", "ListenOverflows");
        reading.syn_drops = counter(&text, "TcpExt:", "ListenDrops");
    }
}

/// Processor time in ticks, and threads: fields 14, 15 and 20 of proc_pid_stat(5). The name in
/// field 2 may hold blanks and parentheses, so counting starts after the last `)`.
fn of_stat(stat: &str) -> Option<(u64, u64)> {
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some((field(14)? + field(15)?, field(20)?))
}

/// A line `NAME   123 kB`, in bytes.
fn kilobytes(text: &str, name: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    let number: u64 = rest.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(number * 1_024)
}

/// A counter in a table whose names stand in one line and whose numbers stand in the next.
fn counter(text: &str, table: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(table));
    let (names, numbers) = (lines.next()?, lines.next()?);
    let place = names.split_whitespace().position(|found| found == name)?;
    numbers.split_whitespace().nth(place)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_survive_a_hostile_process_name() {
        let stat = "42 (a) 1 (b c) S 1 42 42 0 -1 4194560 5 6 7 8 1234 566 0 0 20 0 9 0 9 10";
        assert_eq!(of_stat(stat), Some((1_800, 9)));
        assert_eq!(of_stat("42 (cut) S 1"), None);
    }

    #[test]
    fn counters_are_found_by_their_names() {
        let text = "TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 1 22 333\nIpExt: A\nIpExt: 4\n";
        assert_eq!(counter(text, "TcpExt:", "ListenOverflows"), Some(22));
        assert_eq!(counter(text, "TcpExt:", "ListenDrops"), Some(333));
        assert_eq!(counter(text, "TcpExt:", "None"), None);
        assert_eq!(counter("", "TcpExt:", "None"), None);
    }
}
