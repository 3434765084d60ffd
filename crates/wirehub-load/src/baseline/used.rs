//! What the server used between two moments of a run.

use crate::outcome::{Outcome, Reading};

/// Hundredths of a core that the server used between two moments.
pub(super) fn cpu(run: &Outcome, begins: f64, ends: f64) -> Option<f64> {
    let at = |moment| between(run, moment, |seen| seen.cpu);
    Some((at(ends)? - at(begins)?).max(0.0) / (ends - begins) * 100.0)
}

/// What the server held between two moments.
pub(super) fn memory(run: &Outcome, begins: f64, ends: f64) -> Option<f64> {
    let middle = f64::midpoint(begins, ends);
    between(run, middle, |seen| seen.memory.map(|memory| memory as f64))
}

/// A figure at a moment, on the line between the looks before and after it.
fn between(run: &Outcome, moment: f64, figure: fn(&Reading) -> Option<f64>) -> Option<f64> {
    let server = run.server.as_ref()?;
    let mut before = None;
    for reading in server.readings() {
        let Some(value) = figure(reading) else {
            continue;
        };
        if reading.at >= moment {
            let (earlier, was) = before.unwrap_or((reading.at, value));
            let span = reading.at - earlier;
            let part = if span > 0.0 {
                (moment - earlier) / span
            } else {
                1.0
            };
            return Some(was + (value - was) * part.clamp(0.0, 1.0));
        }
        before = Some((reading.at, value));
    }
    None
}
