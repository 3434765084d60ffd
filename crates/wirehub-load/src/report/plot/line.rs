//! Lines through values.

use std::fmt::Write as _;

use super::{FLOOR, Scale, TOP};
use crate::report::markup::Markup;

/// More points are not told apart on any screen.
const POINTS: usize = 480;
/// The size of the picture that is stretched.
const WIDE: f64 = 1_000.0;

/// Values across a plot.
#[derive(Clone, Debug)]
pub(in crate::report) struct Line {
    pub(in crate::report) name: &'static str,
    /// Which colour of the palette, from 1.
    pub(in crate::report) colour: u8,
    pub(in crate::report) is_filled: bool,
    pub(in crate::report) is_dashed: bool,
    /// Where across, as a part of the width, and what is there; a gap where nothing is.
    pub(in crate::report) points: Vec<(f64, Option<f64>)>,
}

impl Line {
    pub(in crate::report) fn new(
        name: &'static str,
        colour: u8,
        points: impl IntoIterator<Item = (f64, Option<f64>)>,
    ) -> Self {
        Self {
            name,
            colour,
            is_filled: false,
            is_dashed: false,
            points: thinned(&points.into_iter().collect::<Vec<_>>()),
        }
    }

    pub(in crate::report) const fn filled(mut self) -> Self {
        self.is_filled = true;
        self
    }

    pub(in crate::report) const fn dashes(mut self) -> Self {
        self.is_dashed = true;
        self
    }

    pub(super) fn values(&self) -> impl Iterator<Item = f64> {
        self.points.iter().filter_map(|(_, value)| *value)
    }

    pub(super) const fn dashed(&self) -> &'static str {
        if self.is_dashed { " dashed" } else { "" }
    }
}

/// Of points too many to be told apart, the highest of each few: a peak must not be lost.
fn thinned(points: &[(f64, Option<f64>)]) -> Vec<(f64, Option<f64>)> {
    let few = points.len().div_ceil(POINTS).max(1);
    let highest = points.chunks(few).filter_map(|chunk| {
        let values = chunk.iter().copied();
        values.max_by(|one, two| {
            let height = |value: Option<f64>| value.unwrap_or(f64::NEG_INFINITY);
            height(one.1).total_cmp(&height(two.1))
        })
    });
    highest.collect()
}

/// Draws lines, in a picture that is stretched.
pub(super) fn draw(page: &mut Markup, lines: &[Line], scale: &Scale) {
    let (top, tall) = (TOP.to_string(), (FLOOR - TOP).to_string());
    let frame = [
        ("y", top.as_str()),
        ("width", "100%"),
        ("height", tall.as_str()),
        ("viewBox", "0 0 1000 1000"),
        ("preserveAspectRatio", "none"),
        ("overflow", "visible"),
    ];
    page.within("svg", &frame, |page| {
        for line in lines {
            let class = format!("colour-{}{}", line.colour, line.dashed());
            page.within("g", &[("class", &class)], |page| one(page, line, scale));
        }
    });
}

fn one(page: &mut Markup, line: &Line, scale: &Scale) {
    let mut path = String::new();
    let mut area = String::new();
    for run in line.points.split(|(_, value)| value.is_none()) {
        let places = run.iter().filter_map(|(across, value)| {
            let part = scale.part((*value)?)?.min(1.0);
            Some((across * WIDE, (1.0 - part) * WIDE))
        });
        let places: Vec<(f64, f64)> = places.collect();
        let (Some(first), Some(last)) = (places.first(), places.last()) else {
            continue;
        };
        let mut through = String::new();
        for (number, (x, y)) in places.iter().enumerate() {
            let letter = if number == 0 { 'M' } else { 'L' };
            let _ = write!(through, "{letter}{x:.1} {y:.1}");
        }
        // One point alone is a line of no length, which round ends make a dot.
        if places.len() == 1 {
            through.push_str("h0");
        }
        let _ = write!(
            area,
            "{through}L{:.1} {WIDE}L{:.1} {WIDE}Z",
            last.0, first.0
        );
        path.push_str(&through);
    }
    if path.is_empty() {
        return;
    }
    if line.is_filled {
        let look = [("fill", "currentColor"), ("fill-opacity", "0.12")];
        page.void(
            "path",
            &[&[("class", "area"), ("d", &area)][..], &look].concat(),
        );
    }
    let look = [
        ("fill", "none"),
        ("stroke", "currentColor"),
        ("stroke-width", "1.6"),
        ("stroke-linejoin", "round"),
        ("stroke-linecap", "round"),
        ("vector-effect", "non-scaling-stroke"),
    ];
    page.void(
        "path",
        &[&[("class", "line"), ("d", &path)][..], &look].concat(),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_is_not_lost() {
        let points = (0..10_000).map(|at| (f64::from(at) / 1e4, Some(f64::from(at == 7_777))));
        let line = Line::new("peaks", 1, points);
        assert!(line.points.len() <= POINTS);
        assert_eq!(line.values().fold(0.0, f64::max), 1.0);
    }
}
