//! What was published before, for those who come later.

use wirehub_model::{Event, Position, Publication};

use super::{Hears, Outbound};
use crate::{Encode, Stats, batch::Patience};

/// How a past publication is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Told {
    /// As one that was missed.
    Missed,
    /// As the last one.
    Retained,
    /// As what changed since another one, or whole, to somebody who takes deltas.
    Delta {
        since: Option<Position>,
        /// Others build on it.
        kept: bool,
    },
}

impl<E: Encode> Outbound<E> {
    /// Tells one connection what was published before.
    pub(crate) fn replay(
        &mut self,
        slot: u32,
        publication: &Publication,
        retained: bool,
        patience: Patience,
        stats: &mut Stats,
    ) {
        let (event, told) = if retained {
            (Event::Retained(publication), Told::Retained)
        } else {
            (Event::Publication(publication), Told::Missed)
        };
        self.replay_as(slot, &event, (publication.position, told), patience, stats);
    }

    /// Many come back at the same time and missed the same, so within a turn it is encoded once for
    /// all of them who are told it in the same way. Returns whether this one hears it.
    pub(super) fn replay_as(
        &mut self,
        slot: u32,
        event: &Event<'_>,
        (position, told): (Position, Told),
        patience: Patience,
        stats: &mut Stats,
    ) -> bool {
        let Some(lane) = self.lanes.get_mut(slot as usize) else {
            return false;
        };
        if lane.hears != Hears::Everything {
            return false;
        }
        let Self { encoder, batch, .. } = self;
        let flavour = lane.flavour;
        let known = (position, flavour, told);
        let span = *self.replayed.entry(known).or_insert_with(|| {
            stats.frames += 1;
            batch.shared(flavour, patience, |out| {
                encoder.encode(flavour, event, out);
            })
        });
        stats.deliveries += 1;
        lane.outbox.push(&mut self.batch, span);
        if !lane.dirty {
            lane.dirty = true;
            self.dirty.push(slot);
        }
        true
    }
}
