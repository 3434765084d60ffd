//! Direct messages on their way between nodes.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wirehub_core::Recipient;
use wirehub_model::{
    Audience, ConnectionId, Direct, EventName, Message, Payload, Publisher, Tags, UserId,
};

use super::text::Text;

/// Whom something concerns.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Who {
    Everyone,
    User(Text<UserId>),
    Connection(Text<ConnectionId>),
}

/// A direct message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Letter {
    data: Data,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Text<EventName>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Sender>,
}

/// A payload, passed on byte for byte.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Data {
    /// One JSON value as text.
    Json(String),
    Base64(String),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sender {
    connection: Text<ConnectionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<Text<UserId>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    info: Option<String>,
}

impl From<&Payload> for Data {
    fn from(payload: &Payload) -> Self {
        let base64 = |bytes: &Bytes| Self::Base64(BASE64_STANDARD.encode(bytes));
        match payload {
            Payload::Json(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => Self::Json(text.to_owned()),
                // Whoever made it has checked that it is a text.
                Err(_) => base64(bytes),
            },
            Payload::Binary(bytes) => base64(bytes),
        }
    }
}

impl Data {
    /// The payload; `None` when it is not what it should be.
    pub(super) fn payload(self) -> Option<Payload> {
        Some(match self {
            Self::Json(text) => {
                serde_json::from_str::<&RawValue>(&text).ok()?;
                Payload::Json(text.into())
            }
            Self::Base64(text) => Payload::Binary(BASE64_STANDARD.decode(text).ok()?.into()),
        })
    }
}

impl From<&Recipient> for Who {
    fn from(who: &Recipient) -> Self {
        match who {
            Recipient::Everyone => Self::Everyone,
            Recipient::User(user) => Self::User(Text(user.clone())),
            Recipient::Connection(id) => Self::Connection(Text(*id)),
        }
    }
}

impl From<Who> for Recipient {
    fn from(who: Who) -> Self {
        match who {
            Who::Everyone => Self::Everyone,
            Who::User(Text(user)) => Self::User(user),
            Who::Connection(Text(id)) => Self::Connection(id),
        }
    }
}

impl From<&Direct> for Letter {
    fn from(direct: &Direct) -> Self {
        let Message {
            event,
            payload,
            tags,
        } = &direct.message;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            data: payload.into(),
            event: event.clone().map(Text),
            tags: tags.iter().map(owned).collect(),
            from: direct.from.as_ref().map(|from| Sender {
                connection: Text(from.connection),
                user: from.user.clone().map(Text),
                info: from.info.as_deref().map(str::to_owned),
            }),
        }
    }
}

impl Letter {
    /// The message for whom it is for; `None` when its parts are not what they should be.
    pub(super) fn direct(self, who: &Recipient) -> Option<Direct> {
        let payload = self.data.payload()?;
        let tags = self.tags.iter();
        let tags = tags.map(|(name, value)| (name.as_str(), value.as_str()));
        let (to, user) = match who {
            Recipient::Everyone => (Audience::Everyone, None),
            Recipient::User(user) => (Audience::User, Some(user.clone())),
            Recipient::Connection(_) => (Audience::Connection, None),
        };
        Some(Direct {
            to,
            user,
            message: Message {
                event: self.event.map(|Text(event)| event),
                payload,
                tags: Tags::new(tags).ok()?,
            },
            from: self.from.map(|from| Publisher {
                user: from.user.map(|Text(user)| user),
                connection: from.connection.0,
                info: from.info.map(Into::into),
            }),
        })
    }
}
