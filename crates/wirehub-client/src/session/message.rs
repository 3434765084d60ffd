//! The messages of the server, as far as a session has to understand them: `docs/protocol.md`.

use serde_json::Value;

use super::Object;

/// Something that the server says.
#[derive(Debug)]
pub(crate) enum ServerMessage {
    Welcome(Welcome),
    Ok {
        id: u64,
        fields: Object,
    },
    Error(Refusal),
    /// A publication on a topic, or a direct message.
    Message(Object),
    /// Publications on one topic, or of one filter.
    Messages {
        topic: Value,
        messages: Vec<Value>,
    },
    Subscribed {
        topic: String,
        standing: Standing,
    },
    Unsubscribed {
        topic: String,
        event: Object,
    },
    /// Something about who is on a topic, which the application reads.
    Presence(Object),
    Pong,
    /// Seconds.
    Reconnect {
        within: f64,
    },
    /// Seconds.
    Spread {
        within: f64,
    },
    /// Something of a newer server.
    Unknown,
}

#[derive(Debug)]
pub(crate) struct Welcome {
    /// Seconds.
    pub(crate) interval: f64,
    /// Seconds.
    pub(crate) timeout: f64,
    /// Seconds.
    pub(crate) expires_in: Option<f64>,
    pub(crate) session: Option<String>,
    /// Seconds.
    pub(crate) spread: Option<f64>,
}

#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) id: Option<u64>,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retry: bool,
}

/// What the answer to `subscribe` says, and `subscribed`.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) epoch: Option<String>,
    pub(crate) offset: Option<u64>,
    pub(crate) recovered: Option<bool>,
    /// All that the application is told of it.
    pub(crate) fields: Object,
}

const STANDING: [&str; 5] = ["epoch", "offset", "recovered", "reason", "presence"];

impl Standing {
    pub(crate) fn read(mut fields: Object) -> Self {
        fields.retain(|name, _| STANDING.contains(&name.as_str()));
        Self {
            epoch: text(&fields, "epoch").map(ToOwned::to_owned),
            offset: fields.get("offset").and_then(Value::as_u64),
            recovered: fields.get("recovered").and_then(Value::as_bool),
            fields,
        }
    }
}

impl ServerMessage {
    /// Reads a message. What is no message of the protocol is an error.
    pub(crate) fn read(message: Value) -> Result<Self, String> {
        let Value::Object(mut fields) = message else {
            return Err("a message that is no object".to_owned());
        };
        let kind = text(&fields, "type").unwrap_or_default().to_owned();
        Self::of_kind(&kind, &mut fields).ok_or_else(|| format!("a \"{kind}\" with fields amiss"))
    }

    fn of_kind(kind: &str, fields: &mut Object) -> Option<Self> {
        let topic = |fields: &Object| text(fields, "topic").map(ToOwned::to_owned);
        Some(match kind {
            "welcome" => Self::Welcome(Welcome::read(fields)?),
            "ok" => Self::Ok {
                id: fields.get("id")?.as_u64()?,
                fields: std::mem::take(fields),
            },
            "error" => Self::Error(Refusal::read(fields)?),
            "message" => Self::Message(std::mem::take(fields)),
            "messages" => {
                let Value::Array(messages) = fields.remove("messages")? else {
                    return None;
                };
                let topic = fields.remove("topic")?;
                Self::Messages { topic, messages }
            }
            "subscribed" => Self::Subscribed {
                topic: topic(fields)?,
                standing: Standing::read(std::mem::take(fields)),
            },
            "unsubscribed" => Self::Unsubscribed {
                topic: topic(fields)?,
                event: std::mem::take(fields),
            },
            "joined" | "left" | "changed" | "occupancy" => Self::Presence(std::mem::take(fields)),
            "pong" => Self::Pong,
            "reconnect" => Self::Reconnect {
                // A server of another version may leave it out.
                within: fields.get("within").and_then(Value::as_f64).unwrap_or(0.0),
            },
            "spread" => Self::Spread {
                within: fields.get("within")?.as_f64()?,
            },
            _ => Self::Unknown,
        })
    }
}

impl Welcome {
    fn read(fields: &Object) -> Option<Self> {
        let heartbeat = fields.get("heartbeat")?;
        Some(Self {
            interval: heartbeat.get("interval")?.as_f64()?,
            timeout: heartbeat.get("timeout")?.as_f64()?,
            expires_in: fields.get("expires_in").and_then(Value::as_f64),
            session: text(fields, "session").map(ToOwned::to_owned),
            spread: fields.get("spread").and_then(Value::as_f64),
        })
    }
}

impl Refusal {
    fn read(fields: &Object) -> Option<Self> {
        Some(Self {
            id: fields.get("id").and_then(Value::as_u64),
            code: text(fields, "code")?.to_owned(),
            message: text(fields, "message").unwrap_or_default().to_owned(),
            retry: fields.get("retry").and_then(Value::as_bool) == Some(true),
        })
    }
}

/// A field that is a string.
pub(crate) fn text<'a>(fields: &'a Object, name: &str) -> Option<&'a str> {
    fields.get(name)?.as_str()
}
