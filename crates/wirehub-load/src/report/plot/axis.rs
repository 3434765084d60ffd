//! What stands across a plot and beside it.

use super::{HEIGHT, Scale, height, percent};
use crate::{
    report::{markup::Markup, moment},
    verdict::Unit,
};

/// What stands across.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::report) enum Across {
    /// So many seconds.
    Time(f64),
    /// Percentiles: each nine as wide as the one before, and so many of them.
    Nines(f64),
}

impl Across {
    /// Where a share of a distribution is, as a part of the width.
    pub(in crate::report) fn of_share(share: f64, nines: f64) -> f64 {
        (-(1.0 - share).max(1e-12).log10() / nines).clamp(0.0, 1.0)
    }

    /// Whether the highest value of a line says something of it.
    pub(super) const fn has_peaks(self) -> bool {
        matches!(self, Self::Time(_))
    }

    fn ticks(self) -> Vec<(f64, String)> {
        match self {
            Self::Time(seconds) => times(seconds),
            Self::Nines(nines) => {
                let shares = [0.0, 0.5, 0.9, 0.99, 0.999, 0.9999, 0.99999, 0.999_999];
                let shown = shares.map(|share| {
                    let text = format!("{:.4}", share * 100.0);
                    let text = text.trim_end_matches('0').trim_end_matches('.');
                    (Self::of_share(share, nines), format!("{text} %"))
                });
                // Of two that would touch, the first one stays.
                let mut last = f64::NEG_INFINITY;
                let fits = shown.into_iter().filter(|(part, _)| {
                    let has_room = *part < 0.96 && *part - last > 0.09;
                    last = if has_room { *part } else { last };
                    has_room
                });
                fits.collect()
            }
        }
    }
}

fn times(seconds: f64) -> Vec<(f64, String)> {
    let steps = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0];
    let steps = steps
        .into_iter()
        .chain([60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0]);
    let steps = steps.chain([3_600.0, 7_200.0, 14_400.0, 43_200.0, 86_400.0, 604_800.0]);
    let mut steps = steps.filter(|step| seconds / step <= 6.0);
    let step = steps.next().unwrap_or(seconds);
    let many = (seconds / step) as u32;
    let ticks = (0..=many).map(|number| f64::from(number) * step);
    // The last one would run out of the picture.
    let ticks = ticks.filter(|at| *at <= seconds * 0.95 || *at == 0.0);
    ticks
        .map(|at| (at / seconds, moment::into_run(at)))
        .collect()
}

/// Draws what lines are seen against.
pub(super) fn draw_grid(page: &mut Markup, scale: &Scale) {
    page.within("g", &[("class", "grid")], |page| {
        for tick in scale.ticks() {
            let Some(part) = scale.part(*tick) else {
                continue;
            };
            let y = format!("{:.1}", height(part));
            let ends = [("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)];
            let look = [("stroke", "currentColor"), ("stroke-opacity", "0.15")];
            page.void("line", &[&ends[..], &look].concat());
        }
    });
}

/// Writes the values beside and below; over lines, so that these do not run through them.
pub(super) fn draw_values(page: &mut Markup, scale: &Scale, unit: Unit, across: Across) {
    page.within("g", &[("class", "ticks")], |page| {
        for tick in scale.ticks() {
            let Some(part) = scale.part(*tick).filter(|part| *part > 0.0) else {
                continue;
            };
            let y = format!("{:.1}", height(part) - 3.0);
            page.leaf("text", &[("x", "2"), ("y", &y)], &unit.show(*tick));
        }
        let below = (HEIGHT - 4.0).to_string();
        for (part, words) in across.ticks() {
            let anchor = if part < 0.02 { "start" } else { "middle" };
            let x = percent(part);
            let place = [("x", x.as_str()), ("y", &below), ("text-anchor", anchor)];
            page.leaf("text", &place, &words);
        }
    });
}
