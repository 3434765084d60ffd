//! How old a task may become, by its kind.

use std::{collections::BTreeSet, time::Duration};

use super::{Leak, LeakKind};
use crate::{HubSettings, TaskInfo, TaskState};

/// What a task may take beyond its own bound, on a machine that is busy.
const GRACE: Duration = Duration::from_secs(60);
/// How long a broker may take for one thing that it was asked; a disk may hang for long.
const BROKER: Duration = Duration::from_secs(600);
/// What waits for an answer from elsewhere gives up after seconds.
const ELSEWHERE: Duration = Duration::from_secs(60);

/// What bounds a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Allowance {
    /// It ends within this time.
    Age(Duration),
    /// It may go on, but something wakes it within this time.
    Silence(Duration),
    /// It is there as long as the hub is, and may wait as long.
    Life,
}

fn allowance(kind: &str, settings: &HubSettings) -> Allowance {
    match kind {
        "call" => Allowance::Age(settings.call_timeout),
        "authentication" | "proof" | "hand-over" => Allowance::Age(ELSEWHERE),
        "broker" => Allowance::Age(BROKER),
        // A client that asks over HTTP may ask for more; each time it has this long.
        "handshake" => Allowance::Silence(settings.limits.handshake_timeout * 2),
        _ => Allowance::Life,
    }
}

/// Whether a task holds a socket that no shard has.
pub(super) fn holds_a_socket(task: &TaskInfo) -> bool {
    ["handshake", "hand-over"].contains(&task.kind)
}

/// Tasks that should have ended, or been woken.
pub(super) fn overdue(tasks: &[TaskInfo], settings: &HubSettings) -> BTreeSet<Leak> {
    let overdue = tasks
        .iter()
        .filter(|task| match allowance(task.kind, settings) {
            Allowance::Age(most) => task.age > most + GRACE,
            Allowance::Silence(most) => {
                task.state == TaskState::Waiting && task.since > most + GRACE
            }
            Allowance::Life => false,
        });
    overdue.map(Leak::from).collect()
}

impl From<&TaskInfo> for Leak {
    fn from(task: &TaskInfo) -> Self {
        Self {
            kind: LeakKind::Task,
            what: format!("{} number {}", task.kind, task.number),
            born: format!("{}:{} ({})", task.file, task.line, task.function),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(kind: &'static str, age: u64, since: u64) -> TaskInfo {
        TaskInfo {
            number: 1,
            kind,
            function: "f",
            file: "a.rs",
            line: 7,
            age: Duration::from_secs(age),
            state: TaskState::Waiting,
            since: Duration::from_secs(since),
            polls: 1,
            busy: Duration::ZERO,
        }
    }

    #[test]
    fn a_task_may_be_as_old_as_its_kind_allows() {
        let settings = HubSettings::default();
        let hour = 3_600;
        for (found, fine) in [
            (task("call", 91, 1), task("call", 90, 90)),
            (task("proof", 121, 1), task("proof", 120, 1)),
            (task("broker", hour, 1), task("broker", 600, 600)),
            (task("handshake", 81, 81), task("handshake", hour, 80)),
        ] {
            let tasks = [found, fine];
            assert_eq!(
                overdue(&tasks, &settings),
                BTreeSet::from([Leak::from(&found)])
            );
        }
        let acceptor = task("acceptor", hour * 24, hour * 24);
        assert_eq!(overdue(&[acceptor], &settings), BTreeSet::new());
    }
}
