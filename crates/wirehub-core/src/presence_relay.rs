//! What shards tell each other about the members of topics.

use std::sync::Arc;

use wirehub_model::{
    ConnectionId, Member, Occupancy, PresenceChange, PresenceQuery, Refusal, Reply, Topic,
};

use crate::{Origin, roster::Update};

/// As whom a subscriber becomes a member of its topic.
#[derive(Clone, Debug)]
pub struct Entrance {
    pub(crate) member: Member,
    /// It wants to be told who comes and goes.
    pub(crate) watch: bool,
    /// The connection whose place it takes: its session's, which was lost.
    pub(crate) was: Option<ConnectionId>,
}

/// A message about the members of a topic, from one shard to another. What is in it concerns the
/// shards alone.
#[derive(Clone, Debug)]
pub struct PresenceRelay(pub(crate) Box<Roll>);

impl PresenceRelay {
    /// The topic whose member says it to the home, or about which somebody asks the home.
    pub(crate) const fn of_member(&self) -> Option<&Topic> {
        match &*self.0 {
            Roll::Leave { topic, .. }
            | Roll::Unwatch { topic, .. }
            | Roll::Update { topic, .. } => Some(topic),
            Roll::Ask { query, .. } => Some(&query.topic),
            _ => None,
        }
    }
}

/// What a [`PresenceRelay`] says.
#[derive(Clone, Debug)]
pub(crate) enum Roll {
    /// To a topic's home: a connection is a member no longer.
    Leave {
        topic: Topic,
        connection: ConnectionId,
    },
    /// To the home: nobody on shard `from` wants to be told who comes and goes.
    Unwatch { from: u16, topic: Topic },
    /// To the home: a member has changed.
    Update {
        topic: Topic,
        connection: ConnectionId,
        update: Update,
        /// Who is told the result, if anybody.
        origin: Option<Origin>,
    },
    /// To the home: who is there?
    Ask {
        query: PresenceQuery,
        /// Who is told the answer.
        origin: Origin,
    },
    /// From the home: the answer to a client or the holder of the handle.
    Answer {
        origin: Origin,
        result: Result<Reply, Refusal>,
    },
    /// From the home: tell your watchers.
    Change(Arc<PresenceChange>),
    /// From the home: tell your watchers how many there are.
    Occupancy(Topic, Occupancy),
    /// To the home: shard `from` lives, and should have this many members with you.
    Lease { from: u16, members: u64 },
    /// From a home: you have not, because you were silent for too long.
    Lapsed { home: u16 },
    /// To the home: then take these in again.
    Rejoin {
        from: u16,
        topic: Topic,
        members: Vec<Member>,
        /// Somebody there wants to be told who comes and goes.
        watch: bool,
    },
}
