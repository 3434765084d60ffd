//! What is left over in a shard although nothing should keep it.

use std::time::Duration;

use wirehub_model::{ConnectionId, TopicFilter};

/// Something that should not be there any more.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stray {
    /// A connection whose deadline passed without anybody looking at it: for a heartbeat, for
    /// credentials, for a goodbye.
    Connection {
        /// Which.
        connection: ConnectionId,
        /// For how long it should have been looked at.
        overdue: Duration,
    },
    /// A subscriber that is no connection with that subscription.
    Subscriber {
        /// Of what.
        filter: TopicFilter,
        /// The slot that it names.
        slot: u32,
    },
    /// A subscription of a connection to something that does not exist.
    Subscription {
        /// Whose.
        connection: ConnectionId,
    },
    /// A session that waits for longer than its client may stay away.
    Session {
        /// The connection that carried it.
        connection: ConnectionId,
        /// For how long it should have ended.
        overdue: Duration,
    },
}

impl Stray {
    /// What it is, in a word.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Connection { .. } => "connection",
            Self::Subscriber { .. } | Self::Subscription { .. } => "subscription",
            Self::Session { .. } => "session",
        }
    }
}

/// Where in a shard to go on looking. One look at everything would keep its clients waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditPlace(pub(crate) Part);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Sessions, and connections from this slot on.
    Connections(u32),
    /// Feeds from this number on, and of that one subscribers behind so many.
    Feeds(u32, usize),
}

impl Default for Part {
    fn default() -> Self {
        Self::Connections(0)
    }
}

/// What one look at a part of a shard found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audit {
    /// At most [`Audit::STRAYS`] of them.
    pub strays: Vec<Stray>,
    /// Where to go on; `None` when all of the shard was seen.
    pub next: Option<AuditPlace>,
}

impl Audit {
    /// The most strays that one look names.
    pub const STRAYS: usize = 100;

    pub(crate) fn add(&mut self, stray: Stray) {
        if self.strays.len() < Self::STRAYS {
            self.strays.push(stray);
        }
    }
}
