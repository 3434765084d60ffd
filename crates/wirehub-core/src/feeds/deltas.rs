//! Subscribers of a feed who are told what changed instead of the whole.

use std::sync::Arc;

use wirehub_model::Publication;

use crate::place::vacate;

/// Those who take deltas, and what a delta changes.
#[derive(Debug, Default)]
pub(crate) struct Deltas {
    takers: Vec<Taker>,
    /// What the feed's takers were told last. It is kept while there are takers, and no longer.
    before: Option<Arc<Publication>>,
}

/// A subscriber who takes deltas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taker {
    pub(crate) slot: u32,
    /// What it was told last is what the feed's takers were told last, and nothing can take that
    /// away any more: a delta is enough for it. Others need a whole.
    pub(crate) follows: bool,
}

impl Deltas {
    pub(crate) const fn len(&self) -> usize {
        self.takers.len()
    }

    /// Those who take deltas.
    pub(crate) fn takers_mut(&mut self) -> &mut [Taker] {
        &mut self.takers
    }

    /// The slots of all who take deltas.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> {
        self.takers.iter().map(|taker| taker.slot)
    }

    /// A publication is going to be told; returns the one that was told before it, which a delta
    /// changes.
    pub(crate) fn advance(&mut self, publication: &Arc<Publication>) -> Option<Arc<Publication>> {
        self.before.replace(Arc::clone(publication))
    }

    /// The taker at a place was told `last` when it began, after others or as the first of all.
    pub(crate) fn catch_up(&mut self, place: usize, last: &Arc<Publication>) {
        let before = self.before.get_or_insert_with(|| Arc::clone(last));
        if let Some(taker) = self.takers.get_mut(place) {
            taker.follows = before.position == last.position;
        }
    }

    /// Adds a subscriber, who was told nothing yet; returns its place.
    pub(super) fn join(&mut self, slot: u32) -> usize {
        self.takers.push(Taker {
            slot,
            follows: false,
        });
        self.takers.len() - 1
    }

    /// Removes the subscriber at a place; returns the slot of the one who is there now.
    pub(super) fn leave(&mut self, place: usize) -> Option<u32> {
        vacate(&mut self.takers, place);
        self.takers.get(place).map(|taker| taker.slot)
    }
}
