//! What the server used, and whether it gave it back.

use super::{Finding, Level, Thresholds, Unit};
use crate::outcome::{Outcome, Reading, ServerView, TcpState};

const UNSEEN: &str = "the server was not watched";

/// What the machine dropped, of all attempts to connect.
pub(super) fn drops(
    blank: Finding,
    outcome: &Outcome,
    figure: impl Fn(&Reading) -> Option<u64>,
) -> Finding {
    let Some(server) = &outcome.server else {
        return blank.unasked(UNSEEN);
    };
    let attempts = outcome.tally.connects_begun;
    match (server.grown(figure), attempts) {
        (None, _) => blank.missing(unseen(server)),
        (Some(_), 0) => blank.unasked("nobody connected"),
        (Some(0), _) => blank.measured(0.0),
        (Some(dropped), _) => {
            let (dropped, attempts) = (dropped as f64, attempts as f64);
            let shown = (Unit::Count.show(dropped), Unit::Count.show(attempts));
            let found = blank.measured(dropped / attempts * 100.0);
            found.noting(format!("{} of {} attempts, machine-wide", shown.0, shown.1))
        }
    }
}

/// Descriptors that were not given back.
pub(super) fn descriptors(blank: Finding, outcome: &Outcome, thresholds: &Thresholds) -> Finding {
    let slack = thresholds.descriptors_slack;
    let found = kept(blank, outcome, slack, Unit::Count, |seen| seen.descriptors);
    let after = outcome
        .server
        .as_ref()
        .and_then(|server| server.after.as_ref());
    let unclosed = after.and_then(|seen| seen.tcp.get(&TcpState::CloseWait));
    match unclosed.copied().unwrap_or_default() {
        0 => found,
        count => found.noting(format!("{count} sockets in CLOSE_WAIT that nobody closes")),
    }
}

/// Memory that was not given back.
pub(super) fn memory(blank: Finding, outcome: &Outcome, thresholds: &Thresholds) -> Finding {
    let slack = thresholds.memory_slack_mib.saturating_mul(1 << 20);
    kept(blank, outcome, slack, Unit::Bytes, |seen| seen.memory)
}

/// Tasks that have not ended.
pub(super) fn tasks(blank: Finding, outcome: &Outcome, thresholds: &Thresholds) -> Finding {
    let slack = thresholds.tasks_slack;
    kept(blank, outcome, slack, Unit::Count, |seen| seen.tasks)
}

/// By how much the server holds more than before, in hundredths of what it held before. A little
/// that is beyond a small baseline is none: a descriptor more of twelve is not 8 % of a leak.
fn kept(
    blank: Finding,
    outcome: &Outcome,
    slack: u64,
    unit: Unit,
    figure: impl Fn(&Reading) -> Option<u64>,
) -> Finding {
    let Some(server) = &outcome.server else {
        return blank.unasked(UNSEEN);
    };
    if server.gone {
        return blank.missing("the server was gone at the end");
    }
    let seen = |reading: &Option<Reading>| figure(reading.as_ref()?);
    let (Some(before), Some(after)) = (seen(&server.before), seen(&server.after)) else {
        return blank.missing(unseen(server));
    };
    let peak = server.peak(&figure).unwrap_or(after).max(after);
    let show = |value: u64| unit.show(value as f64);
    let (first, most, last) = (show(before), show(peak), show(after));
    let words = format!("{first} before, {most} at the peak, {last} after");
    let more = after as f64 - before as f64;
    let found = blank
        .clone()
        .measured(more / (before as f64).max(1.0) * 100.0);
    let is_little = after.saturating_sub(before) <= slack;
    match (found.level, is_little) {
        (Level::Medium | Level::High, true) => {
            let found = blank.measured(0.0).noting(words);
            found.noting(format!("up to {} more are let pass", show(slack)))
        }
        (Level::High, false) => {
            let waited = Unit::Seconds.show(server.waited);
            found
                .noting(words)
                .noting(format!("a leak, {waited} after the last connection"))
        }
        _ => found.noting(words),
    }
}

fn unseen(server: &ServerView) -> String {
    match (&server.trouble, server.source.as_str()) {
        (Some(trouble), source) => format!("not to be seen of {source}: {trouble}"),
        (None, source) => format!("not to be seen of {source}"),
    }
}
