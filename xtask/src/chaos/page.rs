//! All rounds in one table.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use crate::chaos::broker;
use crate::chaos::crowd::Tally;
use crate::chaos::fault::Fault;
use crate::chaos::round::Found;

/// What became of each fault.
#[derive(Default)]
pub(crate) struct Table {
    rows: BTreeMap<Fault, Row>,
    left_out: Vec<(Fault, &'static str)>,
    versions: String,
}

/// All rounds of one fault, on one cluster.
pub(crate) struct Played {
    pub(crate) fault: Fault,
    pub(crate) found: Vec<Found>,
    /// What was wrong when the cluster was ended.
    pub(crate) wrong: Vec<String>,
    /// What it was made of, with versions.
    pub(crate) versions: String,
}

/// The rounds of one fault, added up.
#[derive(Default)]
struct Row {
    rounds: u32,
    passed: u32,
    tally: Tally,
    ghosts: usize,
    /// The longest.
    whole_after: Duration,
    faults: Vec<String>,
}

const HEAD: &str = "\
| fault | passed | acknowledged | heard | refused or unsent | lost | twice | out of order | gaps | \
ghosts | whole after, s |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|";

impl Table {
    /// What was measured, with versions.
    pub(crate) fn measured_with(&self) -> &str {
        &self.versions
    }

    /// A fault was played.
    pub(crate) fn add(&mut self, played: Played) {
        let row = self.rows.entry(played.fault).or_default();
        for found in played.found {
            row.rounds += 1;
            row.passed += u32::from(found.faults.is_empty());
            row.tally.add(&found.tally);
            row.ghosts += found.ghosts;
            row.whole_after = row.whole_after.max(found.whole_after.unwrap_or_default());
            row.faults.extend(found.faults);
        }
        if !played.wrong.is_empty() {
            // The last round is to blame as much as any.
            row.passed = row.passed.saturating_sub(1);
            row.faults.extend(played.wrong);
        }
        self.versions = played.versions;
    }

    /// A fault could not be played here.
    pub(crate) fn left_out(&mut self, fault: Fault, reason: &'static str) {
        self.left_out.push((fault, reason));
    }

    /// How many rounds have not passed.
    pub(crate) fn faults(&self) -> u32 {
        self.rows.values().map(|row| row.rounds - row.passed).sum()
    }

    /// The table, and what was wrong.
    pub(crate) fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for (fault, row) in &self.rows {
            let tally = &row.tally;
            // Writing to a string does not fail.
            let _ = write!(
                text,
                "\n| {} | {} of {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.1} |",
                fault.name(),
                row.passed,
                row.rounds,
                tally.acknowledged,
                tally.delivered,
                tally.refused,
                tally.lost,
                tally.duplicated,
                tally.reordered,
                tally.gaps,
                row.ghosts,
                row.whole_after.as_secs_f64()
            );
        }
        text
    }

    /// The page that keeps it.
    pub(crate) fn page(&self, broker: &str, made: &str) -> String {
        let mut text = format!(
            "# Chaos\n\nWritten by `cargo xtask chaos --broker {broker} --write`. Three nodes meet \
             on a broker that\nwrites to its disk before it answers, `wirehub load` speaks to all \
             of them, and each fault comes so\nmany times. A round passes when nothing \
             acknowledged was lost, came twice or out of order, no node\nadmitted a gap, everybody \
             was back at the end, each node told of exactly the members that there were\n(and of \
             none when all had gone), and no node ended by itself.\n\n"
        );
        if let Some(about) = broker::about(broker) {
            let _ = write!(text, "{about}\n\n");
        }
        let _ = write!(text, "{}\n\n", self.text());
        text.push_str(
            "**Refused or unsent** are publications that were due while their node had no broker, \
             or their publisher no\nnode: whoever publishes is told, and nobody hears them. \
             **Whole after** is the longest time from the end\nof a fault until each node told \
             of exactly those who were there.\n\n",
        );
        for fault in self.rows.keys() {
            let _ = writeln!(text, "- `{}`: {}", fault.name(), fault.about());
        }
        for (fault, reason) in &self.left_out {
            let (name, about) = (fault.name(), fault.about());
            let _ = writeln!(text, "- `{name}`: {about}; not played: {reason}");
        }
        for (fault, row) in &self.rows {
            for wrong in &row.faults {
                let _ = writeln!(text, "- **`{}` failed**: {wrong}", fault.name());
            }
        }
        let _ = write!(text, "\n{made}\n");
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{Played, Table};
    use crate::chaos::crowd::Tally;
    use crate::chaos::fault::Fault;
    use crate::chaos::round::Found;

    fn found(faults: &[&str]) -> Found {
        Found {
            tally: Tally {
                acknowledged: 10,
                ..Tally::default()
            },
            faults: faults.iter().map(|fault| (*fault).to_owned()).collect(),
            ..Found::default()
        }
    }

    #[test]
    fn rounds_are_added_up_and_those_that_failed_counted() {
        let played = |fault, found, wrong: &[&str]| Played {
            fault,
            found,
            wrong: wrong.iter().map(|wrong| (*wrong).to_owned()).collect(),
            versions: "all of today".to_owned(),
        };
        let mut table = Table::default();
        table.add(played(
            Fault::KillNode,
            vec![found(&[]), found(&["7 lost"])],
            &[],
        ));
        assert_eq!(table.faults(), 1);
        table.add(played(
            Fault::KillBroker,
            vec![found(&[])],
            &["node 1: it panicked"],
        ));
        table.left_out(Fault::LateLines, "no way");
        assert_eq!(table.faults(), 2);
        let page = table.page("redis", "today");
        assert!(page.contains("| kill-node | 1 of 2 | 20 |"), "{page}");
        assert!(page.contains("**`kill-node` failed**: 7 lost"), "{page}");
        assert!(page.contains("not played: no way"), "{page}");
        assert!(page.ends_with("\ntoday\n"));
    }
}
