//! A figure on its way to a difference.

use super::{
    blocks::Estimate,
    change::{Change, Difference},
    events::{self, Events},
};

const SHORT: &str = "there are too few seconds of it in which to see how much it varies by itself";

/// A figure before its interval: how wide that is hangs on how many figures there are.
pub(super) struct Measure {
    difference: Difference,
    found: Found,
}

enum Found {
    Estimate(Estimate),
    Events(Events, Events),
    Nothing,
}

impl Measure {
    /// Whether there is anything to compare.
    pub(super) const fn is_found(&self) -> bool {
        !matches!(self.found, Found::Nothing)
    }

    /// Gives it its interval, and holds that against the tolerance.
    pub(super) fn decided(self, false_alarms: f64) -> Difference {
        let mut difference = self.difference;
        match self.found {
            Found::Nothing => return difference,
            Found::Estimate(estimate) => {
                difference.ratio = Some(estimate.ratio);
                difference.interval = estimate.interval(false_alarms);
            }
            Found::Events(before, after) => {
                let Some((ratio, interval)) = events::ratio(&before, &after, false_alarms) else {
                    difference.change = Change::Same;
                    difference.note = Some("none in both runs".to_owned());
                    return difference;
                };
                (difference.ratio, difference.interval) = (Some(ratio), Some(interval));
            }
        }
        difference.decided()
    }
}

impl Difference {
    /// It cannot be compared.
    pub(super) fn nothing(mut self, why: &str) -> Measure {
        let is_measured = self.before.is_some() && self.after.is_some();
        let why = if is_measured {
            why
        } else {
            "not measured in both runs"
        };
        self.note = Some(why.to_owned());
        Measure {
            difference: self,
            found: Found::Nothing,
        }
    }

    /// It is compared by blocks.
    pub(super) fn estimated(self, estimate: Option<Estimate>) -> Measure {
        match estimate {
            None => self.nothing(SHORT),
            Some(estimate) => Measure {
                difference: self,
                found: Found::Estimate(estimate),
            },
        }
    }

    /// It is compared by counts.
    pub(super) fn counted(self, before: Events, after: Events) -> Measure {
        match before.of() > 0.0 && after.of() > 0.0 {
            false => self.nothing("nothing of which there could have been any"),
            true => Measure {
                difference: self,
                found: Found::Events(before, after),
            },
        }
    }
}
