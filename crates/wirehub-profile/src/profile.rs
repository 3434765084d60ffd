//! What was measured, and where.

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// What a number of a sample counts, such as `cpu` in `nanoseconds`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValueKind {
    /// What is counted.
    pub name: &'static str,
    /// In what it is counted.
    pub unit: &'static str,
}

impl ValueKind {
    /// A kind of value.
    #[must_use]
    pub const fn new(name: &'static str, unit: &'static str) -> Self {
        Self { name, unit }
    }
}

/// A place in the program: an address of its code, or one that is only named.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// Zero for a place that is only named.
    pub(crate) address: u64,
    /// The function, and before it those that the compiler put into it, innermost first.
    pub(crate) functions: Arc<[Function]>,
}

/// A function, and the line in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Function {
    pub(crate) name: String,
    /// Empty where the program does not say.
    pub(crate) file: String,
    pub(crate) line: u32,
}

impl Place {
    /// A place with a name of its own.
    #[must_use]
    pub fn named(function: impl Into<String>, file: impl Into<String>, line: u32) -> Self {
        let function = Function {
            name: function.into(),
            file: file.into(),
            line,
        };
        Self {
            address: 0,
            functions: Arc::new([function]),
        }
    }
}

/// Samples of one kind of profile.
#[derive(Clone, Debug)]
pub struct Profile {
    pub(crate) kinds: Vec<ValueKind>,
    pub(crate) samples: Vec<Sample>,
    pub(crate) taken_at: SystemTime,
    pub(crate) duration: Duration,
    pub(crate) period: Option<(ValueKind, i64)>,
    pub(crate) comments: Vec<String>,
}

/// Numbers at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    /// The innermost place first.
    pub(crate) stack: Vec<Place>,
    /// In the order of the profile's kinds.
    pub(crate) values: Vec<i64>,
    pub(crate) labels: Vec<(&'static str, String)>,
}

impl Profile {
    /// An empty profile of these kinds of values; the last one is what tools show first.
    #[must_use]
    pub fn new(kinds: Vec<ValueKind>) -> Self {
        Self {
            kinds,
            samples: Vec::new(),
            taken_at: SystemTime::now(),
            duration: Duration::ZERO,
            period: None,
            comments: Vec::new(),
        }
    }

    /// Adds numbers, in the order of the profile's kinds, at the innermost place of a stack.
    pub fn sample(&mut self, stack: Vec<Place>, values: Vec<i64>, labels: &[(&'static str, &str)]) {
        let labels = labels.iter();
        self.samples.push(Sample {
            stack,
            values,
            labels: labels
                .map(|(key, value)| (*key, (*value).to_owned()))
                .collect(),
        });
    }

    /// Says something to whoever reads the profile.
    pub fn comment(&mut self, comment: impl Into<String>) {
        self.comments.push(comment.into());
    }

    /// The innermost functions with the sum of their last value, the largest first: what
    /// `go tool pprof -top` shows.
    #[must_use]
    pub fn top(&self) -> Vec<(String, i64)> {
        let mut sums = HashMap::<String, i64>::new();
        for sample in &self.samples {
            let innermost = sample
                .stack
                .first()
                .and_then(|place| place.functions.first());
            if let (Some(function), Some(value)) = (innermost, sample.values.last()) {
                *sums.entry(function.name.clone()).or_default() += *value;
            }
        }
        let mut sums: Vec<_> = sums.into_iter().collect();
        sums.sort_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        sums
    }

    /// The sum of the last value over all stacks with a function that satisfies `what`: what
    /// `go tool pprof -top -cum` shows.
    #[must_use]
    pub fn under(&self, what: impl Fn(&str) -> bool) -> i64 {
        let satisfies = |place: &Place| place.functions.iter().any(|inner| what(&inner.name));
        let samples = self.samples.iter();
        samples
            .filter(|sample| sample.stack.iter().any(satisfies))
            .filter_map(|sample| sample.values.last())
            .sum()
    }
}
