//! Settings that one word can take the place of.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A value that people write as text.
pub(crate) trait Written: FromStr<Err = String> + fmt::Display {
    /// The word for there being none.
    const NONE: &'static str;

    /// The text of it, from whatever forms a file may have.
    fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error>;
}

/// A value, or the word that stands for none: `auto` for a size, `off` for a span of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Optional<T>(pub(crate) Option<T>);

impl<T: Written> FromStr for Optional<T> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == T::NONE {
            return Ok(Self(None));
        }
        match text.parse::<T>() {
            Ok(value) => Ok(Self(Some(value))),
            Err(error) => Err(format!("{error}, or `{}`", T::NONE)),
        }
    }
}

impl<T: Written> fmt::Display for Optional<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str(T::NONE),
        }
    }
}

impl<T: Written> Serialize for Optional<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, T: Written> Deserialize<'de> for Optional<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::text(deserializer)?.parse().map_err(de::Error::custom)
    }
}
