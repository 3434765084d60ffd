//! Who on this shard is told who comes and goes.

use std::collections::{BTreeMap, HashMap};

/// The subscribers of each feed that asked for presence.
///
/// A subscriber is *awaited* from its request on, and is told what happens from the moment on that
/// the home has made its snapshot. The home has to send events as long as there is either.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    feeds: BTreeMap<u32, Watching>,
}

#[derive(Debug, Default)]
struct Watching {
    slots: Vec<u32>,
    /// Where each slot stands in the list, so that a crowd leaves without being searched.
    places: HashMap<u32, u32>,
    awaited: u32,
}

impl Watching {
    fn is_over(&self) -> bool {
        self.slots.is_empty() && self.awaited == 0
    }
}

impl Watchers {
    /// The slots of those who are told what happens.
    pub(crate) fn slots(&self, feed: u32) -> &[u32] {
        self.feeds
            .get(&feed)
            .map_or(&[], |watching| &watching.slots)
    }

    pub(crate) fn contains(&self, feed: u32, slot: u32) -> bool {
        let watching = self.feeds.get(&feed);
        watching.is_some_and(|watching| watching.places.contains_key(&slot))
    }

    /// Whether anybody is told, or awaited.
    pub(crate) fn any(&self, feed: u32) -> bool {
        self.feeds.contains_key(&feed)
    }

    /// Somebody asked for presence.
    pub(crate) fn expect(&mut self, feed: u32) {
        self.feeds.entry(feed).or_default().awaited += 1;
    }

    /// Somebody who was awaited has its snapshot.
    pub(crate) fn begin(&mut self, feed: u32, slot: u32) {
        if let Some(watching) = self.feeds.get_mut(&feed) {
            watching.awaited -= 1;
            watching.places.insert(slot, watching.slots.len() as u32);
            watching.slots.push(slot);
        }
    }

    /// Somebody who was awaited will not come; returns whether the home can be told that nobody is
    /// left.
    pub(crate) fn give_up(&mut self, feed: u32) -> bool {
        if let Some(watching) = self.feeds.get_mut(&feed) {
            watching.awaited -= 1;
        }
        self.end_if_over(feed)
    }

    /// A subscriber goes, who may have been told what happens; returns whether it was the last one.
    pub(crate) fn end(&mut self, feed: u32, slot: u32) -> bool {
        let Some(watching) = self.feeds.get_mut(&feed) else {
            return false;
        };
        let Some(place) = watching.places.remove(&slot) else {
            return false;
        };
        watching.slots.swap_remove(place as usize);
        if let Some(moved) = watching.slots.get(place as usize) {
            watching.places.insert(*moved, place);
        }
        self.end_if_over(feed)
    }

    fn end_if_over(&mut self, feed: u32) -> bool {
        let over = self.feeds.get(&feed).is_some_and(Watching::is_over);
        if over {
            self.feeds.remove(&feed);
        }
        over
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_are_awaited_are_not_told_but_count() {
        let mut watchers = Watchers::default();
        watchers.expect(1);
        watchers.expect(1);
        assert!(watchers.slots(1).is_empty());
        watchers.begin(1, 7);
        assert_eq!(watchers.slots(1), [7]);
        assert!(!watchers.end(1, 7), "another one is awaited");
        assert!(watchers.give_up(1));
        assert!(watchers.feeds.is_empty());
    }

    #[test]
    fn anybody_may_leave_the_list() {
        let mut watchers = Watchers::default();
        for slot in 0..5 {
            watchers.expect(1);
            watchers.begin(1, slot);
        }
        assert!(!watchers.end(1, 9), "was never there");
        for slot in [1, 4, 0, 3] {
            assert!(watchers.contains(1, slot) && !watchers.end(1, slot));
            assert!(!watchers.contains(1, slot));
        }
        assert_eq!(watchers.slots(1), [2]);
        assert!(watchers.end(1, 2));
    }
}
