//! The ratios of all cases in one picture: who is where, and how sure that is.
//!
//! Each line is a pair of servers, each column a figure; the dot is the median of the ratio and the
//! bar its interval, on a scale on which twice and half are as far from 1. The picture is SVG that
//! needs nothing else, on a ground of its own, so that it reads the same on any page.

use std::fmt::Write as _;

use super::compare::{Metric, compare};
use super::report::{PAIRS, Report, Section};
use crate::statistics::Interval;

const NAMES: f64 = 190.0;
const COLUMN: f64 = 210.0;
const GAP: f64 = 24.0;
const LINE: f64 = 17.0;
const HEAD: f64 = 58.0;
const MARGIN: f64 = 16.0;

/// A column: what it is called, and which figures stand in it.
const COLUMNS: [(&str, &str, Metric); 3] = [
    ("rate", "more is better →", Metric::Rate),
    ("p99", "← less is better", Metric::P99),
    ("CPU, or memory idle", "← less is better", Metric::Cpu),
];

/// What an interval says of the first server of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    Ahead,
    Level,
    Behind,
}

impl Standing {
    fn of(interval: &Interval, metric: Metric) -> Self {
        let is_better_high = metric == Metric::Rate;
        match (interval.low > 1.0, interval.high < 1.0) {
            (true, _) if is_better_high => Self::Ahead,
            (_, true) if !is_better_high => Self::Ahead,
            (false, false) => Self::Level,
            _ => Self::Behind,
        }
    }

    const fn colour(self) -> &'static str {
        match self {
            Self::Ahead => "#0b7285",
            Self::Level => "#868e96",
            Self::Behind => "#c92a2a",
        }
    }
}

/// A line of the picture.
struct Pair {
    name: String,
    found: [Option<(Metric, Interval)>; 3],
}

/// The pairs of one case of which anything is known.
fn pairs(section: &Section) -> Vec<Pair> {
    let pairs = PAIRS.iter().map(|(ours, theirs)| Pair {
        name: format!("{ours} / {theirs}"),
        found: COLUMNS.map(|(_, _, metric)| {
            let metrics = match metric {
                // Idle connections cost memory and nothing else.
                Metric::Cpu => &[Metric::Cpu, Metric::Memory][..],
                _ => &[metric][..],
            };
            let mut found = metrics.iter();
            found.find_map(|metric| {
                let found = compare(section, *metric, *ours, *theirs)?;
                Some((*metric, found.ratio))
            })
        }),
    });
    pairs
        .filter(|pair| pair.found.iter().any(Option::is_some))
        .collect()
}

/// From where to where a column goes, as powers of two.
struct Scale {
    low: i32,
    high: i32,
}

impl Scale {
    fn of(cases: &[(String, Vec<Pair>)], column: usize) -> Self {
        let pairs = cases.iter().flat_map(|(_, pairs)| pairs);
        let found = pairs.filter_map(|pair| pair.found[column].as_ref());
        let (mut low, mut high) = (-1, 1);
        for (_, interval) in found {
            low = low.min(interval.low.log2().floor() as i32);
            high = high.max(interval.high.log2().ceil() as i32);
        }
        // A figure that failed altogether shall not press all others together.
        Self {
            low: low.max(-8),
            high: high.min(8),
        }
    }

    fn place(&self, ratio: f64) -> f64 {
        let span = f64::from(self.high - self.low);
        let part = (ratio.log2() - f64::from(self.low)) / span;
        part.clamp(0.0, 1.0) * COLUMN
    }
}

/// Draws the cases of a report; nothing when there is nothing to compare.
pub(super) fn drawn(title: &str, report: &Report) -> Option<String> {
    let cases = report.sections.iter().map(|section| {
        let name = section.case.title();
        (name, pairs(section))
    });
    let cases: Vec<(String, Vec<Pair>)> = cases.filter(|(_, pairs)| !pairs.is_empty()).collect();
    if cases.is_empty() {
        return None;
    }
    let lines: usize = cases.iter().map(|(_, pairs)| pairs.len() + 2).sum();
    let width = MARGIN * 2.0 + NAMES + (COLUMN + GAP) * 3.0;
    let height = HEAD + lines as f64 * LINE + MARGIN;
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"12\" \
         fill=\"#212529\">\n<title>{}</title>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>\n",
        escaped(title)
    );
    for (column, (name, better, _)) in COLUMNS.iter().enumerate() {
        let scale = Scale::of(&cases, column);
        let left = MARGIN + NAMES + GAP + (COLUMN + GAP) * column as f64;
        head(&mut out, left, name, better);
        grid(&mut out, left, &scale, height);
        let mut y = HEAD;
        for (_, pairs) in &cases {
            y += LINE * 2.0;
            for pair in pairs {
                if let Some((metric, interval)) = &pair.found[column] {
                    mark(&mut out, left, y, &scale, *metric, interval);
                }
                y += LINE;
            }
        }
    }
    names(&mut out, &cases);
    out.push_str("</svg>\n");
    Some(out)
}

fn head(out: &mut String, left: f64, name: &str, better: &str) {
    let middle = left + COLUMN / 2.0;
    let _ = writeln!(
        out,
        "<text x=\"{middle}\" y=\"20\" text-anchor=\"middle\" font-weight=\"bold\">{name}</text>\
         <text x=\"{middle}\" y=\"36\" text-anchor=\"middle\" fill=\"#868e96\">{better}</text>"
    );
}

/// Lines at the powers of two, the one at 1 stronger, with their ratios above.
fn grid(out: &mut String, left: f64, scale: &Scale, height: f64) {
    let every = 1 + (scale.high - scale.low) / 8;
    for power in scale.low..=scale.high {
        let ratio = f64::from(power).exp2();
        let x = left + scale.place(ratio);
        let (colour, weight) = match power {
            0 => ("#495057", 1.4),
            _ => ("#e9ecef", 1.0),
        };
        let bottom = height - MARGIN;
        let _ = writeln!(
            out,
            "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{HEAD}\" y2=\"{bottom}\" stroke=\"{colour}\" \
             stroke-width=\"{weight}\"/>"
        );
        if power % every == 0 {
            let words = match power {
                0.. => format!("{ratio}"),
                _ => format!("1/{}", f64::from(-power).exp2()),
            };
            let y = HEAD - 6.0;
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\" font-size=\"10\" \
                 fill=\"#868e96\">{words}</text>"
            );
        }
    }
}

/// The interval as a bar, the median as a dot: full where the interval leaves no doubt.
fn mark(out: &mut String, left: f64, y: f64, scale: &Scale, metric: Metric, interval: &Interval) {
    let standing = Standing::of(interval, metric);
    let colour = standing.colour();
    let [low, median, high] =
        [interval.low, interval.median, interval.high].map(|ratio| left + scale.place(ratio));
    let middle = y - 4.0;
    let fill = match standing {
        Standing::Level => "#ffffff",
        Standing::Ahead | Standing::Behind => colour,
    };
    let _ = writeln!(
        out,
        "<g stroke=\"{colour}\" stroke-width=\"2\"><title>{interval}</title>\
         <line x1=\"{low:.1}\" x2=\"{high:.1}\" y1=\"{middle}\" y2=\"{middle}\"/>\
         <circle cx=\"{median:.1}\" cy=\"{middle}\" r=\"3.5\" fill=\"{fill}\"/></g>"
    );
}

fn names(out: &mut String, cases: &[(String, Vec<Pair>)]) {
    let mut y = HEAD;
    for (case, pairs) in cases {
        y += LINE;
        let _ = writeln!(
            out,
            "<text x=\"{MARGIN}\" y=\"{y}\" font-weight=\"bold\" stroke=\"#ffffff\" \
             stroke-width=\"4\" paint-order=\"stroke\">{}</text>",
            escaped(case)
        );
        y += LINE;
        for pair in pairs {
            let right = MARGIN + NAMES;
            let name = escaped(&pair.name);
            let _ = writeln!(
                out,
                "<text x=\"{right}\" y=\"{y}\" text-anchor=\"end\">{name}</text>"
            );
            y += LINE;
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: f64, high: f64) -> Interval {
        Interval {
            low,
            median: (low + high) / 2.0,
            high,
        }
    }

    #[test]
    fn who_is_ahead_depends_on_what_is_better() {
        let sure = interval(1.1, 1.3);
        assert_eq!(Standing::of(&sure, Metric::Rate), Standing::Ahead);
        assert_eq!(Standing::of(&sure, Metric::P99), Standing::Behind);
        let unsure = interval(0.9, 1.3);
        assert_eq!(Standing::of(&unsure, Metric::Cpu), Standing::Level);
    }

    #[test]
    fn twice_and_half_are_as_far_from_one_and_nothing_is_off_the_picture() {
        let scale = Scale { low: -2, high: 2 };
        let one = scale.place(1.0);
        assert!((scale.place(2.0) - one - (one - scale.place(0.5))).abs() < 1e-9);
        assert_eq!((scale.place(0.0), scale.place(1e9)), (0.0, COLUMN));
    }

    #[test]
    fn without_pairs_there_is_no_picture() {
        assert_eq!(drawn("nothing", &Report::default()), None);
    }
}
