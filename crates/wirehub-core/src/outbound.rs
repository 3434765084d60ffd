//! Everything on its way to clients.

use std::collections::HashMap;

use wirehub_model::{Event, Moment, Position};

use crate::{
    AfterGap, Delivered, Encode, Flavour, Stats,
    batch::{Batch, Patience, Span},
    growth,
    outbound::replay::Told,
};

mod deltas;
mod fan_out;
mod lane;
mod replay;
mod sending;

pub(crate) use fan_out::FanOut;
use lane::{Hears, Lane};

/// The outboxes of all connections and the frames of the current turn.
///
/// Fan-out is the shard's hot path. What it needs of a connection, and only that, lies in its
/// [`Lane`], side by side for all connections; everything else about them stays out of the cache.
#[derive(Debug)]
pub(crate) struct Outbound<E> {
    encoder: E,
    lanes: Vec<Lane>,
    batch: Batch,
    /// Slots with something to send, in the order they got it.
    dirty: Vec<u32>,
    /// How many of `dirty` were handed out.
    handed_out: usize,
    /// The number of the latest fan-out; no lane remembers zero.
    stamp: u32,
    /// Publications of this turn: when they were taken in, and how many clients get them.
    delivered: Vec<(Moment, u64)>,
    /// Those of them whose way is traced: few, and mostly none.
    traced: Vec<Delivered>,
    /// Frames of past publications that were encoded in this turn.
    replayed: HashMap<(Position, Flavour, Told), Span>,
    /// Slots whose outbox overflowed.
    overflowed: Vec<u32>,
    outbox_bytes: usize,
}

/// Capacity for replayed frames that is kept from turn to turn.
const REPLAYED_KEPT: usize = 1024;

impl<E: Encode> Outbound<E> {
    pub(crate) fn new(encoder: E, outbox_bytes: usize) -> Self {
        Self {
            encoder,
            lanes: Vec::new(),
            batch: Batch::default(),
            dirty: Vec::new(),
            handed_out: 0,
            stamp: 0,
            delivered: Vec::new(),
            traced: Vec::new(),
            replayed: HashMap::new(),
            overflowed: Vec::new(),
            outbox_bytes,
        }
    }

    pub(crate) const fn set_limit(&mut self, outbox_bytes: usize) {
        self.outbox_bytes = outbox_bytes;
    }

    /// A connection begins in a slot; it receives only what it is told itself.
    pub(crate) fn begin(&mut self, slot: u32, flavour: Flavour) {
        let index = slot as usize;
        while self.lanes.len() <= index {
            growth::make_room(&mut self.lanes);
            self.lanes.push(Lane::default());
        }
        self.lanes[index] = Lane {
            flavour,
            hears: Hears::Answers,
            // A slot that was used earlier in this turn may still be listed.
            dirty: self.lanes[index].dirty,
            ..Lane::default()
        };
    }

    /// The connection in a slot receives publications and direct messages from here on.
    pub(crate) fn set_open(&mut self, slot: u32) {
        if let Some(lane) = self.lanes.get_mut(slot as usize) {
            lane.hears = Hears::Everything;
        }
    }

    /// The connection in a slot ended.
    pub(crate) fn end(&mut self, slot: u32, stats: &mut Stats) {
        if let Some(lane) = self.lanes.get_mut(slot as usize) {
            stats.waiting_bytes -= lane.outbox.waiting() as u64;
            let dirty = lane.dirty;
            *lane = Lane {
                dirty,
                ..Lane::default()
            };
        }
    }

    /// Tells one connection something.
    pub(crate) fn tell(&mut self, slot: u32, event: &Event<'_>, stats: &mut Stats) {
        self.append(slot, Patience::default(), event, stats);
    }

    /// Tells one connection goodbye. Nothing may follow a close frame (RFC 6455 section 5.5.1).
    pub(crate) fn tell_last(&mut self, slot: u32, event: &Event<'_>, stats: &mut Stats) {
        let patience = Patience {
            last: true,
            ..Patience::default()
        };
        self.append(slot, patience, event, stats);
        if let Some(lane) = self.lanes.get_mut(slot as usize) {
            lane.hears = Hears::Nothing;
            lane.release();
        }
    }

    /// From here on everything waits until [`tell_first`](Self::tell_first).
    pub(crate) fn hold(&mut self, slot: u32) {
        if let Some(lane) = self.lanes.get_mut(slot as usize) {
            (lane.held, lane.blocked) = (true, true);
        }
    }

    /// Tells one connection something in front of all that waits for it, and holds it no longer.
    pub(crate) fn tell_first(&mut self, slot: u32, event: &Event<'_>, stats: &mut Stats) {
        let Some(lane) = self.lanes.get_mut(slot as usize) else {
            return;
        };
        let (flavour, encoder) = (lane.flavour, &mut self.encoder);
        let span = self.batch.private(Patience::default(), |out| {
            encoder.encode_for(slot, flavour, event, out);
        });
        stats.frames += u64::from(!span.is_empty());
        let before = lane.outbox.waiting();
        lane.outbox.push_first(&mut self.batch, span);
        stats.waiting_bytes += (lane.outbox.waiting() - before) as u64;
        lane.release();
        if !lane.dirty {
            lane.dirty = true;
            self.dirty.push(slot);
        }
    }

    /// Tells one connection something that it has to be patient about.
    pub(crate) fn append(
        &mut self,
        slot: u32,
        patience: Patience,
        event: &Event<'_>,
        stats: &mut Stats,
    ) {
        let Some(lane) = self.lanes.get_mut(slot as usize) else {
            return;
        };
        if lane.hears == Hears::Nothing {
            return;
        }
        let flavour = lane.flavour;
        let encoder = &mut self.encoder;
        let span = self.batch.private(patience, |out| {
            encoder.encode_for(slot, flavour, event, out);
        });
        stats.frames += u64::from(!span.is_empty());
        lane.outbox.push(&mut self.batch, span);
        if !lane.dirty {
            lane.dirty = true;
            self.dirty.push(slot);
        }
    }

    /// The publications of the turn whose way is traced.
    pub(crate) fn take_traced(&mut self) -> Vec<Delivered> {
        std::mem::take(&mut self.traced)
    }

    /// Whether a connection was told goodbye and nothing is left to send.
    pub(crate) fn is_over(&self, slot: u32) -> bool {
        let lane = self.lanes.get(slot as usize);
        lane.is_none_or(|lane| lane.hears == Hears::Nothing && lane.is_flushed())
    }

    /// The memory it takes, what waits for slow readers aside.
    pub(crate) fn bytes(&self) -> usize {
        self.lanes.capacity() * size_of::<Lane>() + self.batch.capacity()
    }

    /// Whether the client in a slot answers a heartbeat.
    pub(crate) fn answers_heartbeat(&self, slot: u32) -> bool {
        self.encoder.answers_heartbeat(self.flavour(slot))
    }

    /// Whether the client in a slot answers a goodbye.
    pub(crate) fn answers_goodbye(&self, slot: u32) -> bool {
        self.encoder.answers_goodbye(self.flavour(slot))
    }

    /// Whether the client in a slot may come back for its session.
    pub(crate) fn resumes(&self, slot: u32) -> bool {
        self.encoder.resumes(self.flavour(slot))
    }

    /// What the client in a slot does when something of a topic may be missing.
    pub(crate) fn after_gap(&self, slot: u32) -> AfterGap {
        self.encoder.after_gap(self.flavour(slot))
    }

    /// Whether the client in a slot is welcomed once its subscriptions stand.
    pub(crate) fn welcomes_with_subscriptions(&self, slot: u32) -> bool {
        let flavour = self.flavour(slot);
        self.encoder.welcomes_with_subscriptions(flavour)
    }

    pub(crate) const fn encoder_mut(&mut self) -> &mut E {
        &mut self.encoder
    }

    /// How the client in a slot is spoken to.
    pub(crate) fn flavour(&self, slot: u32) -> Flavour {
        let lane = self.lanes.get(slot as usize);
        lane.map(|lane| lane.flavour).unwrap_or_default()
    }

    /// Bytes that wait for a slow reader.
    pub(crate) fn waiting(&self, slot: u32) -> usize {
        let lane = self.lanes.get(slot as usize);
        lane.map_or(0, |lane| lane.outbox.waiting())
    }

    /// How much the current turn holds, in bytes.
    pub(crate) const fn weight(&self) -> usize {
        self.batch.weight()
    }

    /// Gives the memory of a busy hour back once there is nobody left.
    pub(crate) fn rest(&mut self) {
        self.lanes = Vec::new();
        self.dirty = Vec::new();
        self.handed_out = 0;
    }
}

#[cfg(test)]
mod tests;
