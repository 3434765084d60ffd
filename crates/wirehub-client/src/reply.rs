//! What the server answers.

use serde_json::Value;

use crate::{Address, Error, History, Payload, Presence, Published};

/// The fields of an `ok`, by what was asked.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Reply {
    pub(crate) published: Option<Published>,
    pub(crate) data: Option<Payload>,
    pub(crate) presence: Option<Presence>,
    pub(crate) history: Option<History>,
}

impl Reply {
    pub(crate) fn published(self) -> Result<Published, Error> {
        self.published.ok_or_else(incomplete)
    }

    /// An answer without data says `null`.
    pub(crate) fn called(self) -> Payload {
        self.data
            .unwrap_or_else(|| Payload::from_value(Value::Null))
    }

    pub(crate) fn presence(self) -> Result<Presence, Error> {
        self.presence.ok_or_else(incomplete)
    }

    /// The messages of a page do not repeat the topic that was asked for.
    pub(crate) fn history(self, topic: &str) -> Result<History, Error> {
        let mut history = self.history.ok_or_else(incomplete)?;
        for message in &mut history.messages {
            message.to = Address::Topic(topic.to_owned());
        }
        Ok(history)
    }
}

fn incomplete() -> Error {
    Error::Data {
        message: "the server's answer lacks what was asked for".to_owned(),
    }
}
