//! The phases behind a plot.

use super::{FLOOR, percent};
use crate::{
    outcome::{Outcome, PhaseKind},
    report::markup::Markup,
};

/// How far below the top of a plot the names of phases stand.
const LETTERS: &str = "11";

/// A phase behind a plot.
#[derive(Clone, Debug)]
pub(in crate::report) struct Shade {
    kind: PhaseKind,
    label: String,
    /// Where it begins and ends, as parts of the width.
    begins: f64,
    ends: f64,
}

impl Shade {
    /// The phases of a run that is so many seconds wide.
    pub(in crate::report) fn all(outcome: &Outcome, wide: f64) -> Vec<Self> {
        let shades = outcome.phases.iter().map(|phase| Self {
            kind: phase.kind,
            label: phase.label.clone(),
            begins: (phase.began / wide).clamp(0.0, 1.0),
            ends: (phase.ended / wide).clamp(0.0, 1.0),
        });
        shades.collect()
    }

    const fn word(&self) -> &'static str {
        match self.kind {
            PhaseKind::Ramp => "ramp",
            PhaseKind::Hold => "hold",
            PhaseKind::Publish => "publish",
            PhaseKind::Disconnect => "cut",
            PhaseKind::Reconnect => "back",
            PhaseKind::Drain => "drain",
        }
    }
}

/// Draws them, each with a name that ends where its phase does.
pub(super) fn draw(page: &mut Markup, shades: &[Shade]) {
    let tall = FLOOR.to_string();
    for shade in shades {
        let (x, wide) = (percent(shade.begins), percent(shade.ends - shade.begins));
        let class = format!("phase {}", shade.word());
        let frame = [
            ("class", class.as_str()),
            ("x", x.as_str()),
            ("width", wide.as_str()),
            ("height", tall.as_str()),
            ("overflow", "hidden"),
        ];
        page.within("svg", &frame, |page| {
            page.leaf("title", &[], &shade.label);
            let all = [("width", "100%"), ("height", "100%")];
            let look = [("fill", "currentColor"), ("fill-opacity", "0.05")];
            page.void("rect", &[all, look].concat());
            page.leaf("text", &[("x", "4"), ("y", LETTERS)], shade.word());
        });
        if shade.kind == PhaseKind::Disconnect {
            let ends = [("x1", x.as_str()), ("x2", &x), ("y1", "0"), ("y2", &tall)];
            let look = [("class", "cut"), ("stroke", "currentColor")];
            page.void("line", &[&ends[..], &look[..]].concat());
        }
    }
}
