//! Connections that ended and nobody wanted that.

use super::{Finding, Level, Unit, evidence};
use crate::outcome::Outcome;

/// For each hour that a connection was open.
pub(super) fn abnormal(blank: Finding, outcome: &Outcome) -> Finding {
    let hours = outcome.tally.open_seconds / 3_600.0;
    let bad = outcome.tally.abnormal_closes();
    if hours <= 0.0 {
        return match bad {
            0 => blank.unasked("no connection was open"),
            _ => blank.missing("connections ended as soon as they were open"),
        };
    }
    let limits = blank.limits;
    let expected = limits.warn * hours;
    let is_shown = evidence::exceeds_rate(bad, expected);
    let mut found = blank.measured(bad as f64 / hours);
    if found.level == Level::High && expected < evidence::MANY && !is_shown {
        found = found.at_level(Level::Medium);
        found = found.noting("too few to call it high");
    }
    let shown = Unit::Count.show(hours.ceil());
    let unseen = evidence::most_unseen(hours);
    match bad {
        0 if unseen > limits.ok => {
            let unseen = Unit::PerHour.show(unseen);
            found.noting(format!(
                "none in {shown} connection-hours: at most {unseen}, with 95 %"
            ))
        }
        _ => {
            let bad = Unit::Count.show(bad as f64);
            found.noting(format!("{bad} in {shown} connection-hours"))
        }
    }
}
