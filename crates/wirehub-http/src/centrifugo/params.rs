//! What a command is given.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use wirehub_model::Topic;
use wirehub_protocol::centrifuge;

use super::failure::Failure;

/// The JSON object of a command. Fields that are not known are passed over, as Centrifugo does.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Params<'a>(&'a str);

impl<'a> Params<'a> {
    /// Reads a body; nothing stands for an empty object. `None` when it is not JSON.
    pub(crate) fn read(body: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(body).ok()?.trim();
        Some(Self(if text.is_empty() { "{}" } else { text }))
    }

    /// The parameters of a command within another one.
    pub(crate) fn within(value: &'a RawValue) -> Self {
        Self(value.get())
    }

    /// Those of a command that was given none.
    pub(crate) const fn none() -> Self {
        Self("{}")
    }

    /// Takes the fields out.
    pub(crate) fn take<T: Deserialize<'a>>(self) -> Result<T, Failure> {
        // What is derived would take the fields out of an array, too.
        if !self.0.trim_start().starts_with('{') {
            return Err(Failure::malformed("an object is wanted"));
        }
        serde_json::from_str(self.0).map_err(|error| Failure::malformed(&error.to_string()))
    }
}

/// Text with or without escapes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

/// The text of a field, where one that is empty stands for none.
pub(crate) fn given<'a>(text: Option<&'a Text<'_>>) -> Option<&'a str> {
    text.map(|text| &*text.0).filter(|text| !text.is_empty())
}

/// A value as it was written, `null` too.
pub(crate) fn raw<'de, D: Deserializer<'de>>(json: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(json).map(Some)
}

/// The topic of a channel that has to be named.
pub(crate) fn topic(channel: Option<&Text<'_>>) -> Result<Topic, Failure> {
    let channel = given(channel).ok_or_else(|| Failure::bad("channel required"))?;
    centrifuge::topic_of_channel(channel).ok_or_else(|| {
        let most = Topic::BYTES_MAX;
        Failure::bad(format!("channel has more than {most} bytes as a topic"))
    })
}

/// A place in the history of a channel.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct StreamPosition<'a> {
    #[serde(default)]
    pub(crate) offset: Option<u64>,
    #[serde(borrow, default)]
    pub(crate) epoch: Option<Text<'a>>,
}
