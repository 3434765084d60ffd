//! What waits in outboxes goes to sockets, turn by turn.

use std::io::IoSlice;

use wirehub_model::Moment;

use super::{Lane, Outbound, REPLAYED_KEPT};
use crate::{Encode, Stats};

impl<E: Encode> Outbound<E> {
    /// The next slot with something to send. What is for sockets that take nothing is put aside.
    pub(crate) fn poll_transmit(&mut self, now: Moment, stats: &mut Stats) -> Option<u32> {
        while let Some(slot) = self.dirty.get(self.handed_out).copied() {
            self.handed_out += 1;
            let Some(lane) = self.lanes.get_mut(slot as usize) else {
                continue;
            };
            lane.dirty = false;
            if lane.blocked {
                self.settle(slot, stats);
                continue;
            }
            let before = lane.outbox.waiting();
            if before > 0 {
                stats.expired += u64::from(lane.outbox.expire(now));
                stats.waiting_bytes -= (before - lane.outbox.waiting()) as u64;
            }
            if !lane.outbox.is_empty() {
                return Some(slot);
            }
        }
        None
    }

    /// Fills `slices` with what a connection is to be sent next, and returns how many it used.
    pub(crate) fn slices<'a>(&'a self, slot: u32, slices: &mut [IoSlice<'a>]) -> usize {
        self.lanes
            .get(slot as usize)
            .map_or(0, |lane| lane.outbox.slices(&self.batch, slices))
    }

    /// The socket took `count` bytes, and is `blocked` when it takes no more: the rest is put
    /// aside. Returns whether everything is on its way.
    pub(crate) fn wrote(
        &mut self,
        slot: u32,
        count: usize,
        blocked: bool,
        stats: &mut Stats,
    ) -> bool {
        let Some(lane) = self.lanes.get_mut(slot as usize) else {
            return true;
        };
        let before = lane.outbox.waiting();
        lane.outbox.consume(&mut self.batch, count);
        if before > 0 {
            stats.waiting_bytes -= (before - lane.outbox.waiting()) as u64;
        }
        if blocked {
            lane.blocked = true;
            self.settle(slot, stats);
        }
        self.lanes.get(slot as usize).is_none_or(Lane::is_flushed)
    }

    /// The socket takes bytes again. Returns whether there is nothing left for it.
    pub(crate) fn writable(&mut self, slot: u32) -> bool {
        if let Some(lane) = self.lanes.get_mut(slot as usize)
            && !lane.held
        {
            lane.blocked = false;
            if !lane.outbox.is_empty() && !lane.dirty {
                lane.dirty = true;
                self.dirty.push(slot);
            }
        }
        self.lanes.get(slot as usize).is_none_or(Lane::is_flushed)
    }

    /// Gives up on what a connection was to be sent, but for the rest of a frame that was begun.
    pub(crate) fn abandon(&mut self, slot: u32, stats: &mut Stats) {
        if let Some(lane) = self.lanes.get_mut(slot as usize) {
            let before = lane.outbox.waiting();
            lane.outbox.abandon();
            stats.waiting_bytes -= (before - lane.outbox.waiting()) as u64;
        }
    }

    /// Ends the turn: everything was handed out.
    pub(crate) fn end_turn(&mut self, now: Moment, stats: &mut Stats) {
        for (accepted_at, clients) in self.delivered.drain(..) {
            stats.delivery.record(now.since(accepted_at), clients);
        }
        self.batch.clear();
        if !self.replayed.is_empty() {
            self.replayed.clear();
            self.replayed.shrink_to(REPLAYED_KEPT);
        }
        self.dirty.clear();
        self.handed_out = 0;
    }

    /// A slot whose outbox overflowed in the turn that ended, unless its connection ended with it.
    pub(crate) fn poll_overflowed(&mut self) -> Option<u32> {
        while let Some(slot) = self.overflowed.pop() {
            if let Some(lane) = self.lanes.get_mut(slot as usize)
                && std::mem::take(&mut lane.overflowed)
            {
                return Some(slot);
            }
        }
        None
    }

    fn settle(&mut self, slot: u32, stats: &mut Stats) {
        let Some(lane) = self.lanes.get_mut(slot as usize) else {
            return;
        };
        let before = lane.outbox.waiting();
        let settled = lane.outbox.settle(&self.batch, self.outbox_bytes);
        stats.waiting_bytes =
            (stats.waiting_bytes + lane.outbox.waiting() as u64).saturating_sub(before as u64);
        stats.dropped += u64::from(settled.dropped);
        stats.conflated += u64::from(settled.conflated);
        if settled.overflowed && !std::mem::replace(&mut lane.overflowed, true) {
            self.overflowed.push(slot);
        }
    }
}
