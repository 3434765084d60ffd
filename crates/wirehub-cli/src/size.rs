//! Numbers of bytes as people write them: `64KiB`, `1MiB`, `300`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::optional::Written;

/// The units, the largest first, with their bytes.
const UNITS: [(&str, usize); 4] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// A number of bytes in settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Size(pub(crate) usize);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text.trim()).map(Self).ok_or_else(|| {
            format!("{text:?} is not a size; write bytes, or units like 64KiB or 1MiB")
        })
    }
}

fn read(text: &str) -> Option<usize> {
    let unit = UNITS.iter().find(|(name, _)| text.ends_with(name));
    let (name, bytes) = unit.copied().unwrap_or(("", 1));
    let number = text.strip_suffix(name)?.trim_end();
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<usize>().ok()?.checked_mul(bytes)
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |(_, bytes): &&(&str, usize)| self.0 >= *bytes && self.0.is_multiple_of(*bytes);
        match UNITS.iter().find(whole) {
            Some((name, bytes)) => write!(f, "{}{name}", self.0 / bytes),
            None => f.write_str("0B"),
        }
    }
}

impl Serialize for Size {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Written for Size {
    const NONE: &'static str = "auto";

    fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_any(Text)
    }
}

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::text(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// Takes text, or a bare number of bytes.
struct Text;

impl de::Visitor<'_> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size, like 65536, \"64KiB\" or \"1MiB\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<String, E> {
        Ok(bytes.to_string())
    }

    fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<String, E> {
        Ok(bytes.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::optional::Optional;

    #[test]
    fn reads_what_it_writes() {
        for (text, bytes) in [
            ("64KiB", 65_536),
            ("1MiB", 1_048_576),
            ("300B", 300),
            ("0B", 0),
        ] {
            assert_eq!(text.parse(), Ok(Size(bytes)));
            assert_eq!(Size(bytes).to_string(), text);
        }
        assert_eq!("65536".parse(), Ok(Size(65_536)));
        assert_eq!("auto".parse(), Ok(Optional::<Size>(None)));
    }

    #[test]
    fn refuses_what_is_no_size() {
        for text in ["", "KiB", "-1", "64KB", "1.5MiB", "99999999999GiB"] {
            assert!(text.parse::<Size>().is_err(), "{text}");
        }
    }
}
