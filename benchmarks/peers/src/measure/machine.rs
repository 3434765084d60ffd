//! The machine a result was made on: results without it cannot be compared.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use super::process::kilobytes;

/// What is written beside the results.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Machine {
    /// Day of the run, UTC.
    pub date: String,
    /// Processor name.
    pub processor: String,
    /// Number of cores.
    pub cores: usize,
    /// Memory in bytes.
    pub memory: u64,
    /// Kernel release.
    pub kernel: String,
    /// First line of `rustc --version`.
    pub rustc: String,
    /// What other servers, and what runs them, say of their versions.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// Commit of this repository, with `+` when the tree differs from it.
    pub commit: String,
    /// Load average over one minute before the first run. On a quiet machine it is near 0.
    pub load_before: f64,
}

impl Machine {
    /// Looks at this machine, and asks programs for their versions with the word that they take for
    /// that. What cannot be found out is named `unknown`.
    pub fn look(root: &Path, programs: &[(&str, PathBuf, &str)]) -> Self {
        let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let meminfo = fs::read_to_string("/proc/meminfo").unwrap_or_default();
        Self {
            date: said(Command::new("date").args(["-u", "+%F"])),
            processor: processor_name(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            memory: kilobytes(&meminfo, "MemTotal:").unwrap_or(0),
            kernel: release.trim().to_owned(),
            rustc: said(Command::new("rustc").arg("--version")),
            versions: programs
                .iter()
                .map(|(name, program, word)| {
                    let version = said(Command::new(program).arg(word));
                    ((*name).to_owned(), version)
                })
                .collect(),
            commit: commit_of(root),
            load_before: load_average(),
        }
    }
}

/// Kernel slab memory in bytes: sockets and their buffers are in it.
///
/// # Errors
/// When `/proc/meminfo` cannot be read.
pub fn slab() -> io::Result<u64> {
    kilobytes(&fs::read_to_string("/proc/meminfo")?, "Slab:")
}

/// Times the kernel put off a connection because too many waited to be accepted: `ListenOverflows`
/// since it started. 0 where the kernel does not count them.
pub fn put_off() -> u64 {
    let netstat = fs::read_to_string("/proc/net/netstat").unwrap_or_default();
    column(&netstat, "TcpExt:", "ListenOverflows").unwrap_or(0)
}

/// A counter of `/proc/net/netstat`: names in one line, values in the next.
fn column(netstat: &str, group: &str, name: &str) -> Option<u64> {
    let mut lines = netstat.lines().filter(|line| line.starts_with(group));
    let place = lines.next()?.split(' ').position(|word| word == name)?;
    lines.next()?.split(' ').nth(place)?.parse().ok()
}

fn load_average() -> f64 {
    fs::read_to_string("/proc/loadavg")
        .ok()
        .and_then(|text| text.split_ascii_whitespace().next()?.parse().ok())
        .unwrap_or(0.0)
}

fn processor_name() -> String {
    fs::read_to_string("/proc/cpuinfo")
        .ok()
        .and_then(|text| {
            let line = text.lines().find(|line| line.starts_with("model name"))?;
            Some(line.split_once(':')?.1.trim().to_owned())
        })
        .unwrap_or_else(|| "unknown".to_owned())
}

fn commit_of(root: &Path) -> String {
    let commit =
        said(
            Command::new("git")
                .current_dir(root)
                .args(["rev-parse", "--short=12", "HEAD"]),
        );
    // Results that are being written do not make the measured tree another one.
    let but = [
        "--",
        ".",
        ":!benchmarks/peers.md",
        ":!benchmarks/peers.json",
        ":!benchmarks/remembering.md",
        ":!benchmarks/remembering.json",
        ":!benchmarks/pusher.md",
        ":!benchmarks/pusher.json",
        ":!benchmarks/seeing.md",
        ":!benchmarks/seeing.json",
        ":!benchmarks/cluster.md",
        ":!benchmarks/cluster.json",
    ];
    let status = Command::new("git")
        .current_dir(root)
        .args(["status", "--porcelain"])
        .args(but)
        .output();
    let changed = status.is_ok_and(|output| !output.stdout.is_empty());
    if changed { commit + "+" } else { commit }
}

/// The first line a command prints, or `unknown`. Some say their version as if it were an error.
fn said(command: &mut Command) -> String {
    let output = command.output().ok();
    let output = output.filter(|output| output.status.success());
    let text = output.map(|output| [output.stdout, output.stderr].concat());
    let text = text.and_then(|text| String::from_utf8(text).ok());
    let line = text.and_then(|text| Some(text.lines().next()?.trim().to_owned()));
    line.filter(|line| !line.is_empty())
        .unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::process::Command;

    use super::{Machine, column, said, slab};

    #[test]
    fn this_machine_has_a_kernel_and_memory() {
        let nowhere = PathBuf::from("/nonexistent/server");
        let machine = Machine::look(Path::new("."), &[("bun", nowhere, "--version")]);
        assert!(machine.memory > 1 << 20 && machine.cores > 0);
        assert!(!machine.kernel.is_empty());
        assert_eq!(machine.versions["bun"], "unknown");
        assert!(slab().expect("slab") > 0);
    }

    #[test]
    fn a_counter_stands_below_its_name() {
        let netstat = "TcpExt: A ListenOverflows\nTcpExt: 1 7\nIpExt: X\nIpExt: 3\n";
        assert_eq!(column(netstat, "TcpExt:", "ListenOverflows"), Some(7));
        assert_eq!(column(netstat, "IpExt:", "A"), None);
    }

    #[test]
    fn a_failing_command_says_unknown() {
        assert_eq!(said(&mut Command::new("false")), "unknown");
    }
}
