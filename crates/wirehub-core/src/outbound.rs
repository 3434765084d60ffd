//! Everything on its way to clients.

use std::{collections::HashMap, io::IoSlice};

use wirehub_model::{Event, Moment, Position, Publication};

use crate::{
    Delivered, Encode, Flavour, Stats,
    batch::{Batch, Patience, Span},
    growth,
    outbound::replay::Told,
    outbox::Outbox,
};

mod deltas;
mod replay;

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

/// What a delivery touches of a connection.
#[derive(Debug, Default)]
struct Lane {
    outbox: Outbox,
    /// The latest fan-out that was delivered here: nobody gets a publication twice. Zero for none.
    stamp: u32,
    flavour: Flavour,
    hears: Hears,
    /// It is in the list of those with something to send.
    dirty: bool,
    /// The socket takes no bytes until it says so.
    blocked: bool,
    /// Nothing is sent before the welcome, which is not ready: the lane counts as blocked, whatever
    /// its socket says.
    held: bool,
    /// A frame found no room in this turn.
    overflowed: bool,
}

impl Lane {
    /// Whether the connection has everything it was to be sent. A blocked socket may still hold
    /// bytes that it took, such as those of a TLS record.
    fn is_flushed(&self) -> bool {
        self.outbox.is_empty() && !self.blocked
    }

    /// Holds nothing back any longer. A socket that takes nothing says so again.
    const fn release(&mut self) {
        if self.held {
            (self.held, self.blocked) = (false, false);
        }
    }
}

/// What reaches a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Hears {
    /// Nothing: there is none, or it was told goodbye.
    #[default]
    Nothing,
    /// What it is told itself.
    Answers,
    /// Publications and direct messages as well.
    Everything,
}

/// One event on its way to many.
#[derive(Debug)]
pub(crate) struct FanOut<'a> {
    event: &'a Event<'a>,
    patience: Patience,
    /// The frame in each flavour that was needed so far.
    spans: [Option<Span>; Flavour::COUNT],
    stamp: u32,
    delivered: u64,
}

impl FanOut<'_> {
    /// The same for others, who are told in another way. Nobody gets both.
    const fn beside<'a>(&self, event: &'a Event<'a>, patience: Patience) -> FanOut<'a> {
        FanOut {
            event,
            patience,
            spans: [None; Flavour::COUNT],
            stamp: self.stamp,
            delivered: 0,
        }
    }

    /// Encodes the event in a flavour that was not needed before.
    #[cold]
    fn encode(&mut self, encoder: &mut impl Encode, batch: &mut Batch, flavour: Flavour) -> Span {
        let span = batch.shared(flavour, self.patience, |out| {
            encoder.encode(flavour, self.event, out);
        });
        *self.spans[flavour.index()].insert(span)
    }
}

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

    /// Begins to tell many connections something; `skip` counts as having it already.
    pub(crate) fn fan_out<'a>(
        &mut self,
        event: &'a Event<'a>,
        patience: Patience,
        skip: Option<u32>,
    ) -> FanOut<'a> {
        self.stamp = self.stamp.checked_add(1).unwrap_or_else(|| {
            // The numbers begin again, so nobody may remember an old one.
            self.lanes.iter_mut().for_each(|lane| lane.stamp = 0);
            1
        });
        if let Some(lane) = skip.and_then(|slot| self.lanes.get_mut(slot as usize)) {
            lane.stamp = self.stamp;
        }
        FanOut {
            event,
            patience,
            spans: [None; Flavour::COUNT],
            stamp: self.stamp,
            delivered: 0,
        }
    }

    /// From here on a connection counts as having it already.
    pub(crate) fn skip(&mut self, fan_out: &FanOut<'_>, slot: u32) {
        if let Some(lane) = self.lanes.get_mut(slot as usize) {
            lane.stamp = fan_out.stamp;
        }
    }

    /// Adds receivers. Those who have it already do not get it again.
    pub(crate) fn deliver(&mut self, fan_out: &mut FanOut<'_>, slots: &[u32]) {
        for slot in slots {
            let Some(lane) = self.lanes.get_mut(*slot as usize) else {
                continue;
            };
            if lane.stamp == fan_out.stamp || lane.hears != Hears::Everything {
                continue;
            }
            lane.stamp = fan_out.stamp;
            let span = match fan_out.spans[lane.flavour.index()] {
                Some(span) => span,
                None => fan_out.encode(&mut self.encoder, &mut self.batch, lane.flavour),
            };
            lane.outbox.push(&mut self.batch, span);
            if !lane.dirty {
                lane.dirty = true;
                self.dirty.push(*slot);
            }
            fan_out.delivered += 1;
        }
    }

    /// Adds every open connection.
    pub(crate) fn deliver_to_all(&mut self, fan_out: &mut FanOut<'_>) {
        for slot in 0..self.lanes.len() as u32 {
            self.deliver(fan_out, &[slot]);
        }
    }

    /// Ends a fan-out; that of a publication is over when the turn ends.
    pub(crate) fn finish(
        &mut self,
        fan_out: &FanOut<'_>,
        publication: Option<&Publication>,
        stats: &mut Stats,
    ) -> u64 {
        stats.frames += fan_out.spans.iter().flatten().count() as u64;
        stats.deliveries += fan_out.delivered;
        if let Some(publication) = publication
            && fan_out.delivered > 0
        {
            self.delivered(publication, fan_out.delivered);
        }
        fan_out.delivered
    }

    /// Ends a fan-out of several publications.
    pub(crate) fn finish_many<'p>(
        &mut self,
        fan_out: &FanOut<'_>,
        publications: impl Iterator<Item = &'p Publication>,
        stats: &mut Stats,
    ) {
        stats.frames += fan_out.spans.iter().flatten().count() as u64;
        if fan_out.delivered > 0 {
            for publication in publications {
                stats.deliveries += fan_out.delivered;
                self.delivered(publication, fan_out.delivered);
            }
        }
    }

    /// Notes that some get a publication when the turn ends.
    fn delivered(&mut self, publication: &Publication, clients: u64) {
        self.delivered.push((publication.accepted_at, clients));
        if let Some(trace) = &publication.trace {
            self.traced.push(Delivered {
                trace: **trace,
                topic: publication.topic.clone(),
                position: publication.position,
                clients,
                accepted_at: publication.accepted_at,
            });
        }
    }

    /// The publications of the turn whose way is traced.
    pub(crate) fn take_traced(&mut self) -> Vec<Delivered> {
        std::mem::take(&mut self.traced)
    }

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

    /// Gives the memory of a busy hour back once there is nobody left.
    pub(crate) fn rest(&mut self) {
        self.lanes = Vec::new();
        self.dirty = Vec::new();
        self.handed_out = 0;
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

#[cfg(test)]
mod tests;
