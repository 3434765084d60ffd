//! What the client has of its session: see "Coming back" in the protocol.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{Object, Standing};

/// A place in a topic: the life of the topic and the number of a publication in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) epoch: String,
    pub(crate) offset: u64,
}

impl Position {
    /// Reads one from its fields; `None` when they are not those of one.
    pub(crate) fn read(fields: &Value) -> Option<Self> {
        let epoch = fields.get("epoch")?.as_str()?.to_owned();
        let offset = fields.get("offset")?.as_u64()?;
        Some(Self { epoch, offset })
    }

    pub(crate) fn fields(&self) -> Value {
        json!({ "epoch": self.epoch, "offset": self.offset })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Positions {
    /// The last session that was live, while it may be resumed.
    pub(crate) session: Option<String>,
    /// Direct messages received in it.
    pub(crate) received: u64,
    topics: HashMap<String, Position>,
}

impl Positions {
    /// Up to where the client has everything of a topic.
    pub(crate) fn of(&self, topic: &str) -> Option<&Position> {
        self.topics.get(topic)
    }

    /// The client says itself what it has.
    pub(crate) fn set(&mut self, topic: &str, position: Position) {
        self.topics.insert(topic.to_owned(), position);
    }

    pub(crate) fn forget(&mut self, topic: &str) {
        self.topics.remove(topic);
    }

    /// A subscription stands. Returns whether something may be missing.
    pub(crate) fn stands(&mut self, topic: &str, standing: &Standing) -> bool {
        let (Some(epoch), Some(offset)) = (&standing.epoch, standing.offset) else {
            return false;
        };
        let before = self.topics.get(topic);
        let recovered = before.filter(|_| standing.recovered == Some(true));
        // What was missed is still to come, after where the client was.
        let offset = recovered.map_or(offset, |before| before.offset);
        let is_gap = before.is_some() && recovered.is_none();
        let epoch = epoch.clone();
        self.set(topic, Position { epoch, offset });
        is_gap
    }

    /// A publication came; returns whether it is news. While a session moves, some come twice.
    pub(crate) fn advance(&mut self, topic: &str, offset: u64) -> bool {
        let Some(position) = self.topics.get_mut(topic) else {
            return true;
        };
        if offset <= position.offset {
            return false;
        }
        position.offset = offset;
        true
    }

    /// The fields of `resume`; nothing when there is no session to resume.
    pub(crate) fn wish(&self) -> Option<Object> {
        let session = self.session.clone()?;
        let topics = self.topics.iter();
        let topics: Object = topics
            .map(|(topic, position)| (topic.clone(), position.offset.into()))
            .collect();
        Some(Object::from_iter([
            ("session".to_owned(), session.into()),
            ("received".to_owned(), self.received.into()),
            ("topics".to_owned(), topics.into()),
        ]))
    }
}
