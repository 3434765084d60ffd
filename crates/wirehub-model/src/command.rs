//! What a client may ask.

use std::time::Duration;

use crate::{ConnectionId, Message, Position, Secret, Topic, TopicFilter, UserId};

/// A request of a client, free of any wire format. A dialect makes it, the shard acts on it.
///
/// The dialect keeps the request's own number (its `id`) beside it; a request without one gets no
/// reply when it succeeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Present credentials as the first message of a connection whose handshake carried none.
    Connect {
        /// The credentials; `None` asks to be let in anonymously.
        token: Option<Secret>,
    },
    /// Replace credentials that are about to expire.
    Refresh {
        /// The new credentials. They must name the same user.
        token: Secret,
    },
    /// Receive what is published to the topics a filter matches.
    Subscribe(Subscribe),
    /// Receive it no longer.
    Unsubscribe {
        /// The filter exactly as it was subscribed.
        filter: TopicFilter,
    },
    /// Say something to every subscriber of a topic.
    Publish {
        /// Where.
        topic: Topic,
        /// What.
        message: Message,
        /// How long it is worth delivering; `None` leaves it to the namespace.
        ttl: Option<Duration>,
        /// Whether the publisher receives it too, when subscribed.
        echo: bool,
    },
    /// Say something to a user or a connection.
    Send {
        /// To whom.
        to: Address,
        /// What.
        message: Message,
    },
    /// Ask the application to do something and wait for its answer.
    Call {
        /// The method's name.
        method: String,
        /// Its argument.
        message: Message,
    },
    /// Ask who is on a topic.
    Presence {
        /// The topic.
        topic: Topic,
    },
    /// Ask for past publications of a topic.
    History {
        /// The topic.
        topic: Topic,
        /// How many at most.
        limit: u32,
    },
    /// Ask for a sign of life.
    Ping,
}

impl Command {
    /// The words for all commands, on the wire and in metrics.
    pub const NAMES: [&'static str; 10] = [
        "connect",
        "refresh",
        "subscribe",
        "unsubscribe",
        "publish",
        "send",
        "call",
        "presence",
        "history",
        "ping",
    ];

    /// The place of the command's word in [`Command::NAMES`].
    #[must_use]
    pub const fn index(&self) -> usize {
        match self {
            Self::Connect { .. } => 0,
            Self::Refresh { .. } => 1,
            Self::Subscribe(_) => 2,
            Self::Unsubscribe { .. } => 3,
            Self::Publish { .. } => 4,
            Self::Send { .. } => 5,
            Self::Call { .. } => 6,
            Self::Presence { .. } => 7,
            Self::History { .. } => 8,
            Self::Ping => 9,
        }
    }

    /// The word for it on the wire and in metrics.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        Self::NAMES[self.index()]
    }
}

/// A wish to receive what is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe {
    /// Which topics.
    pub filter: TopicFilter,
    /// The place up to which the client has everything; needs a filter without wildcards.
    pub since: Option<Position>,
}

/// One receiver of a direct message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Every connection of a user.
    User(UserId),
    /// One connection.
    Connection(ConnectionId),
}
