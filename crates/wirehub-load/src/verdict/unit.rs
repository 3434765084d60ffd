//! Values as people read them.

/// What values are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Hundredths.
    Percent,
    /// Thousandths of a second.
    Milliseconds,
    /// Seconds.
    Seconds,
    /// Things.
    Count,
    /// Things a second.
    PerSecond,
    /// So many times something.
    Times,
    /// For each hour that a connection was open.
    PerHour,
    /// Bytes, in powers of 1,024.
    Bytes,
}

impl Unit {
    /// What documents for programs call it.
    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Milliseconds => "milliseconds",
            Self::Seconds => "seconds",
            Self::Count => "count",
            Self::PerSecond => "per_second",
            Self::Times => "times",
            Self::PerHour => "per_connection_hour",
            Self::Bytes => "bytes",
        }
    }

    /// A value with its unit.
    pub(crate) fn show(self, value: f64) -> String {
        match self {
            Self::Percent => format!("{} %", percent(value)),
            Self::Milliseconds => milliseconds(value),
            Self::Seconds => milliseconds(value * 1e3),
            Self::Count => grouped(value),
            Self::PerSecond => format!("{}/s", figure(value)),
            Self::Times => format!("{} ×", figure(value)),
            Self::PerHour => figure(value),
            Self::Bytes => bytes(value),
        }
    }
}

/// Close to a hundred, the digits that tell 99.9 from 99.99; elsewhere as any figure.
fn percent(value: f64) -> String {
    match (99.0..100.0).contains(&value) {
        // Cut and not rounded: what is not everything must not look like it.
        true => trimmed(format!("{:.3}", (value * 1e3).floor() / 1e3)),
        false => figure(value),
    }
}

fn milliseconds(value: f64) -> String {
    let size = value.abs();
    match size {
        0.0 => "0 ms".to_owned(),
        _ if size < 1.0 => format!("{} µs", figure(value * 1e3)),
        _ if size < 1_000.0 => format!("{} ms", figure(value)),
        _ if size < 120_000.0 => format!("{} s", figure(value / 1e3)),
        _ => format!("{} min", figure(value / 60e3)),
    }
}

fn bytes(value: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let (mut value, mut unit) = (value, 0);
    while value.abs() >= 1_000.0 && unit + 1 < units.len() {
        value /= 1_024.0;
        unit += 1;
    }
    format!("{} {}", figure(value), units.get(unit).unwrap_or(&"B"))
}

/// Three digits that count, or all of a larger one.
fn figure(value: f64) -> String {
    let size = value.abs();
    match size {
        _ if size == 0.0 || size >= 999.5 => grouped(value),
        _ if size >= 99.95 => format!("{value:.0}"),
        _ if size >= 9.995 => trimmed(format!("{value:.1}")),
        _ if size >= 0.9995 => trimmed(format!("{value:.2}")),
        _ if size >= 0.001 => trimmed(format!("{value:.3}")),
        _ => format!("{value:.1e}"),
    }
}

/// A whole number with a comma before each three digits.
fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    match value < 0.0 && text != "0" {
        true => format!("-{text}"),
        false => text,
    }
}

fn trimmed(text: String) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_short_and_say_what_they_are() {
        let shown = |unit: Unit, value| unit.show(value);
        assert_eq!(shown(Unit::Percent, 99.995_9), "99.995 %");
        assert_eq!(shown(Unit::Percent, 99.999_99), "99.999 %");
        assert_eq!(shown(Unit::Percent, 100.0), "100 %");
        assert_eq!(shown(Unit::Percent, 0.01), "0.01 %");
        assert_eq!(shown(Unit::Milliseconds, 0.25), "250 µs");
        assert_eq!(shown(Unit::Milliseconds, 41.26), "41.3 ms");
        assert_eq!(shown(Unit::Milliseconds, 1_204.0), "1.2 s");
        assert_eq!(shown(Unit::Seconds, 5.0), "5 s");
        assert_eq!(shown(Unit::Seconds, 0.0), "0 ms");
        assert_eq!(shown(Unit::Count, 1_234_567.0), "1,234,567");
        assert_eq!(shown(Unit::Bytes, 1_536.0), "1.5 KiB");
        assert_eq!(shown(Unit::Times, 5.25), "5.25 ×");
        assert_eq!(shown(Unit::PerHour, 0.000_02), "2.0e-5");
    }
}
