//! The text format: a description and the samples of each metric
//! (<https://prometheus.io/docs/instrumenting/exposition_formats/>).

use std::fmt::{Display, Write as _};

use wirehub::Histogram;

use super::table::Metric;

/// Metrics being written.
#[derive(Debug, Default)]
pub(super) struct Samples {
    text: String,
    name: &'static str,
    labels: &'static [&'static str],
}

impl Samples {
    /// Begins with a metric; the samples that follow are its own.
    pub(super) fn describe(&mut self, metric: &Metric) {
        let (name, kind, help) = (metric.name, metric.kind.name(), metric.help);
        self.write(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        (self.name, self.labels) = (name, metric.labels);
    }

    /// The only sample of a metric without labels.
    pub(super) fn put(&mut self, value: impl Display) {
        self.put_with(&[], value);
    }

    /// A sample with the values of the metric's labels, in their order.
    pub(super) fn put_with(&mut self, values: &[&str], value: impl Display) {
        self.sample("", values, None, value);
    }

    /// A sample for each value of the metric's only label.
    pub(super) fn put_each<L: AsRef<str>, V: Display>(
        &mut self,
        samples: impl IntoIterator<Item = (L, V)>,
    ) {
        for (label, value) in samples {
            self.put_with(&[label.as_ref()], value);
        }
    }

    /// All samples of a histogram without labels.
    pub(super) fn put_histogram(&mut self, histogram: &Histogram) {
        for (end, count) in histogram.cumulative() {
            let end = if end.is_finite() {
                end.to_string()
            } else {
                "+Inf".to_owned()
            };
            self.sample("_bucket", &[], Some(&end), count);
        }
        self.sample("_sum", &[], None, histogram.sum_seconds());
        self.sample("_count", &[], None, histogram.count());
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn sample(&mut self, suffix: &str, values: &[&str], end: Option<&str>, value: impl Display) {
        let name = self.name;
        self.write(format_args!("{name}{suffix}"));
        let labels = self.labels.iter().copied().zip(values.iter().copied());
        let mut separator = '{';
        for (label, value) in labels.chain(end.map(|end| ("le", end))) {
            let value = escaped(value);
            self.write(format_args!("{separator}{label}=\"{value}\""));
            separator = ',';
        }
        let close = if separator == ',' { "}" } else { "" };
        self.write(format_args!("{close} {value}\n"));
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // A string takes whatever it is given.
        let _ = self.text.write_fmt(text);
    }
}

fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
