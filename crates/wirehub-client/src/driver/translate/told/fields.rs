//! The fields of what the session tells, as the protocol names them.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

use crate::{Address, Member, Message, Payload, Position, Presence, Publisher, Subscribed};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(crate) enum Event {
    Message(MessageFields),
    Subscribed {
        topic: String,
        #[serde(flatten)]
        standing: Standing,
    },
    Unsubscribed {
        topic: String,
        reason: String,
        #[serde(default)]
        message: String,
    },
    Gap {
        topic: String,
        reason: Option<String>,
    },
    Joined(Change),
    Changed(Change),
    Left(Change),
    Occupancy {
        topic: String,
        connections: u64,
        users: u64,
    },
    Error {
        code: String,
        #[serde(default)]
        message: String,
    },
    Alert {
        cause: String,
        detail: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize)]
pub(crate) struct Change {
    pub(crate) topic: String,
    pub(crate) member: MemberFields,
    #[serde(default)]
    pub(crate) edge: bool,
    pub(crate) was: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    #[serde(flatten)]
    pub(crate) standing: Standing,
    #[serde(default)]
    pub(crate) duplicate: bool,
    #[serde(default, deserialize_with = "present")]
    pub(crate) data: Option<Value>,
    pub(crate) binary: Option<String>,
    #[serde(flatten)]
    pub(crate) page: Page,
    #[serde(default)]
    pub(crate) more: bool,
    pub(crate) messages: Option<Vec<MessageFields>>,
}

#[derive(Deserialize)]
pub(crate) struct Standing {
    pub(crate) epoch: Option<String>,
    pub(crate) offset: Option<u64>,
    pub(crate) recovered: Option<bool>,
    pub(crate) presence: Option<SnapshotFields>,
}

#[derive(Deserialize)]
pub(crate) struct SnapshotFields {
    #[serde(flatten)]
    pub(crate) page: Page,
    #[serde(default)]
    pub(crate) more: bool,
}

#[derive(Deserialize)]
pub(crate) struct Page {
    pub(crate) connections: Option<u64>,
    pub(crate) users: Option<u64>,
    #[serde(default)]
    pub(crate) members: Vec<MemberFields>,
}

#[derive(Deserialize)]
pub(crate) struct MemberFields {
    pub(crate) connection: String,
    pub(crate) user: Option<String>,
    pub(crate) info: Option<Value>,
    pub(crate) state: Option<Value>,
    pub(crate) state_binary: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct MessageFields {
    pub(crate) topic: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) key: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub(crate) data: Option<Value>,
    pub(crate) binary: Option<String>,
    #[serde(default)]
    pub(crate) offset: u64,
    pub(crate) from: Option<PublisherFields>,
    #[serde(default)]
    pub(crate) retained: bool,
    pub(crate) count: Option<u32>,
}

#[derive(Deserialize)]
pub(crate) struct PublisherFields {
    pub(crate) user: Option<String>,
    pub(crate) connection: String,
}

/// A field that is `null` is there.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Standing {
    pub(crate) fn position(&self) -> Option<Position> {
        let epoch = self.epoch.clone()?;
        let offset = self.offset?;
        Some(Position { epoch, offset })
    }

    pub(crate) fn subscribed(self) -> Subscribed {
        Subscribed {
            position: self.position(),
            recovered: self.recovered,
            presence: self.presence.map(|it| it.page.read(it.more)),
        }
    }
}

impl Page {
    pub(crate) fn read(self, more: bool) -> Presence {
        Presence {
            connections: self.connections.unwrap_or_default(),
            users: self.users.unwrap_or_default(),
            members: self.members.into_iter().map(MemberFields::read).collect(),
            more,
        }
    }
}

impl MemberFields {
    pub(crate) fn read(self) -> Member {
        Member {
            connection: self.connection,
            user: self.user,
            info: self.info.map(Payload::from_value),
            state: content(self.state, self.state_binary),
        }
    }
}

impl MessageFields {
    /// `None` when it is for nobody.
    pub(crate) fn read(self, topic: Option<&str>) -> Option<Message> {
        let topic = self.topic.or_else(|| topic.map(ToOwned::to_owned));
        let to = match (topic, self.to.as_deref()) {
            (Some(topic), None) => Address::Topic(topic),
            (None, Some("user")) => Address::User,
            (None, Some("connection")) => Address::Connection,
            (None, Some("everyone")) => Address::Everyone,
            _ => return None,
        };
        Some(Message {
            to,
            event: self.event,
            key: self.key,
            data: content(self.data, self.binary)
                .unwrap_or_else(|| Payload::from_value(Value::Null)),
            offset: self.offset,
            from: self.from.map(|from| Publisher {
                user: from.user,
                connection: from.connection,
            }),
            retained: self.retained,
            count: self.count.unwrap_or(1),
        })
    }
}

pub(crate) fn content(data: Option<Value>, binary: Option<String>) -> Option<Payload> {
    match (data, binary) {
        (None, Some(text)) => STANDARD.decode(text).ok().map(Payload::binary),
        (data, _) => data.map(Payload::from_value),
    }
}
