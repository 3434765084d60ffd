//! A record of a log, and where it stands.

use std::{fmt, sync::Arc};

use bytes::Bytes;

/// Where a record stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The topic of the log, which is none of the hub.
    pub topic: Arc<str>,
    /// The partition of the topic.
    pub partition: i32,
    /// How many were before it.
    pub offset: i64,
}

impl Place {
    /// The place at an offset.
    #[must_use]
    pub fn new(topic: &str, partition: i32, offset: i64) -> Self {
        Self {
            topic: topic.into(),
            partition,
            offset,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}@{}", self.topic, self.partition, self.offset)
    }
}

/// A record of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Where it stands.
    pub place: Place,
    /// Records with one key keep their order; those without stand in one line.
    pub key: Option<Bytes>,
    /// Names with values, in their order. Names may come twice.
    pub headers: Vec<(String, Bytes)>,
    /// What it says; `None` takes back what was said under its key.
    pub value: Option<Bytes>,
}

impl Record {
    /// The value of a header; the last one counts.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&Bytes> {
        let mut headers = self.headers.iter().rev();
        headers
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// About how many bytes it holds.
    pub(crate) fn weight(&self) -> usize {
        let headers = self.headers.iter();
        let headers: usize = headers.map(|(name, value)| name.len() + value.len()).sum();
        let of = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        headers + of(&self.key) + of(&self.value)
    }
}
