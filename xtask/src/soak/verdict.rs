//! What a long run showed.

use std::time::Duration;

use crate::soak::admin::Leaks;
use crate::soak::reading::{Reading, mebibytes};

/// What is known at the end.
pub(crate) struct Verdict {
    pub(crate) time: Duration,
    /// What the crowd did, in words.
    pub(crate) done: String,
    /// What was wrong with that.
    pub(crate) fault: Option<String>,
    /// Before the crowd came.
    pub(crate) start: Reading,
    /// While it was there.
    pub(crate) readings: Vec<Reading>,
    /// After it had gone.
    pub(crate) end: Reading,
    pub(crate) found: Leaks,
}

/// A line of the table: its name, and what it shows of a reading.
type Row = (&'static str, fn(&Reading) -> String);

const HEAD: &str = "\
| | start | first half, peak | second half, peak | end |
|---|--:|--:|--:|--:|";

impl Verdict {
    /// What is not as it should be.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::from_iter(self.fault.clone());
        if self.found.found > 0 {
            faults.push(self.found.to_string());
        }
        if self.found.checks == 0 {
            faults.push("the server never looked for leaks".to_owned());
        }
        if !self.end.is_like(&self.start) {
            faults.push(format!(
                "at the end there were {}, at the start {}",
                self.end, self.start
            ));
        }
        faults
    }

    /// The numbers as a Markdown table.
    pub(crate) fn table(&self) -> String {
        let (first, second) = self.readings.split_at(self.readings.len() / 2);
        let peak = |half: &[Reading]| half.iter().copied().fold(Reading::default(), Reading::most);
        let columns = [self.start, peak(first), peak(second), self.end];
        let rows: [Row; 7] = [
            ("resident memory, MiB", |it| mebibytes(it.resident)),
            ("allocated memory, MiB", |it| mebibytes(it.allocated)),
            ("accounted for by owners, MiB", |it| mebibytes(it.accounted)),
            ("descriptors", |it| it.descriptors.to_string()),
            ("tasks and threads", |it| it.tasks.to_string()),
            ("connections", |it| it.connections.to_string()),
            ("sessions that wait", |it| it.sessions.to_string()),
        ];
        let rows = rows.map(|(name, value)| {
            let values = columns.iter().map(value);
            let values: Vec<_> = values.collect();
            format!("| {name} | {} |", values.join(" | "))
        });
        format!("{HEAD}\n{}", rows.join("\n"))
    }

    /// The page that keeps a run.
    pub(crate) fn page(&self, made: &str) -> String {
        let minutes = self.time.as_secs() / 60;
        let faults = self.faults();
        let judged = if faults.is_empty() {
            "Nothing was left over.".to_owned()
        } else {
            format!("**Not passed**: {}.", faults.join("; "))
        };
        let Self { done, found, .. } = self;
        let table = self.table();
        format!(
            "# Soak\n\n\
             Written by `cargo xtask soak --write`. A crowd comes and goes for a long time: polite \
             clients, clients over plain HTTP, clients that are cut off and resume, sockets that \
             are gone without a word, half handshakes, and bytes that are no HTTP. The server must \
             report no leak at any time, and at the end have no more descriptors and tasks than \
             before. Memory of the second half beside the first shows whether it grows.\n\n\
             {minutes} minutes: {done}. {found}. {judged}\n\n{table}\n\n{made}.\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict() -> Verdict {
        let reading = |tasks, connections| Reading {
            tasks,
            connections,
            ..Reading::default()
        };
        Verdict {
            time: Duration::from_mins(10),
            done: "5 visits".to_owned(),
            fault: None,
            start: reading(3, 0),
            readings: vec![reading(9, 5), reading(7, 6), reading(8, 4), reading(6, 7)],
            end: reading(3, 0),
            found: Leaks {
                checks: 60,
                ..Leaks::default()
            },
        }
    }

    #[test]
    fn a_run_without_a_leak_passes() {
        let verdict = verdict();
        assert_eq!(verdict.faults(), Vec::<String>::new());
        let page = verdict.page("today");
        assert!(page.contains("10 minutes: 5 visits. 0 leaks in 60 looks. Nothing was left over."));
        assert!(
            page.contains("\n| tasks and threads | 3 | 9 | 8 | 3 |\n"),
            "{page}"
        );
        assert!(page.ends_with("\n\ntoday.\n"));
    }

    #[test]
    fn what_stays_behind_or_was_ever_found_is_a_fault() {
        let mut left = verdict();
        left.end.tasks = 30;
        let mut leaked = verdict();
        leaked.found.found = 1;
        let mut blind = verdict();
        blind.found.checks = 0;
        for (verdict, word) in [(left, "30 tasks"), (leaked, "1 leaks"), (blind, "never")] {
            let faults = verdict.faults();
            assert!(faults.len() == 1 && faults[0].contains(word), "{faults:?}");
            assert!(verdict.page("").contains("**Not passed**"));
        }
    }
}
