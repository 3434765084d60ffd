//! What a server takes at one moment.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};

/// What may be there at the end beyond what was there at the start: threads of the runtime that
/// come and go, and the request that asks.
const DESCRIPTORS: u64 = 4;
const TASKS: u64 = 2;

/// Numbers of a process, and what it says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Memory it occupies, in bytes.
    pub(crate) resident: u64,
    /// Memory that it has allocated, in bytes.
    pub(crate) allocated: u64,
    /// What owners account for of it, in bytes.
    pub(crate) accounted: u64,
    pub(crate) descriptors: u64,
    pub(crate) tasks: u64,
    pub(crate) connections: u64,
    /// Sessions that wait for their clients.
    pub(crate) sessions: u64,
}

impl Reading {
    /// Reads `/proc` of the process and the text of its metrics.
    pub(crate) fn of(pid: u32, metrics: &str) -> Result<Self> {
        let folder = Path::new("/proc").join(pid.to_string());
        let sum = |name: &str| sum(metrics, name);
        Ok(Self {
            resident: resident(pid)?,
            allocated: sum("wirehub_memory_allocated_bytes")?,
            accounted: sum("wirehub_memory_bytes")?,
            descriptors: std::fs::read_dir(folder.join("fd"))?.count() as u64,
            tasks: sum("wirehub_tasks")?,
            connections: sum("wirehub_connections")?,
            sessions: sum("wirehub_sessions_parked")?,
        })
    }

    /// Whether nobody is there, and no more descriptors and tasks than in another reading.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        self.connections + self.sessions == 0
            && self.descriptors <= other.descriptors + DESCRIPTORS
            && self.tasks <= other.tasks + TASKS
    }

    /// The most of each number in two readings.
    pub(crate) fn most(self, other: Self) -> Self {
        Self {
            resident: self.resident.max(other.resident),
            allocated: self.allocated.max(other.allocated),
            accounted: self.accounted.max(other.accounted),
            descriptors: self.descriptors.max(other.descriptors),
            tasks: self.tasks.max(other.tasks),
            connections: self.connections.max(other.connections),
            sessions: self.sessions.max(other.sessions),
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            descriptors,
            tasks,
            connections,
            ..
        } = self;
        let (resident, allocated) = (mebibytes(self.resident), mebibytes(self.allocated));
        write!(
            f,
            "{connections} connections, {resident} MiB resident, {allocated} MiB allocated, \
             {descriptors} descriptors, {tasks} tasks"
        )
    }
}

/// Memory that a process occupies, in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    let status = status.context("the process has ended")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let resident = line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
    Ok(resident.context("no VmRSS in /proc/PID/status")? * 1024)
}

pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}

/// The sum over all labels of a metric in Prometheus' text format.
pub(crate) fn sum(metrics: &str, name: &str) -> Result<u64> {
    let values = metrics.lines().filter_map(|line| {
        let rest = line.strip_prefix(name)?;
        let rest = rest.starts_with([' ', '{']).then_some(rest)?;
        rest.rsplit(' ').next()?.parse::<f64>().ok()
    });
    let values: Vec<_> = values.collect();
    if values.is_empty() {
        anyhow::bail!("the server has no metric `{name}`");
    }
    Ok(values.iter().sum::<f64>() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_summed_over_their_labels() {
        let metrics = "# HELP wirehub_tasks Tasks.\nwirehub_tasks{kind=\"a b\"} 2\n\
                       wirehub_tasks{kind=\"c\"} 3\nwirehub_tasks_total 9\nwirehub_one 1\n";
        assert_eq!(sum(metrics, "wirehub_tasks").unwrap(), 5);
        assert_eq!(sum(metrics, "wirehub_one").unwrap(), 1);
        assert!(sum(metrics, "wirehub_two").is_err());
    }

    #[test]
    fn a_server_is_as_before_when_everybody_and_everything_is_gone() {
        let start = Reading {
            descriptors: 20,
            tasks: 9,
            ..Reading::default()
        };
        assert!(start.is_like(&start));
        for more in [
            Reading {
                connections: 1,
                ..start
            },
            Reading {
                sessions: 1,
                ..start
            },
            Reading {
                descriptors: 25,
                ..start
            },
            Reading { tasks: 12, ..start },
        ] {
            assert!(!more.is_like(&start), "{more:?}");
        }
    }
}
