//! The results as they are kept (JSON) and as they are read (Markdown).

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::compare::{Comparison, Metric, compare, figures};
use super::goals::judge;
use super::peer::Peer;
use super::rounds::{Run, RunResult, Stamp};
use super::table::Table;
use crate::case::Case;
use crate::outcome::{Flow, Idle, Outcome, Storm};
use crate::statistics::{median, spread};

/// A run in which the server's core worked this much for somebody else was disturbed.
const FOREIGN_MAX: f64 = 0.05;

/// All cases that were measured.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Report {
    /// In the order of the published table.
    pub sections: Vec<Section>,
}

/// One case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Section {
    /// What was measured.
    pub case: Case,
    /// Where and how.
    pub stamp: Stamp,
    /// Every run in the order it was made.
    pub runs: Vec<Run>,
}

impl Report {
    /// Takes over the cases of a newer report.
    pub(super) fn replace(&mut self, newer: Self) {
        for section in newer.sections {
            self.sections.retain(|old| old.case != section.case);
            self.sections.push(section);
        }
        let place = |case| Case::ALL.iter().position(|known| *known == case);
        self.sections
            .sort_by_key(|section| place(section.case).unwrap_or(usize::MAX));
    }
}

impl Section {
    fn outcomes(&self, peer: Peer) -> Vec<&Outcome> {
        self.runs
            .iter()
            .filter(|run| run.peer == peer)
            .filter_map(Run::outcome)
            .collect()
    }

    fn peers(&self) -> Vec<Peer> {
        let present = |peer: &Peer| self.runs.iter().any(|run| run.peer == *peer);
        Peer::ALL.into_iter().filter(present).collect()
    }

    fn disturbed(&self) -> usize {
        let foreign = |run: &&Run| match run.outcome() {
            Some(Outcome::Flow(flow)) => flow.cpu.core_foreign > FOREIGN_MAX,
            Some(Outcome::Storm(storm)) => storm.cpu.core_foreign > FOREIGN_MAX,
            Some(Outcome::Idle(_)) | None => false,
        };
        self.runs.iter().filter(foreign).count()
    }

    fn measured(&self) -> usize {
        self.runs
            .iter()
            .filter(|run| run.outcome().is_some())
            .count()
    }
}

/// The whole document.
pub(super) fn write_all(out: &mut impl Write, report: &Report) -> io::Result<()> {
    writeln!(out, "# Wirehub beside its peers\n")?;
    writeln!(
        out,
        "Written by `wirehub-bench peers --write`; `README.md` says how it is measured and how \
         to read it.\n\n## Goals\n"
    )?;
    write_goals(out, report)?;
    for section in &report.sections {
        writeln!(out)?;
        write_section(out, section)?;
    }
    Ok(())
}

/// What was wanted, what was found.
pub(super) fn write_goals(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut table = Table::new(&["goal", "case", "found", "verdict"]);
    for goal in judge(report) {
        let case = goal.case.to_string();
        table.row([
            goal.wanted.to_owned(),
            case,
            goal.found,
            goal.verdict.to_string(),
        ]);
    }
    write!(out, "{table}")
}

/// One case: its figures, its ratios, where it was measured.
pub(super) fn write_section(out: &mut impl Write, section: &Section) -> io::Result<()> {
    writeln!(out, "## {}\n", section.case.title())?;
    write!(out, "{}", figures_table(section))?;
    if let Some(table) = ratio_table(section) {
        write!(out, "\n{table}")?;
    }
    write_failures(out, section)?;
    write_stamp(out, section)
}

fn figures_table(section: &Section) -> Table {
    let mut table = match section.case {
        Case::Fanout { .. } | Case::Echo { .. } => Table::new(&FLOW),
        Case::Storm { .. } => Table::new(&STORM),
        Case::Idle { .. } => Table::new(&IDLE),
    };
    for peer in section.peers() {
        let mut row = vec![peer.to_string()];
        let outcomes = section.outcomes(peer);
        match outcomes.first() {
            None => row.push("no run".to_owned()),
            Some(Outcome::Flow(_)) => row.extend(flow_cells(section, peer, &outcomes)),
            Some(Outcome::Storm(_)) => row.extend(storm_cells(section, peer, &outcomes)),
            Some(Outcome::Idle(_)) => row.extend(idle_cells(&outcomes)),
        }
        table.row(row);
    }
    table
}

const FLOW: [&str; 11] = [
    "peer",
    "deliveries/s",
    "CPU s/M",
    "core busy",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "max ms",
    "msgs/read",
    "wire B",
    "RSS MB",
];

fn flow_cells(section: &Section, peer: Peer, outcomes: &[&Outcome]) -> Vec<String> {
    let middle = |figure: fn(&Flow) -> f64| {
        median_of(outcomes, |outcome| match outcome {
            Outcome::Flow(flow) => Some(figure(flow)),
            _ => None,
        })
    };
    let mut cells = vec![
        rate_cell(section, peer),
        format!("{:.2}", middle(Flow::cpu_per_million)),
        format!("{:.2}", middle(|flow| flow.cpu.core_busy)),
    ];
    let latencies: [fn(&Flow) -> f64; 4] = [
        |flow| flow.latency.p50 as f64,
        |flow| flow.latency.p99 as f64,
        |flow| flow.latency.p999 as f64,
        |flow| flow.latency.max as f64,
    ];
    cells.extend(latencies.map(|figure| format!("{:.2}", middle(figure) / 1e3)));
    cells.push(format!("{:.2}", middle(|flow| flow.messages_per_read)));
    cells.push(format!("{:.0}", middle(|flow| flow.wire_bytes)));
    cells.push(megabytes(middle(|flow| flow.rss as f64)));
    cells
}

const STORM: [&str; 10] = [
    "peer",
    "connections/s",
    "CPU us each",
    "core busy",
    "p50 ms",
    "p99 ms",
    "errors",
    "stuck",
    "RSS MB",
    "descriptors",
];

fn storm_cells(section: &Section, peer: Peer, outcomes: &[&Outcome]) -> Vec<String> {
    let middle = |figure: fn(&Storm) -> f64| {
        median_of(outcomes, |outcome| match outcome {
            Outcome::Storm(storm) => Some(figure(storm)),
            _ => None,
        })
    };
    let change = |before: f64, after: f64| format!("{before} > {after}");
    vec![
        rate_cell(section, peer),
        format!("{:.0}", middle(Storm::cpu_per_connection)),
        format!("{:.2}", middle(|storm| storm.cpu.core_busy)),
        format!("{:.2}", middle(|storm| storm.latency.p50 as f64) / 1e3),
        format!("{:.2}", middle(|storm| storm.latency.p99 as f64) / 1e3),
        middle(|storm| storm.errors as f64).to_string(),
        middle(|storm| storm.stuck as f64).to_string(),
        format!(
            "{} > {}",
            megabytes(middle(|storm| storm.rss_before as f64)),
            megabytes(middle(|storm| storm.rss_after as f64))
        ),
        change(
            middle(|storm| storm.descriptors_before as f64),
            middle(|storm| storm.descriptors_after as f64),
        ),
    ]
}

const IDLE: [&str; 8] = [
    "peer",
    "open",
    "B/connection",
    "RSS before MB",
    "RSS open MB",
    "RSS after close MB",
    "kernel slab B/connection",
    "idle CPU s/s",
];

fn idle_cells(outcomes: &[&Outcome]) -> Vec<String> {
    let middle = |figure: fn(&Idle) -> f64| {
        median_of(outcomes, |outcome| match outcome {
            Outcome::Idle(idle) => Some(figure(idle)),
            _ => None,
        })
    };
    vec![
        middle(|idle| idle.open as f64).to_string(),
        format!("{:.0}", middle(Idle::bytes_per_connection)),
        megabytes(middle(|idle| idle.rss_before as f64)),
        megabytes(middle(|idle| idle.rss_open as f64)),
        megabytes(middle(|idle| idle.rss_closed as f64)),
        format!("{:.0}", middle(Idle::slab_per_connection)),
        format!("{:.3}", middle(|idle| idle.cpu / idle.hold)),
    ]
}

fn rate_cell(section: &Section, peer: Peer) -> String {
    let rates = figures(section, Metric::Rate, peer);
    format!("{:.0} ±{:.0}%", median(&rates), spread(&rates) * 100.0)
}

fn median_of(outcomes: &[&Outcome], figure: impl Fn(&Outcome) -> Option<f64>) -> f64 {
    let figures: Vec<f64> = outcomes
        .iter()
        .filter_map(|outcome| figure(outcome))
        .collect();
    median(&figures)
}

fn megabytes(bytes: f64) -> String {
    format!("{:.1}", bytes / 1e6)
}

/// Each server beside the two it is held against.
fn ratio_table(section: &Section) -> Option<Table> {
    let metrics = match section.case {
        Case::Idle { .. } => &[Metric::Memory][..],
        _ => &Metric::MOVING[..],
    };
    let mut head = vec!["ratio, median [95 %]"];
    head.extend(metrics.iter().map(|metric| match metric {
        Metric::Rate => "rate",
        Metric::P99 => "p99",
        Metric::Cpu => "CPU each",
        Metric::Memory => "memory",
    }));
    let mut table = Table::new(&head);
    let pairs = [
        (Peer::Wirehub, Peer::Bun),
        (Peer::Wirehub, Peer::BareEpoll),
        (Peer::Bun, Peer::BareEpoll),
    ];
    let mut any = false;
    for (ours, theirs) in pairs {
        let found: Vec<Option<Comparison>> = metrics
            .iter()
            .map(|metric| compare(section, *metric, ours, theirs))
            .collect();
        if found.iter().any(Option::is_some) {
            any = true;
            let cells = found.iter().map(ratio_cell);
            table.row(std::iter::once(format!("{ours} / {theirs}")).chain(cells));
        }
    }
    any.then_some(table)
}

fn ratio_cell(found: &Option<Comparison>) -> String {
    found.map_or_else(
        || "-".to_owned(),
        |found| {
            let ratio = found.ratio;
            format!("{:.2} [{:.2}, {:.2}]", ratio.median, ratio.low, ratio.high)
        },
    )
}

/// Failed runs, and messages that went wrong.
fn write_failures(out: &mut impl Write, section: &Section) -> io::Result<()> {
    for peer in section.peers() {
        let runs: Vec<&Run> = section.runs.iter().filter(|run| run.peer == peer).collect();
        let mut errors: Vec<&str> = Vec::new();
        let mut failed = 0;
        for run in &runs {
            if let RunResult::Error(error) = &run.result {
                failed += 1;
                if !errors.contains(&error.as_str()) {
                    errors.push(error);
                }
            }
        }
        if failed > 0 {
            let errors = errors.join("; ");
            writeln!(
                out,
                "\n{peer}: {failed} of {} runs failed: {errors}",
                runs.len()
            )?;
        }
        for run in &runs {
            if let Some(Outcome::Flow(flow)) = run.outcome()
                && flow.faults.total() > 0
            {
                writeln!(out, "\n{peer}, round {}: {:?}", run.round + 1, flow.faults)?;
            }
        }
    }
    Ok(())
}

fn write_stamp(out: &mut impl Write, section: &Section) -> io::Result<()> {
    let Section { stamp, .. } = section;
    let machine = &stamp.machine;
    let rounds = section
        .runs
        .iter()
        .map(|run| run.round + 1)
        .max()
        .unwrap_or(0);
    writeln!(
        out,
        "\n{}, commit {}, {rounds} rounds of {} s, payload {} B (plain peers {} B). {}, {} \
         cores, {:.0} GB; Linux {}; {}; Bun {}. Load average before: {:.2}. Disturbed runs \
         (core 0 worked more than {:.0} % for others): {} of {}.",
        machine.date,
        machine.commit,
        stamp.seconds,
        stamp.payload,
        stamp.plain_payload,
        machine.processor,
        machine.cores,
        machine.memory as f64 / 1e9,
        machine.kernel,
        machine.rustc,
        machine.bun,
        machine.load_before,
        FOREIGN_MAX * 100.0,
        section.disturbed(),
        section.measured(),
    )
}

#[cfg(test)]
pub(super) mod tests;
