//! Subscribers of a feed who choose by tags.

use std::sync::Arc;

use wirehub_model::{Message, TagsFilter};

use crate::place::vacate;

/// Those who get only some of the publications. Each filter is asked for every publication, so they
/// cost more than others; filters that are alike are not looked for.
#[derive(Debug, Default)]
pub(crate) struct Choosers(Vec<Chooser>);

/// A subscriber who chooses.
#[derive(Debug)]
struct Chooser {
    slot: u32,
    wanted: Arc<TagsFilter>,
}

impl Choosers {
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The slots of all.
    pub(crate) fn slots(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|chooser| chooser.slot)
    }

    /// The slots of those who want a message.
    pub(crate) fn wanting(&self, message: &Message) -> impl Iterator<Item = u32> {
        let wanting = self.0.iter().filter(|one| one.wanted.matches(message));
        wanting.map(|chooser| chooser.slot)
    }

    /// What the subscriber at a place wants.
    pub(crate) fn wanted(&self, place: usize) -> Option<&Arc<TagsFilter>> {
        self.0.get(place).map(|chooser| &chooser.wanted)
    }

    /// Adds a subscriber; returns its place.
    pub(super) fn join(&mut self, slot: u32, wanted: Arc<TagsFilter>) -> usize {
        self.0.push(Chooser { slot, wanted });
        self.0.len() - 1
    }

    /// Removes the subscriber at a place; returns the slot of the one who is there now.
    pub(super) fn leave(&mut self, place: usize) -> Option<u32> {
        vacate(&mut self.0, place);
        self.0.get(place).map(|chooser| chooser.slot)
    }
}
