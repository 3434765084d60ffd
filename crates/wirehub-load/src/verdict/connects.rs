//! How connections came.

use super::{Finding, Level, Thresholds, Unit, evidence};
use crate::outcome::{FailureCause, Outcome, PhaseKind, PhaseSpan};

/// Of the attempts that came to an end, those that opened. What failed for want of ports or
/// descriptors here says nothing about the server, and is told apart.
pub(super) fn success(blank: Finding, outcome: &Outcome) -> Finding {
    let tally = &outcome.tally;
    let ours = own_failures(outcome);
    let bad = tally.failed().saturating_sub(ours);
    let all = tally.connects_made.saturating_add(bad);
    if all == 0 {
        return match tally.connects_begun {
            0 => blank.unasked("nobody connected"),
            _ if ours > 0 => blank.missing(own(ours)),
            _ => blank.missing("no attempt to connect came to an end"),
        };
    }
    let good = tally.connects_made as f64 / all as f64 * 100.0;
    let limits = blank.limits;
    let mut found = blank.measured(good);
    let let_pass = all as f64 * (100.0 - limits.warn) / 100.0;
    let is_shown = evidence::exceeds_share(bad, all, 1.0 - limits.warn / 100.0);
    if found.level == Level::High && let_pass < evidence::MANY && !is_shown {
        found = found.at_level(Level::Medium);
        found = found.noting("too few attempts to call it high");
    }
    let unseen = (1.0 - evidence::most_unseen(all as f64)) * 100.0;
    let shown = Unit::Count.show(all as f64);
    if bad > 0 {
        let bad = Unit::Count.show(bad as f64);
        found = found.noting(format!("{bad} of {shown} failed"));
    } else if unseen < limits.ok {
        let least = Unit::Percent.show(unseen.max(0.0));
        found = found.noting(format!(
            "none of {shown} failed: at least {least}, with 95 %"
        ));
    }
    if tally.connects_pending > 0 {
        found = found.noting(format!("{} not over at the end", tally.connects_pending));
    }
    match (ours, found.level) {
        (0, _) => found,
        (_, Level::Ok) => found.at_level(Level::Medium).noting(own(ours)),
        _ => found.noting(own(ours)),
    }
}

/// From due to open.
pub(super) fn handshake(blank: Finding, outcome: &Outcome) -> Finding {
    match outcome.tally.connects_begun {
        0 => blank.unasked("nobody connected"),
        _ => super::delivery::of(blank, &outcome.handshake, 0.99, "handshakes"),
    }
}

/// The rate of the ramp that held it worst. Connections due at the very end of a ramp open after
/// it, so those of its last moment are not missed: of the time that a handshake may normally take.
pub(super) fn rate(blank: Finding, outcome: &Outcome, thresholds: &Thresholds) -> Finding {
    let may_take = thresholds.handshake_p99_ms.ok / 1e3;
    let ramps = outcome.phases.iter();
    let ramps = ramps.filter(|phase| phase.kind == PhaseKind::Ramp && phase.wanted > 0);
    let held = ramps.filter_map(|phase| Some((held(phase, may_take)?, phase)));
    let Some((share, phase)) = held.min_by(|(one, _), (two, _)| one.total_cmp(two)) else {
        return blank.unasked("no phase brings connections at a rate");
    };
    let wanted = Unit::PerSecond.show(phase.wanted_rate);
    let held = Unit::PerSecond.show(phase.wanted_rate * share);
    blank
        .measured(share * 100.0)
        .noting(format!("{held} of {wanted}"))
}

fn held(phase: &PhaseSpan, may_take: f64) -> Option<f64> {
    let lasted = phase.ended - phase.began;
    let span = (lasted - may_take).max(lasted / 2.0);
    // What it wanted to bring may be less than its whole time would have.
    let due = (phase.wanted_rate * span).min(phase.wanted as f64);
    // What was held to the last one must not miss it by how numbers are rounded.
    (due > 0.0).then(|| (phase.made as f64 * (1.0 + 1e-9) / due).min(1.0))
}

fn own_failures(outcome: &Outcome) -> u64 {
    let failed = outcome.tally.connects_failed.iter();
    let is_ours =
        |cause: &FailureCause| matches!(cause, FailureCause::NoPorts | FailureCause::NoDescriptors);
    let ours = failed.filter(|(cause, _)| is_ours(cause));
    ours.map(|(_, count)| count).sum()
}

fn own(ours: u64) -> String {
    let ours = Unit::Count.show(ours as f64);
    format!("{ours} attempts failed for want of ports or descriptors of the load generator")
}
