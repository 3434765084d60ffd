//! What the session tells the application.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    Address, Error, History, Member, Message, Missed, Payload, Position, Presence, Published,
    Publisher, Subscribed, Update,
    reply::Reply,
    session::{Failure, Object},
};

/// Something that the session tells, sorted by who is to hear of it.
#[derive(Debug)]
pub(crate) enum Told {
    Message(Message),
    Began(String, Subscribed),
    Ended(String, Error),
    Update(String, Update),
    Alert { cause: String, detail: String },
}

/// Reads an event; `None` when it says nothing that this version knows.
pub(crate) fn told(event: Value) -> Option<Told> {
    Some(match Event::deserialize(event).ok()? {
        Event::Message(message) => Told::Message(message.read(None)?),
        Event::Subscribed { topic, standing } => Told::Began(topic, standing.subscribed()),
        Event::Unsubscribed {
            topic,
            reason,
            message,
        } => Told::Ended(topic, refused(reason, message, false)),
        Event::Gap { topic, reason } => Told::Update(topic, Update::Missed(Missed::Away(reason))),
        Event::Joined(change) => {
            let Change {
                topic,
                member,
                edge,
                ..
            } = change;
            let member = member.read();
            Told::Update(topic, Update::Joined { member, edge })
        }
        Event::Left(change) => {
            let Change {
                topic,
                member,
                edge,
                ..
            } = change;
            let member = member.read();
            Told::Update(topic, Update::Left { member, edge })
        }
        Event::Changed(change) => {
            let Change {
                topic, member, was, ..
            } = change;
            let member = member.read();
            Told::Update(topic, Update::Changed { member, was })
        }
        Event::Occupancy {
            topic,
            connections,
            users,
        } => Told::Update(topic, Update::Occupancy { connections, users }),
        Event::Error { code, message } => Told::Alert {
            cause: code,
            detail: message,
        },
        Event::Alert { cause, detail } => Told::Alert { cause, detail },
        Event::Other => return None,
    })
}

/// Reads the answer to a request.
pub(crate) fn answer(result: Result<Object, Failure>) -> Result<Reply, Error> {
    let fields = match result {
        Ok(fields) => fields,
        Err(failure) => return Err(failed(failure)),
    };
    let answer = Answer::deserialize(Value::Object(fields)).map_err(|error| Error::data(&error))?;
    let position = answer.standing.position();
    let messages = answer.messages.map(|messages| {
        let messages = messages.into_iter();
        // Who asked knows the topic.
        messages
            .filter_map(|message| message.read(Some("")))
            .collect()
    });
    Ok(Reply {
        published: position.clone().map(|position| Published {
            position,
            duplicate: answer.duplicate,
        }),
        data: content(answer.data, answer.binary),
        presence: answer
            .page
            .connections
            .is_some()
            .then(|| answer.page.read(answer.more)),
        history: position.zip(messages).map(|(position, messages)| History {
            position,
            messages,
            more: answer.more,
        }),
    })
}

fn failed(failure: Failure) -> Error {
    match failure.code.as_str() {
        "timeout" => Error::Timeout,
        "disconnected" => Error::Disconnected,
        "queue_full" => Error::QueueFull,
        "stopped" | "cancelled" => Error::Stopped {
            message: failure.message,
        },
        _ => refused(failure.code, failure.message, failure.retry),
    }
}

fn refused(code: String, message: String, retry: bool) -> Error {
    Error::Refused {
        code: code.into(),
        message,
        retry,
    }
}

fn content(data: Option<Value>, binary: Option<String>) -> Option<Payload> {
    match (data, binary) {
        (None, Some(text)) => STANDARD.decode(text).ok().map(Payload::binary),
        (data, _) => data.map(Payload::from_value),
    }
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Event {
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
struct Change {
    topic: String,
    member: MemberFields,
    #[serde(default)]
    edge: bool,
    was: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(flatten)]
    standing: Standing,
    #[serde(default)]
    duplicate: bool,
    #[serde(default, deserialize_with = "present")]
    data: Option<Value>,
    binary: Option<String>,
    #[serde(flatten)]
    page: Page,
    #[serde(default)]
    more: bool,
    messages: Option<Vec<MessageFields>>,
}

#[derive(Deserialize)]
struct Standing {
    epoch: Option<String>,
    offset: Option<u64>,
    recovered: Option<bool>,
    presence: Option<SnapshotFields>,
}

#[derive(Deserialize)]
struct SnapshotFields {
    #[serde(flatten)]
    page: Page,
    #[serde(default)]
    more: bool,
}

#[derive(Deserialize)]
struct Page {
    connections: Option<u64>,
    users: Option<u64>,
    #[serde(default)]
    members: Vec<MemberFields>,
}

#[derive(Deserialize)]
struct MemberFields {
    connection: String,
    user: Option<String>,
    info: Option<Value>,
    state: Option<Value>,
    state_binary: Option<String>,
}

#[derive(Deserialize)]
struct MessageFields {
    topic: Option<String>,
    to: Option<String>,
    event: Option<String>,
    key: Option<String>,
    #[serde(default, deserialize_with = "present")]
    data: Option<Value>,
    binary: Option<String>,
    #[serde(default)]
    offset: u64,
    from: Option<PublisherFields>,
    #[serde(default)]
    retained: bool,
    count: Option<u32>,
}

#[derive(Deserialize)]
struct PublisherFields {
    user: Option<String>,
    connection: String,
}

/// A field that is `null` is there.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Standing {
    fn position(&self) -> Option<Position> {
        let epoch = self.epoch.clone()?;
        let offset = self.offset?;
        Some(Position { epoch, offset })
    }

    fn subscribed(self) -> Subscribed {
        Subscribed {
            position: self.position(),
            recovered: self.recovered,
            presence: self.presence.map(|it| it.page.read(it.more)),
        }
    }
}

impl Page {
    fn read(self, more: bool) -> Presence {
        Presence {
            connections: self.connections.unwrap_or_default(),
            users: self.users.unwrap_or_default(),
            members: self.members.into_iter().map(MemberFields::read).collect(),
            more,
        }
    }
}

impl MemberFields {
    fn read(self) -> Member {
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
    fn read(self, topic: Option<&str>) -> Option<Message> {
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
