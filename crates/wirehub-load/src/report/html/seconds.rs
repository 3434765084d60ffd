//! The run second by second.

use crate::{
    outcome::{Outcome, Reading, Row},
    report::{
        Report,
        plot::{Across, Limit, Line, Plot, Shade},
    },
    verdict::{Metric, Unit},
};

/// The plots, in the order in which a run is understood: who was there, who came and went, what was
/// said, how long it took, and what it cost.
pub(super) fn plots(report: &Report) -> Vec<Plot> {
    let outcome = &report.outcome;
    let view = View::of(outcome);
    let mut plots = vec![
        view.plot(
            "Connections open",
            Unit::Count,
            vec![view.rates("open", 1, |row| row.open as f64).filled()],
        ),
        view.plot("Coming and going", Unit::PerSecond, view.traffic()),
    ];
    if outcome.tally.published > 0 || outcome.tally.delivered > 0 {
        let delivered = view.rate("delivered", 1, |row| row.delivered).filled();
        let mut lines = vec![delivered, view.rate("published", 4, |row| row.published)];
        if outcome.tally.lost > 0 {
            lines.push(view.rate("lost", 5, |row| row.lost));
        }
        plots.push(view.plot("Messages", Unit::PerSecond, lines));
        plots.push(view.delivery(report));
    }
    plots.extend(view.server());
    plots
}

/// A run on the axis of time.
struct View<'a> {
    outcome: &'a Outcome,
    wide: f64,
}

impl<'a> View<'a> {
    fn of(outcome: &'a Outcome) -> Self {
        let rows = outcome.series.starts(outcome.series.rows.len());
        let ends = outcome.phases.iter().map(|phase| phase.ended);
        Self {
            outcome,
            wide: ends.fold(rows, f64::max).max(1.0),
        }
    }

    fn plot(&self, title: &'static str, unit: Unit, lines: Vec<Line>) -> Plot {
        Plot {
            title,
            unit,
            across: Across::Time(self.wide),
            is_logarithmic: false,
            lines,
            limits: Vec::new(),
            shades: Shade::all(self.outcome, self.wide),
        }
    }

    fn over(&self, name: &'static str, colour: u8, figure: impl Fn(&Row) -> Option<f64>) -> Line {
        let series = &self.outcome.series;
        let middle = f64::from(series.seconds_a_row) / 2.0;
        let rows = series.rows.iter().enumerate();
        let points =
            rows.map(|(place, row)| ((series.starts(place) + middle) / self.wide, figure(row)));
        Line::new(name, colour, points)
    }

    fn rates(&self, name: &'static str, colour: u8, figure: impl Fn(&Row) -> f64) -> Line {
        self.over(name, colour, |row| Some(figure(row)))
    }

    fn rate(&self, name: &'static str, colour: u8, figure: impl Fn(&Row) -> u64) -> Line {
        let seconds = f64::from(self.outcome.series.seconds_a_row.max(1));
        self.rates(name, colour, |row| figure(row) as f64 / seconds)
    }

    fn traffic(&self) -> Vec<Line> {
        let mut lines = vec![
            self.rate("opened", 1, |row| row.made),
            self.rate("closed", 3, |row| row.closes.values().sum()),
        ];
        let tally = &self.outcome.tally;
        if tally.reconnects > 0 {
            lines.push(self.rate("reconnects due", 2, |row| row.reconnects));
        }
        if tally.failed() > 0 {
            lines.push(self.rate("failed", 5, |row| row.failed));
        }
        lines
    }

    fn delivery(&self, report: &Report) -> Plot {
        let quantile = |name, colour, share: f64| {
            self.over(name, colour, move |row| {
                let time = row.delivery_quantile(share)?;
                Some(time.as_secs_f64() * 1e3)
            })
        };
        let lines = vec![
            quantile("longest", 3, 1.0),
            quantile("p99", 2, 0.99),
            quantile("p50", 1, 0.5),
        ];
        let mut plot = self.plot("Delivery", Unit::Milliseconds, lines);
        plot.is_logarithmic = true;
        if let Some(finding) = report.verdict.finding(Metric::DeliveryP99) {
            plot.limits.push(Limit {
                value: finding.limits.ok,
                name: "p99 normal to",
            });
        }
        plot
    }

    /// What the server used, one plot for each thing that was seen.
    fn server(&self) -> Vec<Plot> {
        let seen = [
            ("Server: CPU", Unit::Percent, "of a core", self.cpu()),
            (
                "Server: memory",
                Unit::Bytes,
                "resident",
                self.looks(|seen| seen.memory),
            ),
            (
                "Server: file descriptors",
                Unit::Count,
                "open",
                self.looks(|seen| seen.descriptors),
            ),
            (
                "Server: tasks",
                Unit::Count,
                "alive",
                self.looks(|seen| seen.tasks),
            ),
        ];
        let seen = seen
            .into_iter()
            .filter(|(_, _, _, points)| points.len() > 1);
        let plots = seen.map(|(title, unit, name, points)| {
            self.plot(title, unit, vec![Line::new(name, 4, points).filled()])
        });
        plots.collect()
    }

    fn looks(&self, figure: impl Fn(&Reading) -> Option<u64>) -> Vec<(f64, Option<f64>)> {
        let looks = self.seen(|seen| figure(seen).map(|value| value as f64));
        looks.map(|(at, value)| (at, Some(value))).collect()
    }

    /// Processor time between each two looks.
    fn cpu(&self) -> Vec<(f64, Option<f64>)> {
        let looks: Vec<(f64, f64)> = self.seen(|seen| seen.cpu).collect();
        let pairs = looks.iter().zip(looks.iter().skip(1));
        let used = pairs.filter_map(|((from, before), (to, after))| {
            let seconds = (to - from) * self.wide;
            let used = (after - before).max(0.0) / seconds * 100.0;
            (seconds > 0.0).then_some((*to, Some(used)))
        });
        used.collect()
    }

    /// The looks of the run itself; its baselines before and after are in the table.
    fn seen(&self, figure: impl Fn(&Reading) -> Option<f64>) -> impl Iterator<Item = (f64, f64)> {
        let samples = self
            .outcome
            .server
            .iter()
            .flat_map(|server| &server.samples);
        let within = samples.filter(|seen| (0.0..=self.wide).contains(&seen.at));
        within.filter_map(move |seen| Some((seen.at / self.wide, figure(seen)?)))
    }
}
