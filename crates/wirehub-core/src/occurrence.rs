//! What happened that others may want to know of.

use std::sync::Arc;

use wirehub_model::{
    CloseCause, ConnectionId, ErrorCode, Message, PresenceChange, PresenceKind, Publisher, Topic,
    TopicFilter, UserId,
};

use crate::SessionEnd;

/// Something that happened to a connection, a session, a subscription or a topic. Those of one
/// connection come in their order, and so do those of one topic.
#[derive(Clone, Debug)]
pub enum Occurrence {
    /// A client was let in.
    Connected {
        /// Its connection.
        connection: ConnectionId,
        /// Who it is.
        user: Option<UserId>,
    },
    /// A client that was in has no connection any more. Its subscriptions end with that, and are
    /// not told of one by one.
    Disconnected {
        /// Its connection.
        connection: ConnectionId,
        /// Who it is.
        user: Option<UserId>,
        /// Why.
        cause: CloseCause,
        /// Its session waits for it.
        may_resume: bool,
    },
    /// A client goes on with the session of a connection it lost.
    Resumed {
        /// Its connection.
        connection: ConnectionId,
        /// The one it lost.
        was: ConnectionId,
        /// Who it is.
        user: Option<UserId>,
    },
    /// A session waits no longer for its client.
    SessionEnded {
        /// The connection that was lost.
        connection: ConnectionId,
        /// Whose it was.
        user: Option<UserId>,
        /// Why.
        end: SessionEnd,
    },
    /// A client gets what matches a filter from now on.
    Subscribed {
        /// Its connection.
        connection: ConnectionId,
        /// Who it is.
        user: Option<UserId>,
        /// What it gets.
        filter: TopicFilter,
    },
    /// A client gets it no longer, and is still connected.
    Unsubscribed {
        /// Its connection.
        connection: ConnectionId,
        /// Who it is.
        user: Option<UserId>,
        /// What it got.
        filter: TopicFilter,
        /// Why the hub ended it; `None` when the client did.
        code: Option<ErrorCode>,
    },
    /// A topic has subscribers. Filters with wildcards do not count.
    Occupied(Topic),
    /// A topic has no subscribers any more.
    Vacated(Topic),
    /// Somebody came, went, or said something new about itself where presence is on.
    Presence(Arc<PresenceChange>),
    /// A client said something that it may say; it is on its way to its place.
    Published {
        /// Who it is where it spoke.
        from: Publisher,
        /// Where it spoke.
        topic: Topic,
        /// What it said.
        message: Message,
    },
    /// The application published something; it is on its way to its place.
    Announced {
        /// Where.
        topic: Topic,
        /// What.
        message: Message,
    },
    /// A client came to a topic that keeps what was said last, and there was nothing.
    FoundEmpty(Topic),
    /// So many clients on a shard subscribe to a topic now, since one came or went. Filters with
    /// wildcards do not count.
    Counted {
        /// The topic.
        topic: Topic,
        /// The shard.
        shard: u16,
        /// How many.
        subscribers: u64,
    },
    /// A client asked for more than it may.
    Limited {
        /// Its connection.
        connection: ConnectionId,
        /// Who it is.
        user: Option<UserId>,
        /// Which kind of bound it ran into.
        code: ErrorCode,
    },
}

/// The kinds of occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OccurrenceKind {
    /// [`Occurrence::Connected`].
    Connected,
    /// [`Occurrence::Disconnected`].
    Disconnected,
    /// [`Occurrence::Resumed`].
    Resumed,
    /// [`Occurrence::SessionEnded`].
    SessionEnded,
    /// [`Occurrence::Subscribed`].
    Subscribed,
    /// [`Occurrence::Unsubscribed`].
    Unsubscribed,
    /// [`Occurrence::Occupied`].
    Occupied,
    /// [`Occurrence::Vacated`].
    Vacated,
    /// [`Occurrence::Presence`] of somebody who came.
    Joined,
    /// [`Occurrence::Presence`] of somebody who went.
    Left,
    /// [`Occurrence::Presence`] of somebody who says something new about itself.
    Changed,
    /// [`Occurrence::Published`].
    Published,
    /// [`Occurrence::Announced`].
    Announced,
    /// [`Occurrence::FoundEmpty`].
    FoundEmpty,
    /// [`Occurrence::Counted`].
    Counted,
    /// [`Occurrence::Limited`].
    Limited,
}

impl Occurrence {
    /// Of which kind it is.
    #[must_use]
    pub fn kind(&self) -> OccurrenceKind {
        match self {
            Self::Connected { .. } => OccurrenceKind::Connected,
            Self::Disconnected { .. } => OccurrenceKind::Disconnected,
            Self::Resumed { .. } => OccurrenceKind::Resumed,
            Self::SessionEnded { .. } => OccurrenceKind::SessionEnded,
            Self::Subscribed { .. } => OccurrenceKind::Subscribed,
            Self::Unsubscribed { .. } => OccurrenceKind::Unsubscribed,
            Self::Occupied(_) => OccurrenceKind::Occupied,
            Self::Vacated(_) => OccurrenceKind::Vacated,
            Self::Presence(change) => OccurrenceKind::of(change.kind),
            Self::Published { .. } => OccurrenceKind::Published,
            Self::Announced { .. } => OccurrenceKind::Announced,
            Self::FoundEmpty(_) => OccurrenceKind::FoundEmpty,
            Self::Counted { .. } => OccurrenceKind::Counted,
            Self::Limited { .. } => OccurrenceKind::Limited,
        }
    }
}

impl OccurrenceKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::Connected,
        Self::Disconnected,
        Self::Resumed,
        Self::SessionEnded,
        Self::Subscribed,
        Self::Unsubscribed,
        Self::Occupied,
        Self::Vacated,
        Self::Joined,
        Self::Left,
        Self::Changed,
        Self::Published,
        Self::Announced,
        Self::FoundEmpty,
        Self::Counted,
        Self::Limited,
    ];

    /// The kind of a change of members.
    #[must_use]
    pub const fn of(change: PresenceKind) -> Self {
        match change {
            PresenceKind::Joined => Self::Joined,
            PresenceKind::Left => Self::Left,
            PresenceKind::Changed => Self::Changed,
        }
    }

    /// The word for it in settings and in what is told.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Disconnected => "disconnected",
            Self::Resumed => "resumed",
            Self::SessionEnded => "session_ended",
            Self::Subscribed => "subscribed",
            Self::Unsubscribed => "unsubscribed",
            Self::Occupied => "topic_occupied",
            Self::Vacated => "topic_vacated",
            Self::Joined => "member_joined",
            Self::Left => "member_left",
            Self::Changed => "member_changed",
            Self::Published => "published",
            Self::Announced => "announced",
            Self::FoundEmpty => "topic_found_empty",
            Self::Counted => "topic_counted",
            Self::Limited => "limited",
        }
    }

    /// The kind with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Kinds of occurrences that somebody wants to know of. What nobody wants is not told and costs
/// nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OccurrenceKinds(u32);

impl OccurrenceKinds {
    /// None of them.
    pub const NONE: Self = Self(0);

    /// All of them.
    pub const ALL: Self = Self((1 << OccurrenceKind::ALL.len()) - 1);

    /// What happens to members.
    pub const PRESENCE: Self = Self::NONE
        .with(OccurrenceKind::Joined)
        .with(OccurrenceKind::Left)
        .with(OccurrenceKind::Changed);

    /// What is published.
    pub const PUBLICATIONS: Self = Self::NONE
        .with(OccurrenceKind::Published)
        .with(OccurrenceKind::Announced);

    /// What is told only to those who ask for it by name: it may be much.
    pub const BY_NAME: Self = Self::PUBLICATIONS
        .with(OccurrenceKind::FoundEmpty)
        .with(OccurrenceKind::Counted);

    /// Whether a topic has subscribers.
    pub const OCCUPANCY: Self = Self::NONE
        .with(OccurrenceKind::Occupied)
        .with(OccurrenceKind::Vacated);

    /// These and another one.
    #[must_use]
    pub const fn with(self, kind: OccurrenceKind) -> Self {
        Self(self.0 | 1 << kind as u32)
    }

    /// These and others.
    #[must_use]
    pub const fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether any kind is among both.
    #[must_use]
    pub const fn meets(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// Whether one is among them.
    #[must_use]
    pub const fn has(self, kind: OccurrenceKind) -> bool {
        self.0 & 1 << kind as u32 != 0
    }
}

impl FromIterator<OccurrenceKind> for OccurrenceKinds {
    fn from_iter<I: IntoIterator<Item = OccurrenceKind>>(kinds: I) -> Self {
        kinds.into_iter().fold(Self::NONE, Self::with)
    }
}
