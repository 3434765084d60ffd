//! Who is on a topic.

use std::sync::Arc;

use crate::{ConnectionId, Payload, Topic, UserId};

/// A connection that subscribes to a topic with presence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The connection.
    pub connection: ConnectionId,
    /// Its user; `None` when it is anonymous.
    pub user: Option<UserId>,
    /// What the token says about the user for others to see: one JSON value as text.
    pub info: Option<Arc<str>>,
    /// What the client says about itself on this topic (`typing`, a cursor, …), changed at will.
    pub state: Option<Payload>,
}

/// How many are on a topic.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Occupancy {
    /// Connections.
    pub connections: u64,
    /// Users with at least one of them; anonymous connections count for none.
    pub users: u64,
}

/// A part of the members of a topic, in the order of their connections' names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PresencePage {
    /// How many there are altogether.
    pub occupancy: Occupancy,
    /// The members of this page.
    pub members: Vec<Arc<Member>>,
    /// There are more: ask for those after the last one.
    pub more: bool,
}

/// What the members of a topic are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceQuery {
    /// The topic.
    pub topic: Topic,
    /// How many members at most; zero asks for the counts alone.
    pub limit: u32,
    /// Those after this member.
    pub after: Option<ConnectionId>,
}

/// Something that changed among the members of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresenceChange {
    /// The topic.
    pub topic: Topic,
    /// What changed.
    pub kind: PresenceKind,
    /// Whose: as it is now, or was last.
    pub member: Arc<Member>,
    /// Of a join: it is the user's first connection here. Of a leave: it was the user's last. Of an
    /// anonymous member always.
    pub edge: bool,
    /// Of a change: the connection whose place this one took, when a lost session was resumed. The
    /// member is the same; whoever keeps a list by connection takes the old one out.
    pub was: Option<ConnectionId>,
}

/// A kind of change among members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PresenceKind {
    /// A connection came.
    Joined,
    /// It changed: its state, what its token says, or its connection.
    Changed,
    /// It went.
    Left,
}

impl PresenceKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Joined, Self::Changed, Self::Left];

    /// The word for it on the wire and in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Joined => "joined",
            Self::Changed => "changed",
            Self::Left => "left",
        }
    }
}
