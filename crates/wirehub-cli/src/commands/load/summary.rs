//! What was found, in a few lines.

use std::fmt::Write as _;

use wirehub_load::{Latency, Outcome};

pub(super) fn text(outcome: &Outcome) -> String {
    let mut out = String::new();
    let tally = &outcome.tally;
    let mut line = |name: &str, value: String| {
        // Writing to a string does not fail.
        let _ = writeln!(out, "{name:<12} {value}");
    };
    line(
        "connects",
        format!(
            "{} begun, {} made, {} failed, {} again",
            tally.connects_begun,
            tally.connects_made,
            tally.failed(),
            tally.reconnects
        ),
    );
    for (cause, count) in &tally.connects_failed {
        line("  failed", format!("{count} {cause:?}"));
    }
    for (status, count) in &tally.statuses {
        line("  status", format!("{count} with {status}"));
    }
    for (kind, count) in &tally.closes {
        line("closed", format!("{count} {kind:?}"));
    }
    line(
        "messages",
        format!(
            "{} published, {} delivered, {} lost, {} twice, {} out of order, {} unsent",
            tally.published,
            tally.delivered,
            tally.lost,
            tally.duplicated,
            tally.reordered,
            tally.unsent
        ),
    );
    line(
        "sessions",
        format!(
            "{} resumed, {} subscribed anew, {} gaps admitted",
            tally.resumed, tally.resubscribed, tally.gaps_told
        ),
    );
    for (code, count) in &tally.errors {
        line("refused", format!("{count} {code}"));
    }
    for (name, latency) in [
        ("handshake", &outcome.handshake),
        ("delivery", &outcome.delivery),
        ("round trip", &outcome.round_trip),
        ("resume", &outcome.resume),
    ] {
        if let Some(text) = times(latency) {
            line(name, text);
        }
    }
    for remark in &outcome.remarks {
        line("note", remark.clone());
    }
    out
}

fn times(latency: &Latency) -> Option<String> {
    let at = |share| Some(latency.quantile(share)?.as_secs_f64() * 1e3);
    let max = latency.max()?.as_secs_f64() * 1e3;
    Some(format!(
        "p50 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, max {max:.1} ms",
        at(0.5)?,
        at(0.99)?,
        at(0.999)?
    ))
}
