//! What many connections took, as it is kept.

use std::fmt::Write as _;
use std::time::Duration;

use anyhow::Result;

use super::crowd::End;
use super::kernel::Kernel;
use crate::soak::reading::mebibytes;

/// What was found.
pub(super) struct Found {
    pub(super) nodes: usize,
    /// The fewest connections that were open at any look, publishers included.
    pub(super) fewest: u64,
    pub(super) heartbeats: u64,
    /// Memory that all hubs occupy, and what they allocated: before, and at the end of the hold.
    pub(super) resident: (u64, u64),
    pub(super) allocated: (u64, u64),
    /// Memory that all crowds occupy.
    pub(super) crowds: u64,
    /// Before the hubs, before the crowds, and at the end of the hold.
    pub(super) kernel: (Kernel, Kernel, Kernel),
    pub(super) ends: Vec<End>,
}

/// A run.
pub(super) struct Page {
    pub(super) connections: u32,
    pub(super) time: Duration,
    /// How long it took until all were open.
    pub(super) opened: Duration,
    /// Whether the hubs met on a broker.
    pub(super) meets: bool,
    pub(super) found: Found,
    pub(super) made: String,
}

impl Page {
    /// What is not as it should be.
    pub(super) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let ends = &self.found.ends;
        let lost: u64 = ends.iter().map(|end| end.lost).sum();
        if lost > 0 {
            faults.push(format!("{lost} connections ended that were to stay"));
        }
        let wanted = u64::from(self.connections) + self.found.nodes as u64;
        if self.found.fewest < wanted {
            let fewest = self.found.fewest;
            faults.push(format!("at a moment only {fewest} of {wanted} were open"));
        }
        if self.found.heartbeats == 0 {
            faults.push("nobody's heart was asked for; hold them longer".to_owned());
        }
        faults
    }

    /// The figures as a Markdown table.
    pub(super) fn table(&self) -> String {
        let found = &self.found;
        let each = f64::from(self.connections);
        let beyond = |(before, now): (u64, u64)| (now as f64 - before as f64) / each;
        let (_, idle, full) = &found.kernel;
        let mut table = "| | bytes a connection | all, MiB |\n|---|--:|--:|\n".to_owned();
        let mut row = |name: &str, each: f64, all: String| {
            let _ = writeln!(table, "| {name} | {each:.0} | {all} |");
        };
        row(
            "hubs, resident",
            beyond(found.resident),
            mebibytes(found.resident.1),
        );
        row(
            "hubs, allocated",
            beyond(found.allocated),
            mebibytes(found.allocated.1),
        );
        row(
            "crowds, resident",
            found.crowds as f64 / each,
            mebibytes(found.crowds),
        );
        for (name, bytes) in full.beyond(idle, each) {
            let all = (bytes * each).max(0.0) as u64;
            row(&format!("kernel, {name}"), bytes, mebibytes(all));
        }
        let taken = idle.available.saturating_sub(full.available);
        row("the whole machine", taken as f64 / each, mebibytes(taken));
        table
    }

    /// The page that keeps it.
    pub(super) fn text(&self) -> Result<String> {
        let found = &self.found;
        let ends = &found.ends;
        let failed: u64 = ends.iter().map(|end| end.failed).sum();
        let judged = match self.faults().as_slice() {
            [] => "None was lost.".to_owned(),
            faults => format!("**Not passed**: {}.", faults.join("; ")),
        };
        let hubs = match self.meets {
            true => "hubs that meet on one Redis",
            false => "hubs of their own",
        };
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease")?;
        let made: u64 = ends.iter().map(|end| end.made).sum();
        Ok(format!(
            "# Many connections\n\n\
             Written by `cargo xtask bench connections --write`. Hubs and crowds are on one \
             machine and meet on loopback, so that the kernel's figures are of both ends of each \
             connection: two sockets. Everybody subscribes to a topic and stays; the hubs ask for \
             signs of life. A hub's figures are what it has more than before anybody came; the \
             whole machine is by how much memory that programs could have became less, crowds \
             and everything else included.\n\n\
             {} connections to {} {hubs}, open after {:.0} s and held for {:.0} s with {} \
             heartbeats; {made} attempts succeeded and {failed} failed. {} sockets of TCP. \
             {judged}\n\n{}\n{}, {} cores, {:.0} GiB of memory, Linux {}.\n",
            self.connections,
            found.nodes,
            self.opened.as_secs_f64(),
            self.time.as_secs_f64(),
            found.heartbeats,
            found.kernel.2.sockets,
            self.table(),
            self.made,
            std::thread::available_parallelism()?,
            found.kernel.2.total as f64 / f64::from(1 << 30),
            release.trim(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        let kernel = |slab, available| Kernel {
            slab,
            available,
            sockets: 2_000,
            ..Kernel::default()
        };
        Page {
            connections: 1_000,
            time: Duration::from_secs(60),
            opened: Duration::from_secs(2),
            meets: false,
            found: Found {
                nodes: 2,
                fewest: 1_002,
                heartbeats: 3_000,
                resident: (1_000_000, 2_000_000),
                allocated: (500_000, 900_000),
                crowds: 700_000,
                kernel: (
                    kernel(0, 9),
                    kernel(1_000_000, 20_000_000),
                    kernel(5_000_000, 10_000_000),
                ),
                ends: vec![End {
                    made: 1_002,
                    ..End::default()
                }],
            },
            made: "today".to_owned(),
        }
    }

    #[test]
    fn figures_are_for_each_connection() {
        let text = page().text().unwrap();
        for part in [
            "1000 connections to 2 hubs of their own, open after 2 s and held for 60 s",
            "None was lost.",
            "| hubs, resident | 1000 | 1.9 |",
            "| hubs, allocated | 400 | 0.9 |",
            "| kernel, slabs | 4000 | 3.8 |",
            "| the whole machine | 10000 | 9.5 |",
        ] {
            assert!(text.contains(part), "{part}\nnot in\n{text}");
        }
    }

    #[test]
    fn whoever_was_lost_is_a_fault() {
        let mut page = page();
        page.found.ends[0].lost = 3;
        page.found.fewest = 999;
        assert_eq!(page.faults().len(), 2);
        assert!(
            page.text()
                .unwrap()
                .contains("**Not passed**: 3 connections")
        );
    }
}
