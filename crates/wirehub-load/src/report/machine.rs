//! The machine that a load came from.

use std::{fs, thread};

use serde::Serialize;

/// The machine that a load came from: figures of one do not hold for another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The operating system and the version of its kernel.
    pub system: Option<String>,
    /// The name of the processor.
    pub processor: Option<String>,
    /// Cores that this process may use.
    pub cores: Option<usize>,
    /// Memory in bytes.
    pub memory: Option<u64>,
    /// The program that made the load, with its version.
    pub program: Option<String>,
}

impl Machine {
    /// This one. What cannot be found out is left out.
    #[must_use]
    pub fn here() -> Self {
        let kernel = read("/proc/sys/kernel/osrelease");
        let system = kernel.map(|kernel| format!("Linux {}", kernel.trim()));
        let memory = read("/proc/meminfo").and_then(|text| {
            let kibibytes = field(&text, "MemTotal")?.split(' ').next()?.parse::<u64>();
            kibibytes.ok()?.checked_mul(1_024)
        });
        Self {
            system: system.or_else(|| Some(std::env::consts::OS.to_owned())),
            processor: read("/proc/cpuinfo").and_then(|text| field(&text, "model name")),
            cores: thread::available_parallelism().ok().map(usize::from),
            memory,
            program: Some(format!("wirehub {}", env!("CARGO_PKG_VERSION"))),
        }
    }
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

/// What stands behind a name and a colon, the first time.
fn field(text: &str, name: &str) -> Option<String> {
    let fields = text.lines().filter_map(|line| line.split_once(':'));
    let mut values = fields.filter(|(key, _)| key.trim() == name);
    values.next().map(|(_, value)| value.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_by_their_name() {
        let text = "MemFree: 1 kB\nMemTotal:       24 kB\n";
        assert_eq!(field(text, "MemTotal").as_deref(), Some("24 kB"));
        assert_eq!(field(text, "Mem"), None);
    }

    #[test]
    fn this_machine_has_a_core() {
        assert!(Machine::here().cores.is_some_and(|cores| cores > 0));
    }
}
