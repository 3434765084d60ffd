//! Decimal numbers as text.

use std::cmp::Ordering;

/// Compares two numbers exactly, whatever their length; `None` when one of the texts is none. A
/// number is digits, with a sign before and a fraction behind them or not.
pub(crate) fn compare(one: &str, other: &str) -> Option<Ordering> {
    let (one, other) = (Decimal::parse(one)?, Decimal::parse(other)?);
    Some(match (one.negative, other.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => one.size().cmp(&other.size()),
        (true, true) => other.size().cmp(&one.size()),
    })
}

/// A number without zeros that say nothing.
struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !are_digits(whole) || !are_digits(fraction) {
            return None;
        }
        let whole = whole.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let is_zero = whole.is_empty() && fraction.is_empty();
        Some(Self {
            negative: text.starts_with('-') && !is_zero,
            whole,
            fraction,
        })
    }

    /// Orders numbers without their signs: the longer whole is the larger, and fractions compare
    /// as texts.
    const fn size(&self) -> (usize, &'a str, &'a str) {
        (self.whole.len(), self.whole, self.fraction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_as_numbers() {
        let rising = [
            "-10.5", "-10", "-2", "-0.3", "0", "0.25", "0.3", "2", "10", "10.01",
        ];
        for (place, one) in rising.iter().enumerate() {
            for (other_place, other) in rising.iter().enumerate() {
                assert_eq!(
                    compare(one, other),
                    Some(place.cmp(&other_place)),
                    "{one} {other}"
                );
            }
        }
        for (one, same) in [("007.50", "+7.5"), ("-0", "0.0")] {
            assert_eq!(compare(one, same), Some(Ordering::Equal));
        }
        let long = "9".repeat(100);
        assert_eq!(compare(&long, "9007199254740993"), Some(Ordering::Greater));
        assert_eq!(
            compare("9007199254740993", "9007199254740992"),
            Some(Ordering::Greater)
        );
    }

    #[test]
    fn what_is_no_number_compares_with_nothing() {
        for text in [
            "", "-", "+", ".", ".5", "5.", "1e3", "0x1", " 1", "1 ", "--1", "٣",
        ] {
            assert_eq!(compare(text, "1"), None, "{text:?}");
            assert_eq!(compare("1", text), None, "{text:?}");
        }
    }
}
