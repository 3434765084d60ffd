//! The object that says what a client has of its topics: names of topics, and offsets.

use std::fmt;

use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Deserializer, value::RawValue};
use wirehub_model::{Offset, Refusal, Topic};

use super::object::{Key, not_an_object, number};
use crate::native::topic_offsets;

/// Reads the value of `field`.
pub(super) fn read(field: &str, value: &RawValue) -> Result<Vec<(Topic, Offset)>, Refusal> {
    let mut deserializer = Deserializer::from_str(value.get());
    let pairs = deserializer
        .deserialize_map(TopicsVisitor)
        .map_err(|_| not_an_object(field, value))?;
    // The refusal does not repeat the topic, which may be long.
    let each = format!("{field}.*");
    let mut offsets = Vec::with_capacity(pairs.len());
    for (Key(topic), value) in pairs {
        if let Some(offset) = number(&each, Some(value))? {
            offsets.push((topic, offset));
        }
    }
    topic_offsets::take(field, offsets.into_iter())
}

struct TopicsVisitor;

impl<'de> Visitor<'de> for TopicsVisitor {
    type Value = Vec<(Key<'de>, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// One more than may be named is enough to refuse them all.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(key) = map.next_key()? {
            if pairs.len() > topic_offsets::MAX {
                map.next_value::<IgnoredAny>()?;
            } else {
                pairs.push((key, map.next_value()?));
            }
        }
        Ok(pairs)
    }
}
