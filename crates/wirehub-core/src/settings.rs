//! What a shard has to know from the start.

use std::{sync::Arc, time::Duration};

use wirehub_model::{Heartbeat, Limits, Moment, Namespaces};

use crate::{OccurrenceKinds, Placement};

/// The settings of one shard.
#[derive(Clone, Debug)]
pub struct ShardSettings {
    /// The number of this shard.
    pub index: u16,
    /// Which topics live where; the same for all shards of a hub.
    pub placement: Placement,
    /// The bounds.
    pub limits: Arc<Limits>,
    /// The rules of topics.
    pub namespaces: Arc<Namespaces>,
    /// A broker gives topics their order; without one their homes do.
    pub brokered: bool,
    /// How connections are kept alive.
    pub heartbeat: Heartbeat,
    /// How long a connection may stay after its credentials expired.
    pub expiry_grace: Duration,
    /// How long a session waits for its client after the connection was lost; zero keeps none.
    pub resume_within: Duration,
    /// How many clients of this shard are to come back in a second when all of them were cut off;
    /// zero leaves that to them.
    pub reconnects_per_second: u32,
    /// What is to be told of what happens.
    pub occurrences: OccurrenceKinds,
    /// Where the shard's pseudo-random numbers start.
    pub seed: u64,
    /// When the shard starts.
    pub now: Moment,
}
