//! How much memory the shard takes, and what for.

use crate::{Encode, Owner, Shard};

impl<E: Encode> Shard<E> {
    /// Estimates in the order of [`Owner::ALL`]. Nothing is gone through for them: a shard that is
    /// asked must not pause.
    pub(super) fn memory(&self) -> [u64; Owner::ALL.len()] {
        let subscriptions = usize::try_from(self.stats.subscriptions).unwrap_or(usize::MAX);
        let waiting = usize::try_from(self.stats.waiting_bytes).unwrap_or(usize::MAX);
        let bytes = Owner::ALL.map(|owner| match owner {
            Owner::Connections => self.connections.bytes(),
            Owner::Outboxes => self.outbound.bytes().saturating_add(waiting),
            Owner::Subscriptions => self.feeds.bytes(subscriptions),
            Owner::Topics => self.home.bytes(),
            Owner::History => self.home.ledger().bytes(),
            Owner::Members => self.rosters.bytes(),
            Owner::Sessions => self.sessions.bytes(),
            Owner::Users => self.users.bytes(),
            Owner::Timers => self.timers.bytes(),
        });
        bytes.map(|bytes| bytes as u64)
    }
}
