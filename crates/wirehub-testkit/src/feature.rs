//! What a scenario may make use of.

/// One thing that a scenario makes use of or leaves alone. Each seed draws its own set, so that no
/// feature can hide what another one breaks (Groce et al., "Swarm testing", 2012).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Feature {
    /// Filters with wildcards.
    Wildcards,
    /// Direct messages.
    Directs,
    /// Links are cut, and some ends never learn it.
    Cuts,
    /// Sockets with little room whose clients read slowly.
    SlowReaders,
    /// Publications that expire, and outboxes that drop.
    Expiry,
    /// Clients that present credentials in their first message.
    LateCredentials,
    /// Clients that name where they are when they subscribe again.
    Since,
    /// The node crashes.
    Crashes,
    /// Topics keep history.
    History,
    /// Clients ask for pages of history.
    Paging,
    /// Topics keep their last values, of all and of each key.
    Values,
    /// Publications with idempotency keys, sent again when no answer came.
    Idempotency,
    /// Clients come back to their sessions.
    Sessions,
    /// Subscriptions that acknowledge.
    Acks,
    /// A broker gives topics their order and keeps what it acknowledged.
    Broker,
    /// The broker is away for a while.
    BrokerTrouble,
    /// Members of topics are known, and told to those who ask.
    Presence,
    /// There is another node with members, of which the broker tells.
    Guests,
    /// The broker forgets who is there.
    ForgottenMembers,
    /// Publications wait for each other and go out together.
    Windows,
    /// Subscribers who take deltas.
    Deltas,
}

impl Feature {
    /// Every feature that the core has.
    pub(crate) const ALL: [Self; 21] = [
        Self::Wildcards,
        Self::Directs,
        Self::Cuts,
        Self::SlowReaders,
        Self::Expiry,
        Self::LateCredentials,
        Self::Since,
        Self::Crashes,
        Self::History,
        Self::Paging,
        Self::Values,
        Self::Idempotency,
        Self::Sessions,
        Self::Acks,
        Self::Broker,
        Self::BrokerTrouble,
        Self::Presence,
        Self::Guests,
        Self::ForgottenMembers,
        Self::Windows,
        Self::Deltas,
    ];

    /// In how many of a hundred scenarios it is used.
    pub(crate) const fn percent(self) -> usize {
        match self {
            Self::Crashes | Self::LateCredentials | Self::ForgottenMembers => 25,
            Self::Broker => 35,
            _ => 60,
        }
    }
}

/// A set of features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Features(u32);

impl Features {
    pub(crate) const fn with(self, feature: Feature) -> Self {
        Self(self.0 | (1 << feature as u32))
    }

    pub(crate) const fn has(self, feature: Feature) -> bool {
        self.0 & (1 << feature as u32) != 0
    }
}
