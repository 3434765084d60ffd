//! The server, as this process knows it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use wirehub_broker::meeting::Ahead;

use crate::{RedisSettings, connector::Connector, keys::Keys, lane::Lane, layout::Layout};

/// What all nodes of this process share.
pub(crate) struct Server {
    pub(crate) settings: RedisSettings,
    pub(crate) keys: Keys,
    pub(crate) connector: Arc<Connector>,
    pub(crate) layout: Arc<Layout>,
    /// Publications and whatever has to keep its order with them.
    pub(crate) topics: Lane,
    /// Members, nodes and words between nodes.
    pub(crate) nodes: Lane,
    ahead: Ahead,
    started: Instant,
    notes: AtomicU64,
}

impl Server {
    pub(crate) fn new(
        settings: RedisSettings,
        keys: Keys,
        (connector, layout): (Arc<Connector>, Arc<Layout>),
        (topics, nodes): (Lane, Lane),
        ahead: Ahead,
    ) -> Self {
        Self {
            settings,
            keys,
            connector,
            layout,
            topics,
            nodes,
            ahead,
            started: Instant::now(),
            notes: AtomicU64::new(0),
        }
    }

    /// Time since the start, for what this process measures by itself.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed() + self.ahead.get()
    }

    /// A number that is larger than all that were given before.
    pub(crate) fn note(&self) -> u64 {
        self.notes.fetch_add(1, Ordering::SeqCst)
    }
}
