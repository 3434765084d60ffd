//! What a client may ask.

use std::{sync::Arc, time::Duration};

use crate::{
    ConnectionId, Grant, HistoryQuery, Key, Message, Offset, Payload, Position, PresenceQuery,
    Resume, Secret, TagsFilter, Topic, TopicFilter, TraceContext, UserId,
};

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
        /// The session to go on with once the client is in.
        resume: Option<Box<Resume>>,
        /// Up to where the client has everything of topics that its token subscribes it to.
        since: Vec<(Topic, Position)>,
        /// Subscriptions that it wants from the start. They are made like those of its token, and
        /// are left out where it may not have them.
        subscribe: Vec<TopicFilter>,
    },
    /// Go on with a session whose connection was lost.
    Resume(Box<Resume>),
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
    /// Say that everything of a topic up to an offset was received and dealt with; for
    /// subscriptions that ask for acknowledgements.
    Ack {
        /// The topic.
        topic: Topic,
        /// The last publication that was dealt with.
        offset: Offset,
    },
    /// Say something to every subscriber of a topic.
    Publish(Publish),
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
    Presence(PresenceQuery),
    /// Change what the client says about itself on a topic it is on.
    State {
        /// The topic.
        topic: Topic,
        /// What it says from now on; `None` for nothing.
        state: Option<Payload>,
    },
    /// Ask for past publications of a topic.
    History(HistoryQuery),
    /// Ask for a sign of life.
    Ping,
}

impl Command {
    /// The words for all commands, on the wire and in metrics.
    pub const NAMES: [&'static str; 13] = [
        "connect",
        "resume",
        "refresh",
        "subscribe",
        "unsubscribe",
        "ack",
        "publish",
        "send",
        "call",
        "presence",
        "state",
        "history",
        "ping",
    ];

    /// The place of the command's word in [`Command::NAMES`].
    #[must_use]
    pub const fn index(&self) -> usize {
        match self {
            Self::Connect { .. } => 0,
            Self::Resume(_) => 1,
            Self::Refresh { .. } => 2,
            Self::Subscribe(_) => 3,
            Self::Unsubscribe { .. } => 4,
            Self::Ack { .. } => 5,
            Self::Publish(_) => 6,
            Self::Send { .. } => 7,
            Self::Call { .. } => 8,
            Self::Presence(_) => 9,
            Self::State { .. } => 10,
            Self::History(_) => 11,
            Self::Ping => 12,
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
    /// Be told who is on the topic, and who comes and goes; needs a filter without wildcards.
    pub presence: bool,
    /// Be told who comes and goes where the topic tells that and the client may see it, and
    /// subscribe all the same where not.
    pub presence_if_allowed: bool,
    /// What the client says about itself on the topic; needs a topic with presence.
    pub state: Option<Payload>,
    /// What was not acknowledged comes again when the session is resumed; needs a topic with
    /// history.
    pub ack: bool,
    /// How publications are held back; `None` delivers each at once.
    pub pace: Option<Pace>,
    /// Be told what changed since the publication before instead of the whole, where the topic
    /// allows that; subscribe all the same where it does not, or with a pace.
    pub deltas: bool,
    /// Which of the publications it gets, by their tags; `None` for all. Not with a pace.
    pub tags: Option<Arc<TagsFilter>>,
    /// What a proof opens that came with the wish; `None` leaves it to capabilities.
    pub grant: Option<Box<Grant>>,
}

impl Subscribe {
    /// The plain wish for what is published from now on.
    #[must_use]
    pub const fn to(filter: TopicFilter) -> Self {
        Self {
            filter,
            since: None,
            presence: false,
            presence_if_allowed: false,
            state: None,
            ack: false,
            pace: None,
            deltas: false,
            tags: None,
            grant: None,
        }
    }
}

/// How a subscriber is spared a storm: of all publications about the same thing in a span of time,
/// it gets the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pace {
    /// The span between two deliveries.
    pub every: Duration,
    /// What the same thing is: publications whose topics agree in this many levels. `None` for
    /// publications of one topic with one key.
    pub level: Option<u8>,
}

/// Something to be said to every subscriber of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publish {
    /// Where.
    pub topic: Topic,
    /// What.
    pub message: Message,
    /// What it is about: a newer publication with the same key stands for this one.
    pub key: Option<Key>,
    /// Names this very publication: sent again, it is not published again.
    pub idempotency_key: Option<Key>,
    /// How long it is worth delivering; `None` leaves it to the namespace.
    pub ttl: Option<Duration>,
    /// Whether the publisher receives it too, when subscribed.
    pub echo: bool,
    /// The span it comes from, if its way is to be traced. Clients have no word for it.
    pub trace: Option<Box<TraceContext>>,
}

impl Publish {
    /// Says something to a topic in the plainest way.
    #[must_use]
    pub const fn to(topic: Topic, message: Message) -> Self {
        Self {
            topic,
            message,
            key: None,
            idempotency_key: None,
            ttl: None,
            echo: true,
            trace: None,
        }
    }
}

/// One receiver of a direct message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Every connection of a user.
    User(UserId),
    /// One connection.
    Connection(ConnectionId),
}
