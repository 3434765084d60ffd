//! The figures that are compared.

use super::{
    blocks::{self, Pair},
    change::{Change, Difference},
    events::Events,
    measure::Measure,
    used,
};
use crate::{
    outcome::{Latency, Outcome, Row, Series},
    verdict::Unit,
};

/// A tail needs so many beyond its quantile to be one.
const BEYOND: f64 = 10.0;

/// Every figure.
pub(super) fn all(before: &Outcome, after: &Outcome, false_alarms: f64) -> Vec<Difference> {
    let (one, two) = evened(&before.series, &after.series);
    let sides = Sides {
        before,
        after,
        seconds: f64::from(one.seconds_a_row),
        rows: one.rows.iter().zip(&two.rows).collect(),
    };
    let mut measures = vec![sides.failures()];
    measures.extend(sides.times());
    measures.extend([
        sides.losses(),
        sides.duplicates(),
        sides.closes(),
        sides.deliveries(),
        sides.used("server CPU", Unit::Percent, 0.1, used::cpu),
        sides.used("server memory, mean", Unit::Bytes, 0.1, used::memory),
    ]);
    let found = measures.iter().filter(|measure| measure.is_found());
    let many = found.count().max(1);
    let each = false_alarms / many as f64;
    let decided = measures.into_iter().map(|measure| measure.decided(each));
    decided.collect()
}

/// Both series with rows that stand for the same time.
fn evened(before: &Series, after: &Series) -> (Series, Series) {
    let coarse = |finer: &Series, other: &Series| {
        let mut finer = finer.clone();
        finer.merge(Series {
            seconds_a_row: other.seconds_a_row,
            rows: Vec::new(),
        });
        finer
    };
    (coarse(before, after), coarse(after, before))
}

/// Two runs and their seconds side by side.
struct Sides<'a> {
    before: &'a Outcome,
    after: &'a Outcome,
    seconds: f64,
    rows: Vec<(&'a Row, &'a Row)>,
}

impl Sides<'_> {
    /// Latencies: the middle and the tails.
    fn times(&self) -> Vec<Measure> {
        let handshake = ["handshake p50", "handshake p99"];
        let resume = ["resume p50", "resume p99"];
        let delivery = ["delivery p50", "delivery p99", "delivery p99.9"];
        let (two, three) = ([0.5, 0.99], [0.5, 0.99, 0.999]);
        let mut measures = Vec::new();
        measures.extend(self.time(handshake, two, |run| &run.handshake, |row| &row.handshake));
        measures.extend(self.time(delivery, three, |run| &run.delivery, |row| &row.delivery));
        measures.extend(self.time(resume, two, |run| &run.resume, |row| &row.resume));
        measures
    }

    /// One latency. A tail hangs on fewer values than the middle, and more may change it.
    fn time<const N: usize>(
        &self,
        names: [&'static str; N],
        shares: [f64; N],
        whole: fn(&Outcome) -> &Latency,
        second: fn(&Row) -> &Option<Latency>,
    ) -> [Measure; N] {
        let rows = self.rows.iter();
        let pairs = rows.map(|(before, after)| Pair {
            before: second(before).as_ref(),
            after: second(after).as_ref(),
        });
        let seconds: Vec<_> = pairs.collect();
        let mut estimates = blocks::quantiles(&seconds, shares).into_iter();
        let mut names = names.into_iter();
        shares.map(|share| {
            let tolerance = match share {
                _ if share > 0.99 => 0.5,
                _ if share > 0.5 => 0.35,
                _ => 0.25,
            };
            let value = |run: &Outcome| {
                let at = whole(run).quantile(share)?;
                Some(at.as_secs_f64() * 1e3)
            };
            let name = names.next().unwrap_or_default();
            let blank = self.blank(name, Unit::Milliseconds, tolerance, &value);
            let estimate = estimates.next().flatten();
            let is_tail = |run: &Outcome| whole(run).count() as f64 * (1.0 - share) >= BEYOND;
            match is_tail(self.before) && is_tail(self.after) {
                true => blank.estimated(estimate),
                false => blank.nothing("too few of them"),
            }
        })
    }

    fn failures(&self) -> Measure {
        let share = |run: &Outcome| {
            let (bad, good) = (run.tally.failed() as f64, run.tally.connects_made as f64);
            (bad + good > 0.0).then(|| bad / (bad + good) * 100.0)
        };
        let blank = self.blank("failed connects", Unit::Percent, 0.25, &share);
        let whole = |run: &Outcome| (run.tally.failed() as f64, run.tally.connects_made as f64);
        self.events(blank, whole, |row| (row.failed as f64, row.made as f64))
    }

    fn losses(&self) -> Measure {
        let share = |run: &Outcome| {
            let (bad, good) = (run.tally.lost as f64, run.tally.delivered as f64);
            (bad + good > 0.0).then(|| bad / (bad + good) * 100.0)
        };
        let blank = self.blank("lost deliveries", Unit::Percent, 0.25, &share);
        let whole = |run: &Outcome| (run.tally.lost as f64, run.tally.delivered as f64);
        self.events(blank, whole, |row| (row.lost as f64, row.delivered as f64))
    }

    fn duplicates(&self) -> Measure {
        let share = |run: &Outcome| {
            let all = run.tally.delivered as f64;
            (all > 0.0).then(|| run.tally.duplicated as f64 / all * 100.0)
        };
        let blank = self.blank("duplicates", Unit::Percent, 0.25, &share);
        // Seconds do not have them, so each counts as if it came by itself.
        let whole = |run: &Outcome| (run.tally.duplicated as f64, run.tally.delivered as f64);
        self.events(blank, whole, |_| (0.0, 0.0))
    }

    fn closes(&self) -> Measure {
        let rate = |run: &Outcome| {
            let hours = run.tally.open_seconds / 3_600.0;
            (hours > 0.0).then(|| run.tally.abnormal_closes() as f64 / hours)
        };
        let blank = self.blank("abnormal closes/conn-h", Unit::PerHour, 0.25, &rate);
        let whole = |run: &Outcome| {
            let bad = run.tally.abnormal_closes() as f64;
            (bad, run.tally.open_seconds)
        };
        self.events(blank, whole, |row| {
            let bad = row.closes.iter().filter(|(kind, _)| kind.is_abnormal());
            (bad.map(|(_, count)| *count as f64).sum(), row.open as f64)
        })
    }

    fn deliveries(&self) -> Measure {
        let rate = |run: &Outcome| {
            let is_any = run.tally.delivered > 0 && run.seconds > 0.0;
            is_any.then(|| run.tally.delivered as f64 / run.seconds)
        };
        let mut blank = self.blank("deliveries a second", Unit::PerSecond, 0.05, &rate);
        blank.is_better_high = true;
        let rows = self.rows.iter();
        let seconds: Vec<_> = rows
            .map(|(before, after)| Pair {
                before: before.delivered as f64,
                after: after.delivered as f64,
            })
            .collect();
        blank.estimated(blocks::sums(&seconds))
    }

    /// What the server used, second by second.
    fn used(
        &self,
        name: &'static str,
        unit: Unit,
        tolerance: f64,
        figure: fn(&Outcome, f64, f64) -> Option<f64>,
    ) -> Measure {
        let rows = self.rows.len();
        let used = |run: &Outcome| -> Vec<Option<f64>> {
            let begins = (0..rows).map(|row| row as f64 * self.seconds);
            let used = begins.map(|begins| figure(run, begins, begins + self.seconds));
            used.collect()
        };
        let (before, after) = (used(self.before), used(self.after));
        let pairs = before.iter().zip(&after);
        let pairs = pairs.filter_map(|(before, after)| {
            let (before, after) = ((*before)?, (*after)?);
            Some(Pair { before, after })
        });
        let seconds: Vec<Pair<f64>> = pairs.collect();
        let mean = |sum: f64| (!seconds.is_empty()).then(|| sum / seconds.len() as f64);
        let mut blank = self.blank(name, unit, tolerance, &|_| None);
        blank.before = mean(seconds.iter().map(|pair| pair.before).sum());
        blank.after = mean(seconds.iter().map(|pair| pair.after).sum());
        match seconds.is_empty() {
            true => blank.nothing("not watched in both runs"),
            false => blank.estimated(blocks::sums(&seconds)),
        }
    }

    /// Bad events, and good ones or the time in which there were none. The whole run says how many
    /// there are, and its seconds how they are spread; where these do not have them all, the whole
    /// run is one second, and nothing is known of bursts.
    fn events(
        &self,
        blank: Difference,
        whole: impl Fn(&Outcome) -> (f64, f64),
        figure: impl Fn(&Row) -> (f64, f64),
    ) -> Measure {
        let sides = [self.before, self.after].map(|run| {
            let (bad, good) = whole(run);
            let rows = run.series.rows.iter().map(&figure);
            let seconds: Vec<_> = rows.map(|(bad, good)| (bad, bad + good)).collect();
            let mut found = Events { seconds };
            let scale = (bad + good) / found.of();
            if found.count() < bad || !scale.is_finite() {
                found.seconds = vec![(bad, bad + good)];
                return found;
            }
            for (_, of) in &mut found.seconds {
                *of *= scale;
            }
            found
        });
        let [before, after] = sides;
        blank.counted(before, after)
    }

    fn blank(
        &self,
        name: &'static str,
        unit: Unit,
        tolerance: f64,
        value: &dyn Fn(&Outcome) -> Option<f64>,
    ) -> Difference {
        Difference {
            name,
            before: value(self.before),
            after: value(self.after),
            ratio: None,
            interval: None,
            tolerance,
            change: Change::NotCompared,
            note: None,
            unit,
            is_better_high: false,
        }
    }
}
