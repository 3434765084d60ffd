//! One event goes to many.

use wirehub_model::{Event, Publication};

use super::{Hears, Outbound};
use crate::{
    Delivered, Encode, Flavour, Stats,
    batch::{Batch, Patience, Span},
};

/// One event on its way to many.
#[derive(Debug)]
pub(crate) struct FanOut<'a> {
    pub(super) event: &'a Event<'a>,
    pub(super) patience: Patience,
    /// The frame in each flavour that was needed so far.
    pub(super) spans: [Option<Span>; Flavour::COUNT],
    pub(super) stamp: u32,
    pub(super) delivered: u64,
}

impl FanOut<'_> {
    /// The same for others, who are told in another way. Nobody gets both.
    pub(super) const fn beside<'a>(&self, event: &'a Event<'a>, patience: Patience) -> FanOut<'a> {
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
}
