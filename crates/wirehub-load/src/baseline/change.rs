//! How one figure changed.

use serde::Serialize;

use crate::verdict::Unit;

/// A ratio beyond this comes of something that hardly was before, and says no more than that.
const ENDLESS: f64 = 1e6;

/// What can be said of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Worse, by more than the tolerance, whatever the interval leaves open.
    Worse,
    /// Better, in the same way.
    Better,
    /// No change beyond the tolerance, whatever the interval leaves open.
    Same,
    /// The interval leaves it open; longer runs would tell.
    Undecided,
    /// It was not measured, or too little of it.
    NotCompared,
}

impl Change {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Worse => "WORSE",
            Self::Better => "better",
            Self::Same => "the same",
            Self::Undecided => "not told apart",
            Self::NotCompared => "not compared",
        }
    }
}

/// How one figure changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What it is called.
    pub name: &'static str,
    /// The figure of the earlier run.
    pub before: Option<f64>,
    /// The figure of the later run.
    pub after: Option<f64>,
    /// The later one by the earlier one.
    pub ratio: Option<f64>,
    /// Where the ratio is, with the others all together in 95 of 100 comparisons. The upper end is
    /// infinite, and `null` in JSON, where nothing was seen before.
    pub interval: Option<(f64, f64)>,
    /// A change of this part is let pass: 0.25 is from 0.8 to 1.25 times.
    pub tolerance: f64,
    /// What can be said of it.
    pub change: Change,
    /// What a reader has to know.
    pub note: Option<String>,
    #[serde(skip)]
    pub(crate) unit: Unit,
    #[serde(skip)]
    pub(super) is_better_high: bool,
}

impl Difference {
    /// Holds the interval against the tolerance.
    pub(super) fn decided(mut self) -> Self {
        self.change = match (self.interval, self.ratio) {
            (Some((low, high)), _) => {
                let (least, most) = (1.0 / (1.0 + self.tolerance), 1.0 + self.tolerance);
                match (low > most, high < least) {
                    (true, _) if self.is_better_high => Change::Better,
                    (true, _) => Change::Worse,
                    (_, true) if self.is_better_high => Change::Worse,
                    (_, true) => Change::Better,
                    _ if low >= least && high <= most => Change::Same,
                    _ => Change::Undecided,
                }
            }
            (None, _) => Change::NotCompared,
        };
        self
    }

    /// A figure with its unit; a dash when there is none.
    #[must_use]
    pub fn shown(&self, value: Option<f64>) -> String {
        value.map_or_else(|| "–".to_owned(), |value| self.unit.show(value))
    }

    /// The ratio with its interval.
    #[must_use]
    pub fn ratio_shown(&self) -> String {
        let times = |value: f64| match value < ENDLESS {
            true => format!("{value:.2}"),
            false => "∞".to_owned(),
        };
        match (self.ratio, self.interval) {
            (Some(ratio), Some((low, high))) => {
                format!("{} × [{}, {}]", times(ratio), times(low), times(high))
            }
            (Some(ratio), None) => format!("{} ×", times(ratio)),
            (None, _) => "–".to_owned(),
        }
    }

    /// The change in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        format!(
            "{} is {}: {} before, {} after, {}",
            self.name,
            self.change.words().to_lowercase(),
            self.shown(self.before),
            self.shown(self.after),
            self.ratio_shown(),
        )
    }
}
