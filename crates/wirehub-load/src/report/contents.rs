//! What stands in a report, in the order in which it stands there.

use std::time::Duration;

use super::{
    Report,
    moment::{into_run, utc},
    table::{Cell, Table, Tone},
};
use crate::{
    baseline::{Change, Comparison},
    outcome::Outcome,
    verdict::{Level, Ruling, Unit, Verdict},
};

/// What a run is called, and against what it ran.
pub(super) fn title(report: &Report) -> String {
    let outcome = &report.outcome;
    super::table::visible(&format!("{} against {}", outcome.scenario, outcome.target))
}

/// When it ran and how large it was.
pub(super) fn subtitle(report: &Report) -> String {
    let outcome = &report.outcome;
    let mut parts = vec![
        utc(outcome.begun_at),
        format!("took {}", Unit::Seconds.show(outcome.seconds)),
        many(outcome.connections, "connection"),
    ];
    if outcome.publishers > 0 {
        parts.push(many(outcome.publishers, "publisher"));
    }
    if outcome.processes > 1 {
        parts.push(format!("{} processes", outcome.processes));
    }
    parts.join(" · ")
}

pub(super) const fn ruling_tone(ruling: Ruling) -> Tone {
    match ruling {
        Ruling::Pass => Tone::Good,
        Ruling::Warn => Tone::Warning,
        Ruling::Fail => Tone::Bad,
    }
}

/// The table of metrics, limits and risks.
pub(super) fn findings(verdict: &Verdict) -> Table {
    let heads = &["metric", "found", "normal", "warning", "risk"];
    let mut table = Table::new("Verdict", heads);
    for finding in &verdict.findings {
        let tone = match finding.level {
            Level::Ok => Tone::Good,
            Level::Medium => Tone::Warning,
            Level::High => Tone::Bad,
            Level::NotMeasured => Tone::Faint,
        };
        let warning = finding.warning().unwrap_or_else(|| "–".to_owned());
        let cells = [
            finding.metric.name().into(),
            finding.shown().into(),
            finding.normal().into(),
            warning.into(),
            Cell::toned(finding.level.words(), tone),
        ];
        table.line(cells, finding.note.as_deref());
    }
    table
}

/// What became worse or better.
pub(super) fn comparison(comparison: &Comparison) -> Table {
    let heads = &["figure", "before", "after", "ratio", "change"];
    let mut table = Table::new("Against the baseline", heads);
    let counts = comparison.unlike.is_empty();
    for difference in &comparison.differences {
        let tone = match difference.change {
            Change::Worse if counts => Tone::Bad,
            Change::Better if counts => Tone::Good,
            Change::Same | Change::Worse | Change::Better => Tone::Plain,
            Change::Undecided | Change::NotCompared => Tone::Faint,
        };
        let cells = [
            difference.name.into(),
            difference.shown(difference.before).into(),
            difference.shown(difference.after).into(),
            difference.ratio_shown().into(),
            Cell::toned(difference.change.words(), tone),
        ];
        table.line(cells, difference.note.as_deref());
    }
    table
}

/// Of which run the baseline is, and how it was compared.
pub(super) fn method(comparison: &Comparison) -> String {
    format!(
        "Baseline: {} of {}. The intervals hold all together with 95 %: from blocks of seconds \
         that both runs share, drawn anew, for times and amounts; Wilson's for events, counted in \
         bursts. A change counts when its whole interval is beyond the tolerance: 5 to 50 %, by \
         how much two runs of the same thing differ.",
        super::table::visible(&comparison.scenario),
        utc(comparison.begun_at),
    )
}

/// The phases as they went.
pub(super) fn phases(outcome: &Outcome) -> Table {
    let heads = &[
        "phase",
        "from",
        "to",
        "begun",
        "opened",
        "failed",
        "reconnects",
    ];
    let mut table = Table::new("Phases", heads);
    for phase in &outcome.phases {
        let count = |count: u64| Cell::from(Unit::Count.show(count as f64));
        let cells = [
            Cell::from(&phase.label),
            into_run(phase.began).into(),
            into_run(phase.ended).into(),
            count(phase.begun),
            count(phase.made),
            count(phase.failed),
            count(phase.reconnects),
        ];
        table.line(cells, None);
    }
    table
}

/// How latencies were spread.
pub(super) fn latencies(outcome: &Outcome) -> Table {
    let heads = &["latency", "count", "p50", "p90", "p99", "p99.9", "longest"];
    let mut table = Table::new("Latencies", heads);
    for (name, latency) in [
        ("handshake", &outcome.handshake),
        ("delivery", &outcome.delivery),
        ("answer to a publication", &outcome.round_trip),
        ("resume", &outcome.resume),
    ] {
        if latency.count() == 0 {
            continue;
        }
        let at = |share| {
            let time = latency.quantile(share).unwrap_or_default();
            Cell::from(Unit::Seconds.show(time.as_secs_f64()))
        };
        let longest = latency.max().unwrap_or_default().as_secs_f64();
        let cells = [
            name.into(),
            Unit::Count.show(latency.count() as f64).into(),
            at(0.5),
            at(0.9),
            at(0.99),
            at(0.999),
            Unit::Seconds.show(longest).into(),
        ];
        table.line(cells, None);
    }
    table
}

/// How the rooms fared, by their sizes.
pub(super) fn rooms(outcome: &Outcome) -> Table {
    let heads = &[
        "rooms", "count", "members", "sent", "arrived", "lost", "p50", "p99", "longest",
    ];
    let mut table = Table::new("Rooms", heads);
    for rooms in &outcome.rooms {
        let count = |count: u64| Cell::from(Unit::Count.show(count as f64));
        let time = |time: Option<Duration>| {
            Cell::from(time.map_or_else(
                || "–".to_owned(),
                |time| Unit::Seconds.show(time.as_secs_f64()),
            ))
        };
        let cells = [
            Cell::from(&rooms.name),
            count(rooms.rooms.into()),
            count(rooms.members.into()),
            count(rooms.published),
            count(rooms.delivered),
            count(rooms.lost),
            time(rooms.delivery.quantile(0.5)),
            time(rooms.delivery.quantile(0.99)),
            time(rooms.delivery.max()),
        ];
        table.line(cells, None);
    }
    table
}

/// What was counted, with causes and codes.
pub(super) fn counts(outcome: &Outcome) -> Table {
    let tally = &outcome.tally;
    let mut table = Table::new("Counts", &["what", "count"]);
    let mut add = |name: String, count: u64| {
        if count > 0 {
            table.line([name.into(), Unit::Count.show(count as f64).into()], None);
        }
    };
    add("attempts to connect".to_owned(), tally.connects_begun);
    add("connections opened".to_owned(), tally.connects_made);
    add("connections with compression".to_owned(), tally.compressed);
    for (cause, count) in &tally.connects_failed {
        add(format!("attempts failed: {}", word(cause)), *count);
    }
    for (status, count) in &tally.statuses {
        add(format!("answers with HTTP status {status}"), *count);
    }
    add("reconnects".to_owned(), tally.reconnects);
    add("sessions resumed".to_owned(), tally.resumed);
    add(
        "sessions that subscribed anew".to_owned(),
        tally.resubscribed,
    );
    for (kind, count) in &tally.closes {
        let wanted = if kind.is_abnormal() {
            "abnormal"
        } else {
            "wanted"
        };
        add(
            format!("connections ended, {wanted}: {}", word(kind)),
            *count,
        );
    }
    for (code, count) in &tally.close_codes {
        add(format!("close frames with code {code}"), *count);
    }
    add("publications sent".to_owned(), tally.published);
    add("publications acknowledged".to_owned(), tally.acknowledged);
    add("publications refused".to_owned(), tally.refused);
    add("publications never sent".to_owned(), tally.unsent);
    add("deliveries".to_owned(), tally.delivered);
    add("deliveries lost".to_owned(), tally.lost);
    add("gaps that the server told of".to_owned(), tally.gaps_told);
    add("duplicates".to_owned(), tally.duplicated);
    add("out of order".to_owned(), tally.reordered);
    add("corrupt".to_owned(), tally.corrupt);
    for (code, count) in &tally.errors {
        add(format!("requests refused: {code}"), *count);
    }
    let volume = &tally.volume;
    for (name, bytes) in [
        ("bytes received in frames", volume.received),
        ("bytes received in messages", volume.heard),
        ("bytes sent in frames", volume.sent),
        ("bytes sent in messages", volume.said),
    ] {
        if bytes > 0 {
            let shown = Unit::Bytes.show(bytes as f64);
            table.line([name.into(), shown.into()], None);
        }
    }
    table
}

/// Where the load came from, and where the server's figures.
pub(super) fn surroundings(report: &Report) -> Table {
    let (machine, outcome) = (&report.machine, &report.outcome);
    let mut table = Table::new("Surroundings", &["what", "value"]);
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            table.line([name.into(), value.into()], None);
        }
    };
    add("load generator", machine.program.clone());
    add("its system", machine.system.clone());
    add("its processor", machine.processor.clone());
    let cores = machine.cores.map(|cores| cores.to_string());
    add("its cores", cores);
    let memory = machine.memory.map(|memory| Unit::Bytes.show(memory as f64));
    add("its memory", memory);
    let threads = many(outcome.threads.into(), "thread");
    let processes = match outcome.processes {
        0 | 1 => threads,
        many => format!("{threads} in {many} processes"),
    };
    add("its crowd", Some(processes));
    let server = outcome.server.as_ref();
    let watched = server.map(|server| server.source.clone());
    let watched = watched.unwrap_or_else(|| "it was not watched".to_owned());
    add("server's figures from", Some(watched));
    table
}

/// A value of a model as its documents write it, with spaces.
fn word(value: &impl serde::Serialize) -> String {
    let written = serde_json::to_value(value).ok();
    let written = written.as_ref().and_then(|value| value.as_str());
    written.unwrap_or("other").replace('_', " ")
}

fn many(count: u64, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{} {noun}{ending}", Unit::Count.show(count as f64))
}
