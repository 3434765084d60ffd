//! Whether every session got everything, once and in order.

use super::{Finding, Unit};
use crate::outcome::Outcome;

/// Sessions that missed a publication, and nothing told them.
pub(super) fn loss(blank: Finding, outcome: &Outcome) -> Finding {
    let tally = &outcome.tally;
    let mut found = counted(
        blank,
        outcome,
        tally.sessions_with_loss.max(tally.lost.min(1)),
    );
    for (count, words) in [
        (tally.lost, "publications lost"),
        (tally.gaps_told, "gaps that the server told of"),
        (
            tally.unsent,
            "publications never sent by the load generator",
        ),
    ] {
        if count > 0 {
            found = found.noting(format!("{} {words}", Unit::Count.show(count as f64)));
        }
    }
    found
}

/// Sessions whose application saw a publication twice.
pub(super) fn duplicates(blank: Finding, outcome: &Outcome) -> Finding {
    let tally = &outcome.tally;
    let sessions = tally.sessions_with_duplicates.max(tally.duplicated.min(1));
    let found = counted(blank, outcome, sessions);
    match tally.duplicated {
        0 => found,
        count => found.noting(format!("{} duplicates", Unit::Count.show(count as f64))),
    }
}

/// Publications that came after a later one.
pub(super) fn reordered(blank: Finding, outcome: &Outcome) -> Finding {
    counted(blank, outcome, outcome.tally.reordered)
}

/// Messages that are not what was sent.
pub(super) fn corrupt(blank: Finding, outcome: &Outcome) -> Finding {
    counted(blank, outcome, outcome.tally.corrupt)
}

/// What is wrong is known only of what was sent: silence shows no loss.
fn counted(blank: Finding, outcome: &Outcome, count: u64) -> Finding {
    let tally = &outcome.tally;
    match (count, tally.published, tally.delivered) {
        (0, 0, 0) if tally.unsent == 0 => blank.unasked("nothing was published"),
        (0, _, 0) => blank.missing("nothing arrived, so no gap can be seen"),
        _ => blank.measured(count as f64),
    }
}
