//! What a client may be told.

use std::time::Duration;

use crate::{
    CloseReason, ConnectionId, Message, Payload, Position, Publication, Publisher, Refusal,
    TopicFilter, UserId,
};

/// Something the hub tells a client, free of any wire format. The shard makes it, a dialect and the
/// WebSocket codec turn it into bytes.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// The connection is open.
    Welcome {
        /// The number of the `connect` request, when there was one.
        id: Option<u64>,
        /// What the client should know.
        welcome: &'a Welcome,
    },
    /// A request succeeded.
    Reply {
        /// The number of the request.
        id: u64,
        /// Its result.
        reply: &'a Reply,
    },
    /// A request was refused.
    Refused {
        /// The number of the request, when it had one.
        id: Option<u64>,
        /// Why.
        refusal: &'a Refusal,
    },
    /// Something was published to a topic the client subscribes to.
    Publication(&'a Publication),
    /// Somebody said something to this client, its user or everyone.
    Direct(&'a Direct),
    /// A subscription ended without the client having asked.
    Unsubscribed {
        /// Which one.
        filter: &'a TopicFilter,
        /// Why.
        refusal: &'a Refusal,
    },
    /// The answer to an application-level ping.
    Pong,
    /// The client should move to another connection.
    Reconnect(&'a ReconnectAdvice),
    /// A heartbeat of the transport: a WebSocket ping (RFC 6455 section 5.5.2).
    Heartbeat,
    /// The answer to a transport's ping, with its payload of at most 125 bytes.
    HeartbeatReply(&'a [u8]),
    /// The last thing said on the connection: a WebSocket close frame (RFC 6455 section 5.5.1).
    Close(CloseReason),
}

/// What a client learns when its connection opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The connection's name.
    pub connection: ConnectionId,
    /// The user the credentials name.
    pub user: Option<UserId>,
    /// How the connection is kept alive.
    pub heartbeat: Heartbeat,
    /// How long the credentials are good for; `None` when they do not expire.
    pub expires_in: Option<Duration>,
}

/// How both sides find out that the other is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The server sends a heartbeat after this long without a sign of life from the client.
    pub interval: Duration,
    /// The server waits this long for the answer.
    pub timeout: Duration,
}

/// The result of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Done, with nothing to add.
    Done,
    /// Subscribed.
    Subscribed {
        /// Where the topic stands: everything after it will be delivered. `None` for a filter with
        /// wildcards, whose topics stand at places of their own.
        position: Option<Position>,
        /// Whether nothing between `since` and `position` was missed; `None` without `since`.
        recovered: Option<bool>,
    },
    /// Published at this place.
    Published(Position),
    /// The credentials were replaced.
    Refreshed {
        /// How long the new ones are good for; `None` when they do not expire.
        expires_in: Option<Duration>,
    },
    /// The application's answer to a call.
    Called(Payload),
}

/// A message to one client, all of a user's, or everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direct {
    /// Whom it was addressed to.
    pub to: Audience,
    /// What was said.
    pub message: Message,
    /// Who said it; `None` when the application's own servers did.
    pub from: Option<Publisher>,
}

/// The kind of receiver of a direct message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// Every client of the hub.
    Everyone,
    /// Every connection of the client's user.
    User,
    /// This connection.
    Connection,
}

impl Audience {
    /// The word for it on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Everyone => "everyone",
            Self::User => "user",
            Self::Connection => "connection",
        }
    }
}

/// Advice to open a new connection before this one ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReconnectAdvice {
    /// Why: `drain`, for instance.
    pub reason: &'static str,
    /// The client picks a random moment within this span.
    pub within: Duration,
}
