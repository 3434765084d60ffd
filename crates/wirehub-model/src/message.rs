//! What is said: an optional event name and a payload.

use std::{fmt, sync::Arc};

use bytes::Bytes;

use crate::Tags;

/// What a publisher wants to say, without where to and by whom.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// What kind of thing happened, in the application's words (`paid`, `typing`, …).
    pub event: Option<EventName>,
    /// The data, passed on byte for byte.
    pub payload: Payload,
    /// What subscribers may choose it by.
    pub tags: Tags,
}

impl Message {
    /// A message that is nothing but data.
    #[must_use]
    pub fn of(payload: Payload) -> Self {
        Self {
            event: None,
            payload,
            tags: Tags::default(),
        }
    }
}

impl fmt::Debug for Message {
    /// Most messages have no tags, and say nothing of them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut it = f.debug_struct("Message");
        it.field("event", &self.event)
            .field("payload", &self.payload);
        if !self.tags.is_empty() {
            it.field("tags", &self.tags);
        }
        it.finish()
    }
}

/// Data of the application. The hub never looks inside and never changes it.
#[derive(Clone, PartialEq, Eq)]
pub enum Payload {
    /// One JSON value as text; whoever makes it has checked that it is one.
    Json(Bytes),
    /// Bytes of any kind.
    Binary(Bytes),
}

impl Payload {
    /// The bytes of the payload.
    #[must_use]
    pub const fn bytes(&self) -> &Bytes {
        match self {
            Self::Json(bytes) | Self::Binary(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(bytes) => write!(f, "Json({})", String::from_utf8_lossy(bytes)),
            Self::Binary(bytes) => write!(f, "Binary({} bytes)", bytes.len()),
        }
    }
}

/// The name of an event: UTF-8, 1 to [`EventName::BYTES_MAX`] bytes without control characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EventName(Arc<str>);

impl EventName {
    /// The longest name, in bytes of UTF-8.
    pub const BYTES_MAX: usize = 255;

    /// Checks and takes a name; `None` when it breaks a rule.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let fine = !name.is_empty()
            && name.len() <= Self::BYTES_MAX
            && !name.chars().any(char::is_control);
        fine.then(|| Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EventName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventName({:?})", &*self.0)
    }
}
