//! Settings with several entries, which may be written as one text when there is one.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use wirehub_model::Secret;

/// Texts: a list, or one text with commas.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Texts(pub(crate) Vec<String>);

/// Secrets or keys: one text, a list of them, or of tables with a `kid` and the key's text. Commas
/// are part of a key.
#[derive(Clone, Default)]
pub(crate) struct Keys(pub(crate) Vec<Key>);

/// A key with the name that tokens call it by.
#[derive(Clone)]
pub(crate) struct Key {
    pub(crate) kid: Option<String>,
    pub(crate) text: Secret,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a text, or a list of texts")]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "expected a text, or a list of texts or of tables { kid = \"…\", key = \"…\" }"
)]
enum OneKeyOrMany {
    One(String),
    Many(Vec<WrittenKey>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenKey {
    Bare(String),
    Named(NamedKey),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedKey {
    kid: String,
    key: String,
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match OneOrMany::deserialize(deserializer)? {
            OneOrMany::One(text) => {
                let entries = text.split(',').map(str::trim);
                let entries = entries.filter(|entry| !entry.is_empty());
                entries.map(str::to_owned).collect()
            }
            OneOrMany::Many(list) => list,
        }))
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = match OneKeyOrMany::deserialize(deserializer)? {
            OneKeyOrMany::One(text) => vec![WrittenKey::Bare(text)],
            OneKeyOrMany::Many(list) => list,
        };
        let keys = list.into_iter().map(|key| match key {
            WrittenKey::Bare(key) => (None, key),
            WrittenKey::Named(NamedKey { kid, key }) => (Some(kid), key),
        });
        let keys = keys.map(|(kid, key)| Key {
            kid,
            text: Secret::new(key),
        });
        Ok(Self(keys.collect()))
    }
}

impl Serialize for Keys {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|_| "(hidden)"))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}
