//! A shard by itself.

use std::{hash::RandomState, sync::Arc, time::Duration};

use wirehub_core::{OccurrenceKinds, Placement, ShardSettings};
use wirehub_model::{Heartbeat, Limits, Moment, Namespace, Namespaces};

/// Settings of a shard whose topics all have these rules. Nobody is looked after while it is
/// measured: no session is kept, and no heartbeat falls due.
pub(crate) fn settings(rules: Namespace) -> ShardSettings {
    ShardSettings {
        index: 0,
        placement: Placement::new(1, RandomState::new()),
        limits: Arc::new(Limits::default()),
        namespaces: Arc::new(Namespaces::new(Vec::new(), rules)),
        brokered: false,
        heartbeat: Heartbeat {
            interval: Duration::from_secs(3_600),
            timeout: Duration::from_secs(10),
        },
        expiry_grace: Duration::from_secs(30),
        resume_within: Duration::ZERO,
        reconnects_per_second: 0,
        occurrences: OccurrenceKinds::NONE,
        seed: 1,
        now: Moment::ZERO,
    }
}
