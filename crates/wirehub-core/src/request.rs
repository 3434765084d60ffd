//! What the application's own servers ask of a shard.

use std::{sync::Arc, time::Duration};

use wirehub_model::{
    Audience, CloseReason, ConnectionId, Direct, DirectId, History, HistoryQuery, Message, Moment,
    PresencePage, PresenceQuery, Publish, Published, Refusal, Subscribe, Topic, TopicFilter,
    UserId,
};

use crate::{Flavour, Handover, Presented, Stats};

/// A request of the holder of the hub's handle. It needs no permission.
#[derive(Clone, Debug)]
pub enum Request {
    /// Publish; best sent to the topic's home.
    Publish(Publish),
    /// Publish in the name of a client, which gets it only with `echo`; best sent to the topic's
    /// home.
    PublishFor {
        /// The client.
        connection: ConnectionId,
        /// What.
        wish: Publish,
    },
    /// Read past publications; of a topic this shard is home to.
    History(HistoryQuery),
    /// Forget past publications and the last values; of a topic this shard is home to.
    Forget(Topic),
    /// See who is on a topic; one this shard is home to.
    Presence(PresenceQuery),
    /// Tell clients of this shard something.
    Tell {
        /// Whom.
        to: Recipient,
        /// What, see [`Request::tell`].
        direct: Arc<Direct>,
    },
    /// Close connections of this shard.
    Disconnect {
        /// Whose.
        who: Recipient,
        /// What the clients are told.
        reason: CloseReason,
    },
    /// Subscribe connections of this shard that are in, whatever their tokens allow.
    Subscribe {
        /// Whose.
        who: Recipient,
        /// To what, and how.
        wish: Box<Subscribe>,
    },
    /// End a subscription of connections of this shard.
    Unsubscribe {
        /// Whose.
        who: Recipient,
        /// The filter exactly as it was subscribed.
        filter: TopicFilter,
    },
    /// Change how long connections of this shard may stay, as if their clients had brought new
    /// tokens that allow the same.
    Renew {
        /// Whose.
        who: Recipient,
        /// What changes.
        renewal: Renewal,
    },
    /// Hand over a session of this shard that its client presents to another node.
    TakeSession(Presented),
    /// List connections of this shard, in the order of their slots.
    Connections {
        /// Whose; `None` for everybody's.
        user: Option<UserId>,
        /// The first slot to look at.
        from: u32,
        /// How many to return.
        limit: usize,
    },
    /// Look closer at a connection of this shard.
    Connection(ConnectionId),
    /// List topics that somebody on this shard subscribes to by name, in the order of their names.
    /// It looks at every subscribed filter of the shard, so it is for people and not for programs
    /// in a loop.
    Topics(TopicsQuery),
    /// Read the counters.
    Stats,
}

impl Request {
    /// Tells clients something in the name of the application. For several shards and nodes it is
    /// one message, which `id` names: a session that moves between them is told once.
    #[must_use]
    pub fn tell(to: Recipient, message: Message, id: DirectId) -> Self {
        let audience = match &to {
            Recipient::Everyone => Audience::Everyone,
            Recipient::User(_) => Audience::User,
            Recipient::Connection(_) => Audience::Connection,
        };
        let user = match &to {
            Recipient::User(user) => Some(user.clone()),
            Recipient::Everyone | Recipient::Connection(_) => None,
        };
        let direct = Arc::new(Direct {
            id,
            to: audience,
            user,
            message,
            from: None,
        });
        Self::Tell { to, direct }
    }
}

/// What changes about connections that may stay for longer, or not so long.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// When their credentials expire; `None` when they do not.
    pub expires_at: Option<Moment>,
    /// What is said about their user from now on, one JSON value as text; `None` leaves it.
    pub info: Option<Arc<str>>,
}

/// Which topics are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicsQuery {
    /// Those that this matches.
    pub filter: TopicFilter,
    /// Those behind this one.
    pub after: Option<Topic>,
    /// How many at most.
    pub limit: usize,
}

/// Clients of a shard, by address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// All of them.
    Everyone,
    /// Those of a user.
    User(UserId),
    /// One.
    Connection(ConnectionId),
}

/// The answer to a [`Request`].
#[derive(Clone, Debug)]
pub enum Answer {
    /// To `Publish`.
    Published(Result<Published, Refusal>),
    /// To `History`.
    History(Result<History, Refusal>),
    /// To `Presence`.
    Presence(Result<PresencePage, Refusal>),
    /// To `Forget`.
    Forgotten(Result<(), Refusal>),
    /// To `Tell`, `Disconnect`, `Unsubscribe` and `Renew`: how many connections it concerned.
    Count(u64),
    /// To `TakeSession`: what goes on elsewhere, if there is such a session.
    Session(Option<Box<Handover>>),
    /// To `Subscribe`.
    Subscribed {
        /// How many connections have the subscription now, or will when the topic's home answers.
        connections: u64,
        /// Why the others have not, for one of them.
        refusal: Option<Refusal>,
    },
    /// To `Connections`.
    Connections {
        /// The connections found.
        list: Vec<ConnectionInfo>,
        /// Where to go on; `None` at the end.
        next: Option<u32>,
    },
    /// To `Connection`: what is known of it, if it is there.
    Connection(Option<Box<ConnectionDetails>>),
    /// To `Topics`: those found, and whether there are more behind them.
    Topics(Vec<TopicInfo>, bool),
    /// To `Stats`.
    Stats(Box<Stats>),
}

/// What is known of a topic that somebody subscribes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicInfo {
    /// Its name.
    pub topic: Topic,
    /// How many connections subscribe to it by name, so without those by wildcard.
    pub subscribers: u64,
}

/// What is known of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionInfo {
    /// Its name.
    pub id: ConnectionId,
    /// Its user.
    pub user: Option<UserId>,
    /// How its client is spoken to.
    pub flavour: Flavour,
    /// Where it is in its life.
    pub phase: Phase,
    /// When it was opened.
    pub opened_at: Moment,
    /// When the client last gave a sign of life.
    pub last_seen: Moment,
    /// How long the last heartbeat and its answer were under way; `None` before there was one.
    pub round_trip: Option<Duration>,
    /// How many subscriptions it has.
    pub subscriptions: usize,
    /// Bytes that wait for the client to read them.
    pub waiting_bytes: usize,
}

/// What is known of a connection when somebody looks closer.
#[derive(Clone, Debug)]
pub struct ConnectionDetails {
    /// What the list says of it.
    pub info: ConnectionInfo,
    /// What is said about its user for others to see, one JSON value as text.
    pub said: Option<Arc<str>>,
    /// When its credentials expire; `None` when they do not.
    pub expires_at: Option<Moment>,
    /// What it subscribes to, in the order of their texts.
    pub subscriptions: Vec<TopicFilter>,
}

/// Where a connection is in its life; closed ones are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The transport is open, the client has not been let in.
    Connecting,
    /// The client is in.
    Open,
    /// The close frame is on its way, or an answer to it.
    Closing,
}

impl Phase {
    /// Every phase, in the order connections go through them.
    pub const ALL: [Self; 3] = [Self::Connecting, Self::Open, Self::Closing];

    /// The word for it in metrics and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Closing => "closing",
        }
    }
}
