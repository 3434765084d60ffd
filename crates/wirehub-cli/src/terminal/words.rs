//! Numbers for people: three digits and a unit.

const LETTERS: [&str; 4] = ["", "k", "M", "G"];
const BYTES: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// `381`, `12.3k`
pub(crate) fn count(value: f64) -> String {
    if value < 9_999.5 {
        return format!("{value:.0}");
    }
    scaled(value, 1_000.0, &LETTERS, "")
}

/// `0`, `0.40`, `193`, `3.92k`
pub(crate) fn rate(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        value if value < 999.5 => digits(value),
        value => scaled(value, 1_000.0, &LETTERS, ""),
    }
}

pub(crate) fn bytes(value: f64) -> String {
    match value {
        value if value < 1_023.5 => format!("{value:.0} B"),
        value => scaled(value, 1_024.0, &BYTES, " "),
    }
}

/// `1.09 ms`, `–` for what is not known.
pub(crate) fn seconds(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value < 0.001 => format!("{} µs", digits(value * 1e6)),
        Some(value) if value < 1.0 => format!("{} ms", digits(value * 1e3)),
        Some(value) => format!("{} s", digits(value)),
    }
}

/// `3 d 4 h`, `2 h 5 min`, `40 s`
pub(crate) fn long(seconds: f64) -> String {
    let whole = seconds as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3_600 % 24, whole / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{whole} s"),
        (0, 0, _) => format!("{minutes} min {} s", whole % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

fn scaled(mut value: f64, base: f64, units: &[&str], space: &str) -> String {
    let mut unit = 0;
    while value >= base * 0.9995 && unit + 1 < units.len() {
        value /= base;
        unit += 1;
    }
    format!("{}{space}{}", digits(value), units[unit])
}

fn digits(value: f64) -> String {
    match value {
        value if value >= 99.95 => format!("{value:.0}"),
        value if value >= 9.995 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits_and_a_unit() {
        assert_eq!(
            [count(0.0), count(9_999.0), count(12_345.0)],
            ["0", "9999", "12.3k"]
        );
        assert_eq!(
            [rate(0.0), rate(0.4), rate(193.2), rate(3_920.0)],
            ["0", "0.40", "193", "3.92k"]
        );
        assert_eq!(
            [bytes(12.0), bytes(1_536.0), bytes(1_048_576.0)],
            ["12 B", "1.50 KiB", "1.00 MiB"]
        );
        assert_eq!(seconds(Some(0.000_085)), "85.0 µs");
        assert_eq!(seconds(Some(0.001_09)), "1.09 ms");
        assert_eq!([seconds(Some(2.5)), seconds(None)], ["2.50 s", "–"]);
        assert_eq!(
            [long(40.0), long(125.0), long(18_300.0)],
            ["40 s", "2 min 5 s", "5 h 5 min"]
        );
        assert_eq!(long(270_000.0), "3 d 3 h");
    }
}
