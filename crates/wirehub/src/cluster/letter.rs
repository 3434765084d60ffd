//! Direct messages on their way between nodes.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use wirehub_core::Recipient;
use wirehub_model::{
    Audience, ConnectionId, Direct, DirectId, EventName, Message, Payload, Publisher, Tags, UserId,
};

use super::text::Text;
use crate::direct_id::direct_id;

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
    /// What names it, but for nodes of a version that gave no names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    /// Whom it was addressed to, where that is not whom it is sent to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    to: Option<To>,
    data: Data,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    event: Option<Text<EventName>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tags: Vec<(String, String)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Sender>,
}

/// Whom a direct message was addressed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum To {
    Everyone,
    User(Text<UserId>),
    Connection,
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

impl From<&Recipient> for To {
    fn from(who: &Recipient) -> Self {
        match who {
            Recipient::Everyone => Self::Everyone,
            Recipient::User(user) => Self::User(Text(user.clone())),
            Recipient::Connection(_) => Self::Connection,
        }
    }
}

impl To {
    fn of(direct: &Direct) -> Option<Self> {
        Some(match direct.to {
            Audience::Everyone => Self::Everyone,
            Audience::User => Self::User(Text(direct.user.clone()?)),
            Audience::Connection => Self::Connection,
        })
    }

    fn audience(self) -> (Audience, Option<UserId>) {
        match self {
            Self::Everyone => (Audience::Everyone, None),
            Self::User(Text(user)) => (Audience::User, Some(user)),
            Self::Connection => (Audience::Connection, None),
        }
    }
}

impl Letter {
    /// The message, on its way to `who`, or with a session.
    pub(super) fn of(direct: &Direct, who: Option<&Recipient>) -> Self {
        let Message {
            event,
            payload,
            tags,
        } = &direct.message;
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let sent_to = who.map(To::from);
        Self {
            id: Some(direct.id.0),
            to: To::of(direct).filter(|to| sent_to.as_ref() != Some(to)),
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

    /// The message that was sent to `who`, or came with a session; `None` when its parts are not
    /// what they should be.
    pub(super) fn direct(self, who: Option<&Recipient>) -> Option<Direct> {
        let payload = self.data.payload()?;
        let tags = self.tags.iter();
        let tags = tags.map(|(name, value)| (name.as_str(), value.as_str()));
        let (to, user) = self.to.or_else(|| who.map(To::from))?.audience();
        Some(Direct {
            id: self.id.map_or_else(direct_id, DirectId),
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
