//! Nouns as they stand in what nodes say to each other: as the texts that people know.

use std::{fmt, marker::PhantomData};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use wirehub_core::Phase;
use wirehub_model::{
    CloseReason, ConnectionId, Epoch, ErrorCode, EventName, Topic, TopicFilter, UserId,
};

/// A noun that is written as a text.
pub(super) trait Named: Sized {
    /// What it is called where it is expected.
    const WHAT: &'static str;
    /// Its text.
    fn text(&self) -> String;
    /// The noun with this text.
    fn named(text: &str) -> Option<Self>;
}

/// A noun as its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Text<T>(pub(super) T);

impl<T: Named> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.text())
    }
}

impl<'de, T: Named> Deserialize<'de> for Text<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<T>(PhantomData<T>);
        impl<T: Named> de::Visitor<'_> for Visitor<T> {
            type Value = Text<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::WHAT)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                let wrong = || E::invalid_value(de::Unexpected::Str(text), &self);
                T::named(text).map(Text).ok_or_else(wrong)
            }
        }
        deserializer.deserialize_str(Visitor(PhantomData))
    }
}

macro_rules! named {
    ($noun:ty, $what:literal, |$text:ident| $named:expr) => {
        impl Named for $noun {
            const WHAT: &'static str = $what;

            fn text(&self) -> String {
                self.to_string()
            }

            fn named($text: &str) -> Option<Self> {
                $named
            }
        }
    };
}

named!(ConnectionId, "the name of a connection", |text| text
    .parse()
    .ok());
named!(Epoch, "an epoch", |text| text.parse().ok());
named!(Topic, "a topic", |text| Self::parse(text).ok());
named!(TopicFilter, "a filter", |text| Self::parse(text).ok());
named!(UserId, "a user", |text| Self::parse(text).ok());

impl Named for EventName {
    const WHAT: &'static str = "the name of an event";

    fn text(&self) -> String {
        self.as_str().to_owned()
    }

    fn named(text: &str) -> Option<Self> {
        Self::parse(text)
    }
}

macro_rules! one_of {
    ($noun:ty, $what:literal) => {
        impl Named for $noun {
            const WHAT: &'static str = $what;

            fn text(&self) -> String {
                self.name().to_owned()
            }

            fn named(text: &str) -> Option<Self> {
                Self::ALL.into_iter().find(|known| known.name() == text)
            }
        }
    };
}

one_of!(CloseReason, "the reason of a close");
one_of!(ErrorCode, "the code of a refusal");
one_of!(Phase, "the state of a connection");
