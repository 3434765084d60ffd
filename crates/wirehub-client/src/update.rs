//! What a subscription brings.

use crate::{Error, FromPayload, Member, Message, Payload, Position, Presence};

/// What a [`Subscription`](crate::Subscription) brings next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Update<T = Payload> {
    /// Somebody said something.
    Message(Message<T>),
    /// Somebody said something that is no `T`.
    Unreadable {
        /// What came.
        message: Message,
        /// Why it cannot be read.
        error: Error,
    },
    /// The subscription began, or went on after the connection was lost.
    Subscribed(Subscribed),
    /// Something may be missing: fetch the state anew.
    Missed(Missed),
    /// A connection came to the topic.
    Joined {
        /// Whose.
        member: Member,
        /// It is the user's first connection here; of an anonymous client always.
        edge: bool,
    },
    /// A member changed.
    Changed {
        /// As it is now.
        member: Member,
        /// The connection whose place this one took when its session was resumed.
        was: Option<String>,
    },
    /// A connection left the topic.
    Left {
        /// As it was last.
        member: Member,
        /// It was the user's last connection here; of an anonymous client always.
        edge: bool,
    },
    /// How many are on a topic that has too many members to tell of each.
    Occupancy {
        /// Connections.
        connections: u64,
        /// Users with at least one of them.
        users: u64,
    },
    /// The server ended the subscription, or the client has stopped; nothing follows.
    Ended(Error),
}

/// How a subscription began.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscribed {
    /// Everything after this place will come; `None` for a filter with wildcards.
    pub position: Option<Position>,
    /// Whether nothing is missing since the place that the client had; `None` when it had none.
    pub recovered: Option<bool>,
    /// Who is on the topic, where that was asked for.
    pub presence: Option<Presence>,
}

/// Why something may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Missed {
    /// While the client was away, and the server could not make up for it. The word is from the
    /// table of reasons in `docs/protocol.md`.
    Away(Option<String>),
    /// The application took too long: this many updates were dropped, the oldest first.
    Overflow(u64),
}

impl Update {
    /// The same with data of another kind.
    pub(crate) fn decode<T: FromPayload>(self) -> Update<T> {
        match self {
            Self::Message(message) => match message.decode() {
                Ok(message) => Update::Message(message),
                Err(error) => Update::Unreadable { message, error },
            },
            Self::Unreadable { message, error } => Update::Unreadable { message, error },
            Self::Subscribed(subscribed) => Update::Subscribed(subscribed),
            Self::Missed(missed) => Update::Missed(missed),
            Self::Joined { member, edge } => Update::Joined { member, edge },
            Self::Changed { member, was } => Update::Changed { member, was },
            Self::Left { member, edge } => Update::Left { member, edge },
            Self::Occupancy { connections, users } => Update::Occupancy { connections, users },
            Self::Ended(error) => Update::Ended(error),
        }
    }
}
