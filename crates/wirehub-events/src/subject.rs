//! What an occurrence is about, in a word.

use std::fmt;

use wirehub_core::Occurrence;
use wirehub_model::{ConnectionId, Topic, UserId};

/// What an occurrence is about, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A connection.
    Connection(ConnectionId),
    /// A topic.
    Topic(&'a Topic),
}

impl<'a> Subject<'a> {
    pub(crate) fn of(occurrence: &'a Occurrence) -> Self {
        match occurrence {
            Occurrence::Connected { connection, .. }
            | Occurrence::Disconnected { connection, .. }
            | Occurrence::Resumed { connection, .. }
            | Occurrence::SessionEnded { connection, .. }
            | Occurrence::Subscribed { connection, .. }
            | Occurrence::Unsubscribed { connection, .. }
            | Occurrence::Limited { connection, .. } => Self::Connection(*connection),
            Occurrence::Occupied(topic)
            | Occurrence::Vacated(topic)
            | Occurrence::FoundEmpty(topic)
            | Occurrence::Counted { topic, .. }
            | Occurrence::Published { topic, .. }
            | Occurrence::Announced { topic, .. } => Self::Topic(topic),
            Occurrence::Presence(change) => Self::Topic(&change.topic),
        }
    }
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(connection) => connection.fmt(f),
            Self::Topic(topic) => f.write_str(topic.as_str()),
        }
    }
}

/// Who did it, or whom it happened to: a connection, and its user.
pub(crate) fn who(occurrence: &Occurrence) -> Option<(ConnectionId, Option<&UserId>)> {
    match occurrence {
        Occurrence::Connected { connection, user }
        | Occurrence::Disconnected {
            connection, user, ..
        }
        | Occurrence::Resumed {
            connection, user, ..
        }
        | Occurrence::SessionEnded {
            connection, user, ..
        }
        | Occurrence::Subscribed {
            connection, user, ..
        }
        | Occurrence::Unsubscribed {
            connection, user, ..
        }
        | Occurrence::Limited {
            connection, user, ..
        } => Some((*connection, user.as_ref())),
        Occurrence::Presence(change) => {
            Some((change.member.connection, change.member.user.as_ref()))
        }
        Occurrence::Published { from, .. } => Some((from.connection, from.user.as_ref())),
        Occurrence::Occupied(_)
        | Occurrence::Vacated(_)
        | Occurrence::FoundEmpty(_)
        | Occurrence::Counted { .. }
        | Occurrence::Announced { .. } => None,
    }
}
