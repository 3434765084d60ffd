//! Spans of time as people write them: `25s`, `10ms`, `1h`, `1h30m`.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::optional::Written;

/// The units, the largest first, with their milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// A span of time in settings and flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text.trim()).map(Self).ok_or_else(|| {
            format!("{text:?} is not a duration; write it like 25s, 10ms, 5m, 1h or 7d")
        })
    }
}

fn read(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut sum = 0_u64;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let letters = after.find(|c: char| c.is_ascii_digit());
        let (unit, next) = after.split_at(letters.unwrap_or(after.len()));
        // Units only get smaller, so each stands once and `1s1h` is taken for the slip it is.
        let (_, milliseconds) = units.find(|(name, _)| *name == unit)?;
        let number: u64 = number.parse().ok()?;
        sum = sum.checked_add(number.checked_mul(*milliseconds)?)?;
        rest = next;
    }
    (!text.is_empty()).then(|| Duration::from_millis(sum))
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = u64::try_from(self.0.as_millis()).unwrap_or(u64::MAX);
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, milliseconds) in UNITS {
            if rest >= milliseconds {
                write!(f, "{}{unit}", rest / milliseconds)?;
                rest %= milliseconds;
            }
        }
        Ok(())
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Written for Span {
    const NONE: &'static str = "off";

    fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(Text)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::text(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Takes the text, and tells whoever wrote a bare number about units.
struct Text;

impl de::Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration with its unit, like \"25s\", \"10ms\" or \"1h\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optional::Optional;

    #[test]
    fn reads_what_it_writes() {
        for text in ["10ms", "25s", "5m", "1h30m", "7d", "1d2h3m4s5ms", "0s"] {
            let span: Span = text.parse().unwrap();
            assert_eq!(span.to_string(), text);
        }
        let span: Span = "90s".parse().unwrap();
        assert_eq!(span.0, Duration::from_secs(90));
        assert_eq!(span.to_string(), "1m30s");
        assert_eq!("off".parse(), Ok(Optional::<Span>(None)));
    }

    #[test]
    fn refuses_what_could_mean_several_things() {
        let huge = "99999999999999999999s";
        for text in [
            "", "25", "s", "1s1h", "1s1s", "-1s", "1.5s", "1 h 2", "1y", huge,
        ] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
