//! How long things took.

use super::{Finding, Level, Unit, evidence};
use crate::outcome::{Latency, Outcome};

/// From the moment a publication was due to its arrival.
pub(super) fn quantile(blank: Finding, outcome: &Outcome, share: f64) -> Finding {
    let tally = &outcome.tally;
    match (tally.published, tally.delivered) {
        (0, 0) if tally.unsent == 0 => blank.unasked("nothing was published"),
        (0, 0) => blank.missing("no publication could be sent"),
        (_, 0) => blank.missing("nothing that was published arrived"),
        _ => of(blank, &outcome.delivery, share, "deliveries"),
    }
}

/// From the loss of a connection to its subscriptions being back.
pub(super) fn resume(blank: Finding, outcome: &Outcome) -> Finding {
    match (outcome.tally.reconnects, outcome.resume.count()) {
        (0, 0) => blank.unasked("nobody lost a connection and came back"),
        (_, 0) => blank.missing("nobody who came back got subscriptions back"),
        _ => of(blank, &outcome.resume, 0.99, "sessions that came back"),
    }
}

/// A quantile held against its limits. Where there are too few for it to be one, only what chance
/// does not explain is held against the server.
pub(super) fn of(blank: Finding, latency: &Latency, share: f64, what: &str) -> Finding {
    let count = latency.count();
    let in_seconds = match blank.metric.unit() {
        Unit::Seconds => 1.0,
        _ => 1e3,
    };
    let (Some(at), Some(longest)) = (latency.quantile(share), latency.max()) else {
        return blank.missing(format!("no {what}"));
    };
    let needed = (1.0 / (1.0 - share)).round() as u64;
    if count >= needed {
        return blank.measured(at.as_secs_f64() * in_seconds);
    }
    let limits = blank.limits;
    let is_beyond = |limit: f64| {
        let longer = evidence::longer_than(latency, limit / in_seconds);
        evidence::exceeds_share(longer, count, 1.0 - share)
    };
    let longest = longest.as_secs_f64() * in_seconds;
    let few = format!(
        "{count} {what}, {} are needed; the longest took {}",
        Unit::Count.show(needed as f64),
        blank.metric.unit().show(longest),
    );
    match (is_beyond(limits.ok), is_beyond(limits.warn)) {
        (_, true) => blank.measured(longest).at_level(Level::High).noting(few),
        (true, false) => blank.measured(longest).at_level(Level::Medium).noting(few),
        // One that took too long is no proof, and no pass.
        _ if longest > limits.ok => blank.missing(few),
        _ => blank.unasked(few),
    }
}
