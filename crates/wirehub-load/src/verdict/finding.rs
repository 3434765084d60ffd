//! The verdict on one metric.

use serde::Serialize;

use super::{Limits, Metric};

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Within what is normal.
    Ok,
    /// Beyond what is normal and not beyond the limit of warning.
    Medium,
    /// Beyond the limit of warning.
    High,
    /// Nobody knows; [`Finding::note`] says why. It is not a pass.
    NotMeasured,
}

impl Level {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Medium => "medium",
            Self::High => "HIGH",
            Self::NotMeasured => "not measured",
        }
    }
}

/// The verdict on one metric.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Which one.
    pub metric: Metric,
    /// Its value; `None` when there is none.
    pub value: Option<f64>,
    /// What it was held against.
    pub limits: Limits,
    /// How bad it is.
    pub level: Level,
    /// Whether a run does not pass because this was not measured: it was asked for, and what was
    /// seen of it is not good enough to let it be.
    pub counts: bool,
    /// What a reader has to know to take the value for what it is.
    pub note: Option<String>,
}

impl Finding {
    /// Nothing known yet.
    pub(super) const fn blank(metric: Metric, limits: Limits) -> Self {
        Self {
            metric,
            value: None,
            limits,
            level: Level::NotMeasured,
            counts: false,
            note: None,
        }
    }

    /// The run does not have it, because its scenario does not.
    pub(super) fn unasked(mut self, why: impl Into<String>) -> Self {
        self.note = Some(why.into());
        self
    }

    /// It should have been measured and was not.
    pub(super) fn missing(mut self, why: impl Into<String>) -> Self {
        self.counts = true;
        self.note = Some(why.into());
        self
    }

    /// Holds a value against the limits.
    pub(super) fn measured(mut self, value: f64) -> Self {
        self.value = Some(value);
        self.level = self.level_of(value);
        self
    }

    /// The same with a level that the limits alone do not tell.
    pub(super) const fn at_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Says what a reader has to know; sentences add up.
    pub(super) fn noting(mut self, note: impl Into<String>) -> Self {
        let note = note.into();
        self.note = match self.note {
            Some(before) => Some(format!("{before}; {note}")),
            None => Some(note),
        };
        self
    }

    /// How bad a value would be.
    pub(super) fn level_of(&self, value: f64) -> Level {
        let Limits { ok, warn } = self.limits;
        let within = |limit: f64| match self.metric.is_better_high() {
            true => value >= limit,
            false => value <= limit,
        };
        match (within(ok), within(warn)) {
            (true, _) => Level::Ok,
            (false, true) => Level::Medium,
            (false, false) => Level::High,
        }
    }

    /// The value with its unit; a dash when there is none.
    #[must_use]
    pub fn shown(&self) -> String {
        let unit = self.metric.unit();
        self.value
            .map_or_else(|| "–".to_owned(), |value| unit.show(value))
    }

    /// What is normal.
    #[must_use]
    pub fn normal(&self) -> String {
        self.limit(self.limits.ok)
    }

    /// What is still only a warning; `None` when everything beyond normal is high.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let has_room = self.limits.ok < self.limits.warn || self.limits.warn < self.limits.ok;
        has_room.then(|| self.limit(self.limits.warn))
    }

    /// The finding in a sentence.
    pub(super) fn sentence(&self) -> String {
        let (name, shown, normal) = (self.metric.name(), self.shown(), self.normal());
        format!("{name} is {shown}, and normal is {normal}")
    }

    fn limit(&self, limit: f64) -> String {
        let shown = self.metric.unit().show(limit);
        let is_exact = limit == 0.0 && !self.metric.is_better_high();
        match (is_exact, self.metric.is_better_high()) {
            (true, _) => shown,
            (false, true) => format!("≥ {shown}"),
            (false, false) => format!("≤ {shown}"),
        }
    }
}
