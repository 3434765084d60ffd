//! A number of shards.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A number of shards; `auto` is one for each core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shards(pub(crate) Option<u16>);

impl Serialize for Shards {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(count) => serializer.serialize_u16(count),
            None => serializer.serialize_str("auto"),
        }
    }
}

impl<'de> Deserialize<'de> for Shards {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "expected 1 to 64, or \"auto\"")]
        enum Written {
            Count(u16),
            Text(String),
        }
        let count = match Written::deserialize(deserializer)? {
            Written::Text(text) if text == "auto" => return Ok(Self(None)),
            Written::Text(text) => text.parse().unwrap_or(0),
            Written::Count(count) => count,
        };
        if !(1..=64).contains(&count) {
            return Err(de::Error::custom("expected 1 to 64, or \"auto\""));
        }
        Ok(Self(Some(count)))
    }
}
