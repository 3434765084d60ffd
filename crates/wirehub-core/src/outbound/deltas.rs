//! What is told to those who take deltas.
//!
//! A delta is of use only to whoever has what it changes, so what it changes may not be lost on the
//! way. A socket that takes bytes is sent both within a turn or two, and neither may be dropped.
//! One that takes none has a backlog in which publications are dropped, expire and stand for each
//! other as their topic has it: there it is told wholes, and builds on none of them.

use std::sync::Arc;

use wirehub_model::{Event, Publication};

use super::{FanOut, Outbound, replay::Told};
use crate::{Encode, Stats, batch::Patience, feeds::deltas::Deltas};

impl<E: Encode> Outbound<E> {
    /// Tells a publication to those who take deltas, encoded once for each way of telling it: what
    /// changed to whoever follows, and the whole to others. Those who have it already by `fan_out`
    /// do not get it again.
    pub(crate) fn deliver_deltas(
        &mut self,
        fan_out: &FanOut<'_>,
        deltas: &mut Deltas,
        publication: &Arc<Publication>,
        patience: Patience,
        stats: &mut Stats,
    ) {
        let before = deltas.advance(publication);
        let change = &told(publication, before.as_deref());
        let whole = &told(publication, None);
        let mut changes = fan_out.beside(change, patience.kept());
        let mut wholes = fan_out.beside(whole, patience.kept());
        let mut loose = fan_out.beside(whole, patience);
        for taker in deltas.takers_mut() {
            let kept = self.keeps(taker.slot, patience);
            let way = match (kept, taker.follows) {
                (true, true) => &mut changes,
                (true, false) => &mut wholes,
                (false, _) => &mut loose,
            };
            let told_before = way.delivered;
            self.deliver(way, &[taker.slot]);
            taker.follows = kept && way.delivered > told_before;
        }
        for way in [&changes, &wholes, &loose] {
            self.finish(way, Some(publication), stats);
        }
    }

    /// Tells somebody who takes deltas what was published before: what changed since `before`, if
    /// it was told that. Returns whether the next one may build on it.
    pub(crate) fn replay_delta(
        &mut self,
        slot: u32,
        publication: &Publication,
        before: Option<&Publication>,
        patience: Patience,
        stats: &mut Stats,
    ) -> bool {
        let kept = self.keeps(slot, patience);
        let (before, patience) = if kept {
            (before, patience.kept())
        } else {
            (None, patience)
        };
        let since = before.map(|before| before.position);
        let told_as = (publication.position, Told::Delta { since, kept });
        let event = told(publication, before);
        self.replay_as(slot, &event, told_as, patience, stats) && kept
    }

    /// Whether a frame that is put into an outbox now will be sent, unless its connection ends.
    fn keeps(&self, slot: u32, patience: Patience) -> bool {
        let lane = self.lanes.get(slot as usize);
        patience.keeps() || lane.is_some_and(|lane| !lane.blocked)
    }
}

const fn told<'a>(publication: &'a Publication, before: Option<&'a Publication>) -> Event<'a> {
    Event::Delta {
        publication,
        before,
    }
}
