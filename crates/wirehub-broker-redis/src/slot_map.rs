//! Which server has which slot.

use crate::{
    address::Address,
    slot::{SLOTS, Slot},
};

/// Which server has which slot; without a cluster, which server there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SlotMap {
    servers: Vec<Owner>,
    /// One more than the place of the owner among the servers; 0 for nobody. Empty without a
    /// cluster.
    owners: Vec<u16>,
}

/// A server, how many slots it has, and the one that it was given last.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Owner {
    server: Address,
    slots: u16,
    last: Slot,
}

impl SlotMap {
    /// Everything is on one server.
    pub(crate) fn of_one(server: Address) -> Self {
        let owner = Owner {
            server,
            slots: 1,
            last: Slot::ONLY,
        };
        Self {
            servers: vec![owner],
            owners: Vec::new(),
        }
    }

    /// Nobody has anything yet.
    pub(crate) fn of_cluster() -> Self {
        Self {
            servers: Vec::new(),
            owners: vec![0; usize::from(SLOTS)],
        }
    }

    /// Gives slots to a server.
    pub(crate) fn give(&mut self, slots: impl Iterator<Item = Slot>, server: &Address) {
        let known = self
            .servers
            .iter()
            .position(|owner| owner.server == *server);
        let place = known.unwrap_or(self.servers.len());
        for slot in slots {
            let Some(owner) = self.owners.get_mut(usize::from(slot.number())) else {
                return;
            };
            // There are not more servers than slots.
            let former = std::mem::replace(owner, u16::try_from(place + 1).unwrap_or_default());
            let former = usize::from(former).checked_sub(1);
            if let Some(former) = former.and_then(|former| self.servers.get_mut(former)) {
                former.slots -= 1;
            }
            match self.servers.get_mut(place) {
                Some(owner) => {
                    owner.slots += 1;
                    owner.last = slot;
                }
                None => self.servers.push(Owner {
                    server: server.clone(),
                    slots: 1,
                    last: slot,
                }),
            }
        }
    }

    /// Who has a slot.
    pub(crate) fn owner(&self, slot: Slot) -> Option<&Address> {
        let place = if self.owners.is_empty() {
            0
        } else {
            let owner = self.owners.get(usize::from(slot.number()))?;
            usize::from(*owner).checked_sub(1)?
        };
        self.servers.get(place).map(|owner| &owner.server)
    }

    /// The servers that have any slots, each with one of them.
    pub(crate) fn servers(&self) -> impl Iterator<Item = (Slot, &Address)> {
        let owners = self.servers.iter().filter(|owner| owner.slots > 0);
        owners.filter_map(|owner| {
            let is_mine = |slot: &Slot| self.owner(*slot) == Some(&owner.server);
            let slot = Some(owner.last).filter(is_mine);
            let slot = slot.or_else(|| (0..SLOTS).filter_map(Slot::new).find(is_mine));
            Some((slot?, &owner.server))
        })
    }

    /// Whether a server has anything.
    pub(crate) fn has(&self, server: &Address) -> bool {
        let mut servers = self.servers.iter();
        servers.any(|owner| owner.slots > 0 && owner.server == *server)
    }
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use super::*;

    fn server(port: u16) -> Address {
        Address::new("h", port)
    }

    #[test]
    fn slots_have_owners() {
        let (foo, bar) = (Slot::of("foo"), Slot::of("bar"));
        let mut map = SlotMap::of_cluster();
        assert_eq!(map.owner(foo), None);
        map.give([bar, foo].into_iter(), &server(1));
        map.give(once(bar), &server(2));
        assert_eq!(map.owner(foo), Some(&server(1)));
        map.give(once(foo), &server(2));
        assert_eq!(map.owner(foo), Some(&server(2)));
        assert!(!map.has(&server(1)) && map.has(&server(2)));
        map.give(once(foo), &server(1));
        // Each is found by a slot that it still has.
        let servers: Vec<_> = map.servers().collect();
        assert_eq!(servers, [(foo, &server(1)), (bar, &server(2))]);
        let one = SlotMap::of_one(server(3));
        assert_eq!(one.owner(foo), Some(&server(3)));
        assert_eq!(
            one.servers().collect::<Vec<_>>(),
            [(Slot::ONLY, &server(3))]
        );
    }
}
