//! Who has the memory of a shard.

/// A part of the shard that takes memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// The registry of connections.
    Connections,
    /// What connections still have to be sent, and the frames of the turn.
    Outboxes,
    /// Who subscribes to what.
    Subscriptions,
    /// The topics this shard is home to, without what they remember.
    Topics,
    /// What topics remember.
    History,
    /// Who is on topics.
    Members,
    /// Sessions that wait for their clients.
    Sessions,
    /// Which connections belong to whom.
    Users,
    /// Deadlines.
    Timers,
}

impl Owner {
    /// Every owner, in the order metrics list them.
    pub const ALL: [Self; 9] = [
        Self::Connections,
        Self::Outboxes,
        Self::Subscriptions,
        Self::Topics,
        Self::History,
        Self::Members,
        Self::Sessions,
        Self::Users,
        Self::Timers,
    ];

    /// The word for it in metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Outboxes => "outboxes",
            Self::Subscriptions => "subscriptions",
            Self::Topics => "topics",
            Self::History => "history",
            Self::Members => "members",
            Self::Sessions => "sessions",
            Self::Users => "users",
            Self::Timers => "timers",
        }
    }
}
