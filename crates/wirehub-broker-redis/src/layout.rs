//! Which server has what.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{Notify, watch};

use crate::{address::Address, slot::Slot, slot_map::SlotMap};

/// The life of a server, as far as it matters to topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    /// Its name; empty when it does not matter, because the server loses nothing.
    pub(crate) era: String,
    /// It has become a master out of a replica: it may lack what its predecessor answered.
    pub(crate) was_promoted: bool,
}

/// What is thought of a topic that was last written in another life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It has come from another server that lives.
    Moved,
    /// Something may have been lost.
    Lost,
    /// Not all servers were looked at yet.
    Unknown,
}

/// What is known of the servers, for all that ask them.
pub(crate) struct Layout {
    is_cluster: bool,
    map: watch::Sender<Arc<SlotMap>>,
    /// Of each master that was looked at, with slots or without; `None` when it could not be.
    lives: Mutex<HashMap<Address, Option<Life>>>,
    doubts: Notify,
}

impl Layout {
    pub(crate) fn new(is_cluster: bool, map: SlotMap) -> Self {
        Self {
            is_cluster,
            map: watch::Sender::new(Arc::new(map)),
            lives: Mutex::default(),
            doubts: Notify::new(),
        }
    }

    pub(crate) const fn is_cluster(&self) -> bool {
        self.is_cluster
    }

    pub(crate) fn slot(&self, key: &str) -> Slot {
        if self.is_cluster {
            Slot::of(key)
        } else {
            Slot::ONLY
        }
    }

    pub(crate) fn map(&self) -> Arc<SlotMap> {
        Arc::clone(&self.map.borrow())
    }

    pub(crate) fn changes(&self) -> watch::Receiver<Arc<SlotMap>> {
        self.map.subscribe()
    }

    pub(crate) fn put(&self, map: SlotMap) {
        self.map.send_if_modified(|known| {
            let is_new = **known != map;
            if is_new {
                *known = Arc::new(map);
            }
            is_new
        });
    }

    /// A server says that another one has a slot.
    pub(crate) fn learn(&self, slot: Slot, server: &Address) {
        let mut map = SlotMap::clone(&self.map());
        map.give(std::iter::once(slot), server);
        self.put(map);
        self.doubt();
    }

    /// What is known may not be so any more.
    pub(crate) fn doubt(&self) {
        self.doubts.notify_one();
    }

    /// Waits until somebody doubts.
    pub(crate) async fn doubted(&self) {
        self.doubts.notified().await;
    }

    fn lives(&self) -> MutexGuard<'_, HashMap<Address, Option<Life>>> {
        self.lives.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn put_lives(&self, lives: HashMap<Address, Option<Life>>) {
        *self.lives() = lives;
    }

    /// What is to be thought of a topic that was written in one life and is now with a server in
    /// another.
    pub(crate) fn origin(&self, era: &str, now: &Life) -> Origin {
        if now.was_promoted {
            return Origin::Lost;
        }
        let (map, lives) = (self.map(), self.lives());
        let lived = |life: &Option<Life>| life.as_ref().is_some_and(|life| life.era == era);
        let mut masters = map.servers();
        // Whoever has given all its slots away still lives.
        if lives.values().any(lived) {
            Origin::Moved
        } else if masters.all(|(_, server)| lives.contains_key(server)) {
            Origin::Lost
        } else {
            Origin::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(port: u16) -> Address {
        Address::new("h", port)
    }

    #[test]
    fn what_living_servers_wrote_was_moved() {
        let life = |era: &str, was_promoted| Life {
            era: era.to_owned(),
            was_promoted,
        };
        let mut map = SlotMap::of_cluster();
        map.give(std::iter::once(Slot::of("foo")), &server(1));
        map.give(std::iter::once(Slot::of("bar")), &server(2));
        let layout = Layout::new(true, map);
        layout.put_lives([(server(1), Some(life("a", false)))].into());
        let now = life("b", false);
        assert_eq!(layout.origin("a", &now), Origin::Moved);
        assert_eq!(layout.origin("c", &now), Origin::Unknown);
        layout.put_lives([(server(1), Some(life("a", false))), (server(2), None)].into());
        assert_eq!(layout.origin("c", &now), Origin::Lost);
        assert_eq!(layout.origin("a", &life("b", true)), Origin::Lost);
        layout.learn(Slot::of("foo"), &server(2));
        assert_eq!(layout.origin("a", &now), Origin::Moved);
    }
}
