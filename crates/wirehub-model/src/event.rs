//! What a client may be told.

use std::{sync::Arc, time::Duration};

use crate::{
    CloseReason, ConnectionId, History, Message, Occupancy, Payload, Position, PresenceChange,
    PresencePage, Publication, Publisher, Recovery, Refusal, SessionToken, Topic, TopicFilter,
    UserId,
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
    /// What was published to a topic last, or last with its key, for a client that comes new.
    Retained(&'a Publication),
    /// Something was published, for a client that takes deltas. Dialects without any tell it whole.
    Delta {
        /// What.
        publication: &'a Publication,
        /// What the client was told last of the subscription, so that it is enough to tell what
        /// changed since; `None` when it has to be told the whole.
        before: Option<&'a Publication>,
    },
    /// Several publications at once.
    Batch(&'a Batch),
    /// Somebody said something to this client, its user or everyone.
    Direct(&'a Direct),
    /// A subscription began without the client having asked for it on this connection.
    Subscribed {
        /// Which one.
        filter: &'a TopicFilter,
        /// How it stands.
        subscribed: &'a Subscribed,
    },
    /// A subscription ended without the client having asked.
    Unsubscribed {
        /// Which one.
        filter: &'a TopicFilter,
        /// Why.
        refusal: &'a Refusal,
    },
    /// Users whom the client watches came or went, or are found to be there or not.
    Watchlist {
        /// Those who have connections.
        online: &'a [UserId],
        /// Those who have none.
        offline: &'a [UserId],
    },
    /// The application lets the client stay for longer, or not so long.
    Renewed {
        /// For how long; `None` for ever.
        expires_in: Option<Duration>,
    },
    /// Somebody came to a topic, went, or changed what it says about itself.
    Presence(&'a PresenceChange),
    /// How many are on a topic that is too busy to tell them one by one.
    Occupancy {
        /// The topic.
        topic: &'a Topic,
        /// How many.
        occupancy: Occupancy,
    },
    /// The answer to an application-level ping.
    Pong,
    /// The client should move to another connection.
    Reconnect(&'a ReconnectAdvice),
    /// Once its connection is lost, the client should come back at a random moment within this
    /// span from now on: more clients came since it was told another one.
    Spread(Duration),
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
    /// What the client needs to come back; `None` where sessions are not kept.
    pub session: Option<SessionOffer>,
    /// Once its connection is lost, the client comes back at a random moment within this span, so
    /// that clients which were cut off together come back apart; `None` leaves it to them.
    pub spread: Option<Duration>,
}

/// The promise that a client may come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionOffer {
    /// What to present.
    pub token: SessionToken,
    /// How long after the connection was lost.
    pub within: Duration,
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
    Subscribed(Subscribed),
    /// Published.
    Published(Published),
    /// The session goes on here.
    Resumed {
        /// Direct messages that the client missed and that are not kept any more.
        lost: u64,
    },
    /// The credentials were replaced.
    Refreshed {
        /// How long the new ones are good for; `None` when they do not expire.
        expires_in: Option<Duration>,
    },
    /// The application's answer to a call.
    Called(Payload),
    /// Who is on a topic.
    Presence(PresencePage),
    /// What was published before.
    History(History),
}

/// How a subscription stands when it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscribed {
    /// Where the topic stands: everything after it will be delivered. `None` for a filter with
    /// wildcards, whose topics stand at places of their own.
    pub position: Option<Position>,
    /// Whether anything was missed since the position that the client named; `None` when it named
    /// none.
    pub recovery: Option<Recovery>,
    /// Who is on the topic, when the client asked to know.
    pub presence: Option<PresencePage>,
    /// The topic keeps history, so that a client with a position may be given what it missed.
    pub keeps_history: bool,
    /// What was published last, or last with each key, follows.
    pub has_values: bool,
    /// Publications come as [`Event::Delta`].
    pub deltas: bool,
    /// How long the proof is good for that came with the wish; `None` when there was none, or it
    /// does not expire.
    pub expires_in: Option<Duration>,
}

/// The place of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Published {
    /// Where it stands in its topic.
    pub position: Position,
    /// It was published before, with the same idempotency key, and not again.
    pub duplicate: bool,
}

/// Several publications that go out as one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The topic, or the filter as it was subscribed.
    pub filter: TopicFilter,
    /// The publications, those of a topic in their order.
    pub entries: Vec<BatchEntry>,
}

/// One publication of a [`Batch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchEntry {
    /// The publication.
    pub publication: Arc<Publication>,
    /// How many publications it stands for, itself included.
    pub count: u32,
}

/// What names a direct message among all others, on every node: a number drawn at random. A session
/// takes a message in once, on however many ways it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DirectId(pub u64);

/// A message to one client, all of a user's, or everyone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Direct {
    /// Its name. Clients are not told it.
    pub id: DirectId,
    /// Whom it was addressed to.
    pub to: Audience,
    /// The user it was addressed to, when it was one.
    pub user: Option<UserId>,
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
