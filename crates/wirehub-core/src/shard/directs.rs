//! Direct messages, to those who are here and to sessions that wait or went elsewhere.

use std::sync::Arc;

use smallvec::SmallVec;
use wirehub_model::{ConnectionId, Direct, Event, Moment, UserId};

use crate::{Ask, Encode, Origin, Output, Phase, Relay, Shard, batch::Patience};

impl<E: Encode> Shard<E> {
    /// Tells a user's connections on this shard; returns how many there are.
    pub(super) fn tell_user(&mut self, user: &UserId, direct: &Arc<Direct>) -> u64 {
        if self.settings.resume_within.is_zero() {
            let slots = SmallVec::<[u32; 4]>::from_slice(self.users.slots(user));
            return self.tell_slots(&slots, direct);
        }
        let limits = &self.settings.limits;
        let mut slots = SmallVec::<[u32; 4]>::new();
        for slot in self.users.slots(user) {
            if let Some(connection) = self.connections.at_mut(*slot)
                // Nobody comes back for what clients without sessions miss.
                && (!self.outbound.resumes(*slot)
                    || connection.carry().letters.take_in(direct, limits))
            {
                slots.push(*slot);
            }
        }
        self.sessions.each_of(user, |session| {
            session.letters.take_in(direct, limits);
        });
        for moved in self.moves.of_user(user) {
            self.send_after(moved.from, moved.to, direct);
        }
        self.tell_slots(&slots, direct)
    }

    /// Tells a connection on this shard, or its session, wherever that went; returns whether there
    /// is one.
    pub(super) fn tell_connection(&mut self, id: ConnectionId, direct: &Arc<Direct>) -> bool {
        if self.tell_here(id, direct) {
            return true;
        }
        let Some(moved) = self.moves.of_connection(id).cloned() else {
            return false;
        };
        self.send_after(moved.from, moved.to, direct);
        true
    }

    /// Tells a connection on this shard for a client or the handle elsewhere.
    pub(super) fn tell_for(&mut self, origin: Origin, id: ConnectionId, direct: &Arc<Direct>) {
        let found = self.tell_connection(id, direct);
        self.told(origin, found);
    }

    /// Tells everyone on this shard; returns how many there are.
    pub(super) fn tell_everyone(&mut self, direct: &Direct) -> u64 {
        let event = Event::Direct(direct);
        let mut fan_out = self.outbound.fan_out(&event, Patience::default(), None);
        self.outbound.deliver_to_all(&mut fan_out);
        self.outbound.finish(&fan_out, None, &mut self.stats)
    }

    /// A message was sent after a session that came to this shard.
    pub(super) fn tell_after(
        &mut self,
        now: Moment,
        from: ConnectionId,
        to: ConnectionId,
        direct: &Arc<Direct>,
    ) {
        if self.tell_connection(to, direct) {
            return;
        }
        // It never arrived, and is back where it was, if it is anywhere.
        let direct = Arc::clone(direct);
        self.tell_shard(now, from.shard(), Relay::TellBack { from, to, direct });
    }

    /// A message that was sent after a session did not find it. The session is back, or went
    /// another way since.
    pub(super) fn tell_back(&mut self, from: ConnectionId, to: ConnectionId, direct: &Arc<Direct>) {
        let limits = &self.settings.limits;
        if let Some(session) = self.sessions.get_mut(from) {
            session.letters.take_in(direct, limits);
        } else if let Some(moved) = self.moves.of_connection(from)
            && moved.to != to
        {
            self.send_after(from, moved.to, direct);
        }
    }

    fn send_after(&mut self, from: ConnectionId, to: ConnectionId, direct: &Arc<Direct>) {
        let direct = Arc::clone(direct);
        if !self.is_of_this_node(to) {
            self.outputs
                .push_back(Output::Broker(Ask::TellAfter(to, direct)));
        } else if to.shard() == self.settings.index {
            self.tell_here(to, &direct);
        } else {
            self.relay(to.shard(), Relay::TellAfter { from, to, direct });
        }
    }

    fn tell_here(&mut self, id: ConnectionId, direct: &Arc<Direct>) -> bool {
        let limits = &self.settings.limits;
        if let Some(session) = self.sessions.get_mut(id) {
            session.letters.take_in(direct, limits);
            return true;
        }
        let Some(connection) = self.connections.get_mut(id) else {
            return false;
        };
        if connection.phase() != Phase::Open {
            return false;
        }
        let keeps = !self.settings.resume_within.is_zero() && self.outbound.resumes(id.slot());
        if keeps && !connection.carry().letters.take_in(direct, limits) {
            return true;
        }
        self.tell_slots(&[id.slot()], direct) == 1
    }

    fn tell_slots(&mut self, slots: &[u32], direct: &Direct) -> u64 {
        let event = Event::Direct(direct);
        let mut fan_out = self.outbound.fan_out(&event, Patience::default(), None);
        self.outbound.deliver(&mut fan_out, slots);
        self.outbound.finish(&fan_out, None, &mut self.stats)
    }
}
