//! Planted bugs, which a simulator worth its time finds.

/// A bug that is planted where the simulator carries things between shards and clients. The code of
/// the core is the same with it and without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mutant {
    /// Two deliveries from a home to a shard change places now and then.
    SwappedDeliveries,
    /// A delivery from a home to a shard is lost now and then.
    LostDelivery,
    /// A delivery from a home to a shard is carried twice now and then.
    DoubledDelivery,
    /// A receipt for a publisher on another shard is lost now and then.
    LostReceipt,
    /// A home is not told that a shard wants nothing any more.
    LostDisinterest,
    /// Publications that went out together are lost on the way to a shard, now and then.
    LostWindow,
    /// A home is not told, now and then, that a member left.
    GhostMember,
    /// A broker is not told, now and then, that a member came.
    UnheardMember,
    /// A broker that acknowledges before it keeps: a crash takes the last publications.
    ForgetfulStore,
    /// Whoever missed something is told that it has everything.
    FalseRecovery,
    /// A delta changes not what was told last, but what was told before that.
    StaleDelta,
    /// A shard counts a byte more than the socket took, now and then.
    TornFrame,
}

impl Mutant {
    /// Every mutant.
    pub const ALL: [Self; 12] = [
        Self::SwappedDeliveries,
        Self::LostDelivery,
        Self::DoubledDelivery,
        Self::LostReceipt,
        Self::LostDisinterest,
        Self::LostWindow,
        Self::GhostMember,
        Self::UnheardMember,
        Self::ForgetfulStore,
        Self::FalseRecovery,
        Self::StaleDelta,
        Self::TornFrame,
    ];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SwappedDeliveries => "swapped-deliveries",
            Self::LostDelivery => "lost-delivery",
            Self::DoubledDelivery => "doubled-delivery",
            Self::LostReceipt => "lost-receipt",
            Self::LostDisinterest => "lost-disinterest",
            Self::LostWindow => "lost-window",
            Self::GhostMember => "ghost-member",
            Self::UnheardMember => "unheard-member",
            Self::ForgetfulStore => "forgetful-store",
            Self::FalseRecovery => "false-recovery",
            Self::StaleDelta => "stale-delta",
            Self::TornFrame => "torn-frame",
        }
    }

    /// The mutant of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mutant| mutant.name() == name)
    }
}
