//! Plots, as SVG that keeps the size of its letters however wide it becomes.
//!
//! Lines stand in a picture of their own that is stretched to the width there is, with strokes that
//! are not; letters are placed by percent. So one picture fits a wall and a telephone.

mod axis;
mod hover;
mod line;
mod scale;
mod shade;

pub(super) use axis::Across;
pub(super) use line::Line;
pub(super) use scale::Scale;
pub(super) use shade::Shade;

use super::markup::Markup;
use crate::verdict::Unit;

/// Height of a plot, and where its lines begin and end, in pixels.
const HEIGHT: f64 = 200.0;
const TOP: f64 = 32.0;
const FLOOR: f64 = 182.0;

/// A limit, drawn across.
#[derive(Clone, Debug)]
pub(super) struct Limit {
    pub(super) value: f64,
    pub(super) name: &'static str,
}

/// A plot.
#[derive(Clone, Debug)]
pub(super) struct Plot {
    pub(super) title: &'static str,
    pub(super) unit: Unit,
    pub(super) across: Across,
    pub(super) is_logarithmic: bool,
    pub(super) lines: Vec<Line>,
    pub(super) limits: Vec<Limit>,
    pub(super) shades: Vec<Shade>,
}

impl Plot {
    /// Draws it, if there is anything to be seen.
    pub(super) fn draw(&self, page: &mut Markup) {
        let values = || self.lines.iter().flat_map(Line::values);
        let largest = values().fold(0.0, f64::max);
        let smallest = values()
            .filter(|value| *value > 0.0)
            .fold(largest, f64::min);
        if values().next().is_none() {
            return;
        }
        let scale = match self.is_logarithmic {
            true => Scale::logarithmic(smallest, largest),
            false => Scale::linear(largest, self.unit),
        };
        page.within("figure", &[("class", "plot")], |page| {
            page.within("figcaption", &[], |page| self.caption(page));
            let height = HEIGHT.to_string();
            let label = self.described();
            let frame = [
                ("width", "100%"),
                ("height", height.as_str()),
                ("role", "img"),
                ("aria-label", label.as_str()),
            ];
            page.within("svg", &frame, |page| {
                shade::draw(page, &self.shades);
                axis::draw_grid(page, &scale);
                line::draw(page, &self.lines, &scale);
                self.draw_limits(page, &scale);
                axis::draw_values(page, &scale, self.unit, self.across);
                hover::draw(page, self);
            });
        });
    }

    fn caption(&self, page: &mut Markup) {
        page.leaf("span", &[("class", "title")], self.title);
        page.within("span", &[("class", "legend")], |page| {
            for line in &self.lines {
                let class = format!("colour-{}{}", line.colour, line.dashed());
                page.within("span", &[("class", &class)], |page| {
                    page.leaf("i", &[], "");
                    page.text(line.name);
                    page.text(" ");
                    let peak = line.values().fold(f64::NEG_INFINITY, f64::max);
                    if peak.is_finite() && self.across.has_peaks() {
                        page.leaf("b", &[], &self.unit.show(peak));
                    }
                });
            }
        });
    }

    /// What those hear who do not see it.
    fn described(&self) -> String {
        let lines = self.lines.iter().map(|line| {
            let peak = line.values().fold(0.0, f64::max);
            format!("{} up to {}", line.name, self.unit.show(peak))
        });
        format!("{}: {}", self.title, lines.collect::<Vec<_>>().join(", "))
    }

    fn draw_limits(&self, page: &mut Markup, scale: &Scale) {
        for limit in &self.limits {
            let Some(part) = scale.part(limit.value).filter(|part| *part <= 1.0) else {
                continue;
            };
            let y = format!("{:.1}", height(part));
            let class = ("class", "limit");
            let ends = [class, ("x1", "0"), ("x2", "100%"), ("y1", &y), ("y2", &y)];
            let look = [("stroke", "currentColor"), ("stroke-dasharray", "4 3")];
            page.void("line", &[&ends[..], &look[..]].concat());
            let above = format!("{:.1}", height(part) - 3.0);
            let place = [class, ("x", "100%"), ("y", &above), ("text-anchor", "end")];
            let words = format!("{} {}", limit.name, self.unit.show(limit.value));
            page.leaf("text", &place, &words);
        }
    }
}

/// Where a part of the height is, from the top.
fn height(part: f64) -> f64 {
    FLOOR - part * (FLOOR - TOP)
}

/// A place across, for letters and boxes.
fn percent(part: f64) -> String {
    format!("{:.2}%", part.clamp(0.0, 1.0) * 100.0)
}
