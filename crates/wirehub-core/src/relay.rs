//! What shards tell each other.

use std::sync::Arc;

use wirehub_model::{
    ConnectionId, Direct, Gap, History, HistoryQuery, Key, Message, Moment, Position, Publication,
    Published, Publisher, Refusal, Topic, TopicFilter, TraceContext, UserId,
};

use crate::{
    Entrance, Gathered, PresenceRelay, Session, SessionSearch, WatchlistRelay, home::Attachment,
};

/// A message from one shard to another. The runtime carries them, in order, for each pair of
/// shards.
#[derive(Clone, Debug)]
pub enum Relay {
    /// To a topic's home: give this its place and send it to everyone.
    Publish {
        /// What is to be published.
        draft: Box<Draft>,
        /// Who is told the result.
        origin: Origin,
    },
    /// From the home: it is published, or why not.
    Published {
        /// Who is told the result.
        origin: Origin,
        /// Its place.
        result: Result<Published, Refusal>,
    },
    /// From the home: deliver this to your subscribers.
    Deliver(Arc<Publication>, Option<ConnectionId>),
    /// From the home: deliver these publications of one topic together. The last one is the newest.
    DeliverMany(Arc<[Gathered]>),
    /// From the home: what was published up to there may be missing.
    Gap {
        /// The topic.
        topic: Topic,
        /// From where on it is delivered.
        position: Position,
        /// Why.
        gap: Gap,
    },
    /// To a home: from now on send what matches the filter to shard `from`.
    Interest {
        /// The shard that asks.
        from: u16,
        /// What it wants.
        filter: TopicFilter,
        /// Comes back with the answer.
        ticket: u32,
    },
    /// From a home: so it shall be, or why not.
    Interested {
        /// What was wanted.
        filter: TopicFilter,
        /// The number of the question.
        ticket: u32,
        /// Where the topic stands; nothing for a filter with wildcards.
        result: Result<Option<Position>, Refusal>,
    },
    /// To a topic's home: a subscriber begins; what is it to be given?
    Attach {
        /// The subscriber.
        subscriber: ConnectionId,
        /// Tells the answer from those to earlier questions.
        ticket: u32,
        /// The topic.
        topic: Topic,
        /// Up to where it has everything.
        since: Option<Position>,
        /// As whom it becomes a member of the topic, where that has presence.
        entrance: Option<Box<Entrance>>,
    },
    /// From the home: this, and after it what is delivered from now on.
    Attached {
        /// The subscriber.
        subscriber: ConnectionId,
        /// The number of the question.
        ticket: u32,
        /// The topic.
        topic: Topic,
        /// What it is given, or why not.
        result: Result<Attachment, Refusal>,
    },
    /// To a topic's home: what was published before?
    Recall {
        /// The question.
        query: HistoryQuery,
        /// Who is told the answer.
        origin: Origin,
    },
    /// From the home: this.
    Recalled {
        /// Who is told the answer.
        origin: Origin,
        /// The answer.
        result: Result<History, Refusal>,
    },
    /// To the shard of a session: a connection wants to go on with it.
    TakeSession(Box<SessionSearch>),
    /// From the shard of the session: here it is, or there is none.
    SessionTaken(Box<SessionSearch>, Option<Box<Session>>),
    /// Back to the shard of a session: who asked for it is gone.
    ReturnSession(Box<Session>),
    /// To a home: send it no longer.
    Disinterest {
        /// The shard that asks.
        from: u16,
        /// What it wanted.
        filter: TopicFilter,
    },
    /// To every shard: tell all connections of a user.
    TellUser(UserId, Arc<Direct>),
    /// To the shard that a session went to: tell it, this came late.
    TellAfter {
        /// The connection that carried it.
        from: ConnectionId,
        /// The connection that carries it.
        to: ConnectionId,
        /// What to tell it.
        direct: Arc<Direct>,
    },
    /// Back to the shard of a session that did not arrive: it missed this.
    TellBack {
        /// The connection that carried it here.
        from: ConnectionId,
        /// The one it did not arrive at.
        to: ConnectionId,
        /// The message.
        direct: Arc<Direct>,
    },
    /// To the shard of a connection: tell it.
    TellConnection {
        /// Which one.
        connection: ConnectionId,
        /// What to tell it.
        direct: Arc<Direct>,
        /// Who is told the result.
        origin: Origin,
    },
    /// From the shard of a connection: it was told, or it is not there.
    Told {
        /// Who is told the result.
        origin: Origin,
        /// Whether the connection was there.
        found: bool,
    },
    /// About the members of a topic.
    Presence(PresenceRelay),
    /// About where users are.
    Watchlist(WatchlistRelay),
}

/// A publication that has no place yet.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(crate) topic: Topic,
    pub(crate) message: Message,
    pub(crate) key: Option<Key>,
    pub(crate) idempotency_key: Option<Key>,
    pub(crate) from: Option<Publisher>,
    pub(crate) accepted_at: Moment,
    pub(crate) expires_at: Option<Moment>,
    /// The publisher does not want to receive it itself.
    pub(crate) exclude: Option<ConnectionId>,
    pub(crate) trace: Option<Box<TraceContext>>,
}

/// Who is told the result of something that another shard does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A client, under the number of its request. Without a number it is told of refusals only.
    Client(ConnectionId, Option<u64>),
    /// The holder of the hub's handle, on this shard and under this ticket.
    Handle(u16, u64),
}

impl Origin {
    /// The shard that the result has to go to.
    pub(crate) const fn shard(self) -> u16 {
        match self {
            Self::Client(connection, _) => connection.shard(),
            Self::Handle(shard, _) => shard,
        }
    }

    /// Whether a success has to be reported as well.
    pub(crate) const fn wants_receipt(self) -> bool {
        match self {
            Self::Client(_, request) => request.is_some(),
            Self::Handle(..) => true,
        }
    }
}
