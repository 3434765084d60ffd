//! All clients of a shard.

use std::time::Duration;

use wirehub_model::{ConnectionId, Moment};

use crate::{connection::Connection, growth};

/// The registry of connections. A slot is used again as soon as it is free; the serial number in
/// the name tells its tenants apart.
#[derive(Debug)]
pub(crate) struct Connections {
    node: u16,
    shard: u16,
    slots: Vec<Option<Connection>>,
    free: Vec<u32>,
    serial: u64,
}

impl Connections {
    /// An empty registry; names start at `serial`, which should not repeat from run to run.
    pub(crate) const fn new(node: u16, shard: u16, serial: u64) -> Self {
        Self {
            node,
            shard,
            slots: Vec::new(),
            free: Vec::new(),
            serial,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Registers a connection; `None` when there is no slot left.
    pub(crate) fn insert(
        &mut self,
        make: impl FnOnce(ConnectionId) -> Connection,
    ) -> Option<ConnectionId> {
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None if self.slots.len() < ConnectionId::SLOTS_MAX => {
                growth::make_room(&mut self.slots);
                self.slots.push(None);
                self.slots.len() as u32 - 1
            }
            None => return None,
        };
        self.serial = self.serial.wrapping_add(1);
        let id = ConnectionId::new(self.shard, slot, self.serial).on(self.node);
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = Some(make(id));
        }
        Some(id)
    }

    /// The connection of that name, if it is still there.
    pub(crate) fn get(&self, id: ConnectionId) -> Option<&Connection> {
        self.at(id.slot()).filter(|connection| connection.id == id)
    }

    /// The connection of that name, if it is still there.
    pub(crate) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Connection> {
        self.at_mut(id.slot())
            .filter(|connection| connection.id == id)
    }

    /// The connection in a slot.
    pub(crate) fn at(&self, slot: u32) -> Option<&Connection> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// The connection in a slot.
    pub(crate) fn at_mut(&mut self, slot: u32) -> Option<&mut Connection> {
        self.slots.get_mut(slot as usize)?.as_mut()
    }

    pub(crate) fn remove(&mut self, id: ConnectionId) -> Option<Connection> {
        self.get(id)?;
        let removed = self.slots.get_mut(id.slot() as usize)?.take();
        self.free.push(id.slot());
        if self.free.len() == self.slots.len() {
            // The last one is gone: give the memory of a busy hour back.
            self.slots = Vec::new();
            self.free = Vec::new();
        }
        removed
    }

    /// Connections from a slot on, in the order of their slots.
    pub(crate) fn from(&self, slot: u32) -> impl Iterator<Item = &Connection> {
        self.slots.iter().skip(slot as usize).flatten()
    }

    /// Notes a sign of life; returns the round-trip time if it is the answer to a heartbeat.
    pub(crate) fn seen(&mut self, now: Moment, id: ConnectionId) -> Option<Duration> {
        self.get_mut(id)?.seen(now)
    }

    /// The memory it takes.
    pub(crate) const fn bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Option<Connection>>()
            + self.free.capacity() * size_of::<u32>()
    }
}
