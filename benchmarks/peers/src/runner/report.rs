//! The results as they are kept (JSON) and as they are read (Markdown).

use std::io::{self, Write};

use serde::{Deserialize, Serialize};

use super::compare::{Comparison, Metric, compare};
use super::figures;
use super::goals::judge;
use super::peer::Peer;
use super::rounds::{Run, RunResult, Stamp};
use super::subject::Subject;
use super::table::Table;
use crate::case::Case;
use crate::outcome::Outcome;

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
    /// Takes over the cases of a newer report, in this order.
    pub(super) fn replace(&mut self, newer: Self, order: &[Case]) {
        for section in newer.sections {
            self.sections.retain(|old| old.case != section.case);
            self.sections.push(section);
        }
        let place = |case| order.iter().position(|known| *known == case);
        self.sections
            .sort_by_key(|section| place(section.case).unwrap_or(usize::MAX));
    }
}

impl Section {
    pub(super) fn outcomes(&self, peer: Peer) -> Vec<&Outcome> {
        self.runs
            .iter()
            .filter(|run| run.peer == peer)
            .filter_map(Run::outcome)
            .collect()
    }

    pub(super) fn peers(&self) -> Vec<Peer> {
        let present = |peer: &Peer| self.runs.iter().any(|run| run.peer == *peer);
        Peer::ALL.into_iter().filter(present).collect()
    }

    fn disturbed(&self) -> usize {
        let foreign = |run: &&Run| match run.outcome() {
            Some(Outcome::Flow(flow)) => flow.cpu.core_foreign > FOREIGN_MAX,
            Some(Outcome::Storm(storm)) => storm.cpu.core_foreign > FOREIGN_MAX,
            Some(Outcome::Recovery(recovery)) => recovery.cpu.core_foreign > FOREIGN_MAX,
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
pub(super) fn write_all(
    out: &mut impl Write,
    subject: Subject,
    report: &Report,
    has_picture: bool,
) -> io::Result<()> {
    writeln!(out, "# {}\n", subject.title())?;
    writeln!(
        out,
        "Written by `wirehub-bench {} --write`; `README.md` says how it is measured and how \
         to read it.\n",
        subject.name()
    )?;
    if has_picture {
        let name = subject.name();
        writeln!(
            out,
            "![the ratios of all cases, with their intervals of 95 %]({name}.svg)\n\n\
             Blue is ahead and red behind with 95 %; grey may be either.\n"
        )?;
    }
    writeln!(out, "## Goals\n")?;
    write_goals(out, subject, report)?;
    for section in &report.sections {
        writeln!(out)?;
        write_section(out, section)?;
    }
    Ok(())
}

/// What was wanted, what was found.
pub(super) fn write_goals(
    out: &mut impl Write,
    subject: Subject,
    report: &Report,
) -> io::Result<()> {
    let mut table = Table::new(&["goal", "case", "found", "verdict"]);
    for goal in judge(subject, report) {
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
    write!(out, "{}", figures::table(section))?;
    if let Some(table) = ratio_table(section) {
        write!(out, "\n{table}")?;
    }
    write_failures(out, section)?;
    write_stamp(out, section)
}

/// Who is held against whom.
pub(super) const PAIRS: [(Peer, Peer); 15] = [
    (Peer::Wirehub, Peer::Bun),
    (Peer::Wirehub, Peer::BareEpoll),
    (Peer::Bun, Peer::BareEpoll),
    (Peer::Wirehub, Peer::Ws),
    (Peer::Wirehub, Peer::SocketIo),
    (Peer::Wirehub, Peer::Axum),
    (Peer::Wirehub, Peer::Nchan),
    (Peer::Wirehub, Peer::Nats),
    (Peer::WirehubUring, Peer::Wirehub),
    (Peer::WirehubTwoShards, Peer::Wirehub),
    (Peer::WirehubHistory, Peer::Wirehub),
    (Peer::Wirehub, Peer::WirehubSessionless),
    (Peer::WirehubSeeing, Peer::WirehubBlind),
    (Peer::WirehubOnRedis, Peer::RedisAlone),
    (Peer::WirehubOnNats, Peer::NatsAlone),
];

/// Each server beside those it is held against.
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
    let mut any = false;
    for (ours, theirs) in PAIRS {
        let found: Vec<Option<Comparison>> = metrics
            .iter()
            .map(|metric| compare(section, *metric, ours, theirs))
            .collect();
        if found.iter().any(Option::is_some) {
            any = true;
            let text = |found: &Comparison| found.ratio.to_string();
            let cells = found
                .iter()
                .map(|found| found.as_ref().map_or_else(nothing, text));
            table.row(std::iter::once(format!("{ours} / {theirs}")).chain(cells));
        }
    }
    any.then_some(table)
}

fn nothing() -> String {
    "-".to_owned()
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
            if let Some(faults) = run.outcome().and_then(Outcome::faults)
                && faults.total() > 0
            {
                writeln!(out, "\n{peer}, round {}: {faults:?}", run.round + 1)?;
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
        "\n{}, commit {}, {rounds} rounds{}, payload {} B{}. {}, {} cores, {:.0} GB; Linux {}; \
         {}{}. Load average before: {:.2}. Disturbed runs (core 0 worked more than {:.0} % for \
         others): {} of {}.",
        machine.date,
        machine.commit,
        length(section),
        stamp.payload,
        besides(section),
        machine.processor,
        machine.cores,
        machine.memory as f64 / 1e9,
        machine.kernel,
        machine.rustc,
        versions(section),
        machine.load_before,
        FOREIGN_MAX * 100.0,
        section.disturbed(),
        section.measured(),
    )
}

/// The versions of the other servers.
fn versions(section: &Section) -> String {
    let machine = &section.stamp.machine;
    let said = |name: &str| {
        let version = machine.versions.get(name);
        version.map_or("unknown", String::as_str).to_owned()
    };
    let versions = section.peers().into_iter().filter_map(|peer| match peer {
        Peer::Bun => Some(format!("; Bun {}", said("bun"))),
        Peer::Ws => Some(format!("; ws {} on Node.js {}", said("ws"), said("node"))),
        Peer::SocketIo => Some(format!("; Socket.IO {}", said("socket.io"))),
        Peer::Axum => Some(format!("; axum {}", said("axum"))),
        Peer::Nchan => Some(format!("; {} with Nchan", said("nginx"))),
        Peer::Nats | Peer::NatsAlone => Some(format!("; {}", said("nats"))),
        Peer::RedisAlone => Some(format!("; {}", said("redis"))),
        Peer::Sockudo => Some(format!("; {}", said("sockudo"))),
        _ => None,
    });
    versions.collect()
}

/// How long a run was, where it was told to the client.
fn length(section: &Section) -> String {
    match section.case {
        Case::Recovery { .. } => String::new(),
        _ => format!(" of {} s", section.stamp.seconds),
    }
}

/// What else was told to it.
fn besides(section: &Section) -> String {
    let Section { stamp, case, .. } = section;
    let plain = match section.peers().contains(&Peer::Bun) {
        true => format!(" (plain peers {} B)", stamp.plain_payload),
        false => String::new(),
    };
    match case {
        Case::Storm { .. } if stamp.first_message => plain + ", with a first message",
        _ => plain,
    }
}

#[cfg(test)]
pub(crate) mod tests;
