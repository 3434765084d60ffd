//! What a pointer finds on a plot, without any script.

use super::{Across, FLOOR, Plot, TOP, percent};
use crate::report::{markup::Markup, moment};

/// Narrower columns are hard to hit.
const COLUMNS: usize = 90;

/// Lays columns over the plot that say what is below them.
pub(super) fn draw(page: &mut Markup, plot: &Plot) {
    let most = plot.lines.iter().map(|line| line.points.len()).max();
    let Some(columns) = most
        .map(|most| most.min(COLUMNS))
        .filter(|columns| *columns > 1)
    else {
        return;
    };
    let (top, tall) = (TOP.to_string(), (FLOOR - TOP).to_string());
    let wide = 1.0 / columns as f64;
    page.within("g", &[("class", "hover")], |page| {
        for column in 0..columns {
            let (begins, ends) = (column as f64 * wide, (column + 1) as f64 * wide);
            let Some(words) = words(plot, begins, ends) else {
                continue;
            };
            let (x, wide) = (percent(begins), percent(wide));
            let frame = [
                ("x", x.as_str()),
                ("y", top.as_str()),
                ("width", wide.as_str()),
                ("height", tall.as_str()),
                ("fill", "currentColor"),
                ("fill-opacity", "0"),
            ];
            page.within("rect", &frame, |page| page.leaf("title", &[], &words));
        }
    });
}

/// What the lines are at most between two places.
fn words(plot: &Plot, begins: f64, ends: f64) -> Option<String> {
    let mut words = vec![match plot.across {
        Across::Time(seconds) => moment::into_run(begins * seconds),
        Across::Nines(nines) => {
            let share = 1.0 - 10_f64.powf(-f64::midpoint(begins, ends) * nines);
            format!("{:.3} %", share * 100.0)
        }
    }];
    for line in &plot.lines {
        let within = line.points.iter();
        let within = within.filter(|(across, _)| (begins..ends).contains(across));
        let highest = within.filter_map(|(_, value)| *value).reduce(f64::max);
        words.extend(highest.map(|value| format!("{}: {}", line.name, plot.unit.show(value))));
    }
    (words.len() > 1).then(|| words.join("\n"))
}
