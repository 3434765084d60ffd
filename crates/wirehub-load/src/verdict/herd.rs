//! Whether those who were cut off came back as a herd.

use super::{Finding, Level, Thresholds, Unit};
use crate::outcome::{Outcome, PhaseKind};

/// Fewer in each bin of the window, and chance alone makes peaks.
const A_SECOND: f64 = 10.0;
const A_TENTH: f64 = 50.0;

/// The part of a crowd by which its time is told: a straggler does not make it longer, and with it
/// the mean smaller.
const CROWD: f64 = 0.99;

/// Those who came back after one cut.
struct Wave {
    arrivals: u64,
    /// The busiest bin over the mean one; where rows stand for more than a second, no less.
    factor: f64,
    /// Seconds over which the mean was taken.
    window: f64,
}

/// Arrivals in bins of one length.
struct Bins {
    counts: Vec<u64>,
    /// In seconds.
    length: f64,
    /// What a bin needs at least in the mean.
    least: f64,
}

impl Bins {
    /// Tenths of a second where the server told over which time to come back, which may be half a
    /// second; seconds where clients have to find out for themselves.
    fn of(outcome: &Outcome) -> Self {
        let rows = outcome.series.rows.iter();
        match (outcome.spread, outcome.series.seconds_a_row) {
            (Some(_), 0 | 1) => Self {
                counts: rows.flat_map(|row| row.reconnect_tenths).collect(),
                length: 0.1,
                least: A_TENTH,
            },
            (_, a_row) => Self {
                counts: rows.map(|row| row.reconnects).collect(),
                length: f64::from(a_row.max(1)),
                least: A_SECOND,
            },
        }
    }
}

/// The worst wave: reconnects in its busiest second over those in a mean second, or in its busiest
/// tenth over those in a mean tenth.
///
/// The mean is over the time from the cut until 99 of 100 have come, and over no less than the
/// window in which a crowd should come back, so that everybody at once does not look like an even
/// second. The window is the time that the server told its clients, and else that of the
/// thresholds. Arrivals count when they were due, so that a slow server does not hide a herd.
pub(super) fn factor(blank: Finding, outcome: &Outcome, thresholds: &Thresholds) -> Finding {
    if outcome.tally.reconnects == 0 {
        return blank.unasked("nobody came back");
    }
    let bins = Bins::of(outcome);
    let window = outcome.spread.unwrap_or(thresholds.herd_window_seconds);
    let waves: Vec<Wave> = waves(outcome, &bins, window).collect();
    let largest = waves.iter().map(|wave| wave.arrivals).max();
    let Some(largest) = largest.filter(|arrivals| *arrivals > 0) else {
        return blank.unasked("nobody was cut off together with others");
    };
    let many = waves
        .iter()
        .filter(|wave| wave.arrivals as f64 >= wave.window / bins.length * bins.least);
    let Some(worst) = many.max_by(|one, two| one.factor.total_cmp(&two.factor)) else {
        let needed = Unit::Count.show((window / bins.length * bins.least).ceil());
        return blank.unasked(format!(
            "{largest} came back at once at most; {needed} are needed to tell a herd from chance"
        ));
    };
    let (arrivals, window) = (worst.arrivals as f64, worst.window);
    let words = format!(
        "{} came back; mean over {}",
        Unit::Count.show(arrivals),
        Unit::Seconds.show(window),
    );
    let is_coarse = outcome.series.seconds_a_row > 1;
    let found = blank.measured(worst.factor).noting(words);
    match (is_coarse, found.level) {
        (false, _) => found,
        // A peak within a row may be higher: what is not a herd by it may be one.
        (true, Level::Ok) => {
            let seconds = outcome.series.seconds_a_row;
            let found = found.at_level(Level::NotMeasured);
            found.noting(format!("rows of {seconds} s do not show single seconds"))
        }
        (true, _) => found.noting("at least"),
    }
}

/// From each cut to the next one, or to the end.
fn waves(outcome: &Outcome, bins: &Bins, window: f64) -> impl Iterator<Item = Wave> {
    let is_cut = |kind| matches!(kind, PhaseKind::Disconnect);
    let mut starts: Vec<f64> = Vec::new();
    let mut is_after_cut = false;
    for phase in &outcome.phases {
        let begins = is_cut(phase.kind) || (phase.kind == PhaseKind::Reconnect && !is_after_cut);
        if begins {
            starts.push(phase.began);
        }
        is_after_cut = is_cut(phase.kind) || (is_after_cut && phase.kind != PhaseKind::Reconnect);
    }
    let last = outcome
        .seconds
        .max(outcome.phases.last().map_or(0.0, |phase| phase.ended));
    let ends: Vec<f64> = starts.iter().skip(1).copied().chain([last]).collect();
    let spans = starts.into_iter().zip(ends);
    spans.filter_map(move |(began, ended)| wave(bins, began, ended, window))
}

fn wave(bins: &Bins, began: f64, ended: f64, window: f64) -> Option<Wave> {
    let length = bins.length;
    let first = (began / length) as usize;
    let count = ((ended / length).ceil() as usize)
        .saturating_sub(first)
        .max(1);
    let counts = bins.counts.iter().skip(first).take(count);
    let counts: Vec<u64> = counts.copied().collect();
    let arrivals: u64 = counts.iter().sum();
    let mut seen = 0;
    let last = counts.iter().position(|count| {
        seen += count;
        seen > 0 && seen as f64 >= arrivals as f64 * CROWD
    })?;
    let peak = counts.iter().max().copied().unwrap_or_default() as f64 / length;
    let lasted = (last + 1) as f64 * length;
    // A cut that the next one follows soon leaves no more time to spread over than that.
    let window = lasted.max(window.min((ended - began).max(length)));
    Some(Wave {
        arrivals,
        factor: peak * window / arrivals as f64,
        window,
    })
}
