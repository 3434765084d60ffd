//! Commands that wait for their turn, by the slot that they are about.

use std::collections::{HashMap, VecDeque};

use tokio::time::Instant;

use crate::{command::Command, slot::Slot};

/// A command on its way.
#[derive(Debug)]
pub(crate) struct Item {
    /// Whose it is, and which one of those.
    pub(crate) job: u64,
    pub(crate) place: usize,
    pub(crate) command: Command,
    pub(crate) slot: Slot,
    /// The life in which its topic was last written, when that does no harm; empty when it does.
    pub(crate) origin: Option<String>,
    /// Until when it is tried again, once it was sent in vain.
    pub(crate) until: Option<Instant>,
}

/// What becomes of the commands of a slot. They are on their way in one group at a time, so that
/// they keep their order whichever server has the slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    #[default]
    Idle,
    /// It is in the list of its owner.
    Listed,
    /// A group is on its way.
    Flying,
    /// It waits until its slot may have settled.
    Paused(Instant),
}

#[derive(Default)]
struct Queue {
    items: VecDeque<Item>,
    state: State,
}

/// The commands of all slots. There is a queue as long as something waits or is on its way.
#[derive(Default)]
pub(crate) struct Queues {
    slots: HashMap<Slot, Queue>,
    /// How many of them are paused: mostly none.
    paused: usize,
}

impl Queues {
    pub(crate) fn push(&mut self, item: Item) {
        self.slots
            .entry(item.slot)
            .or_default()
            .items
            .push_back(item);
    }

    /// Puts something before all others of its slot.
    pub(crate) fn put_back(&mut self, item: Item) {
        self.slots
            .entry(item.slot)
            .or_default()
            .items
            .push_front(item);
    }

    pub(crate) fn front(&self, slot: Slot) -> Option<&Item> {
        self.slots.get(&slot)?.items.front()
    }

    pub(crate) fn pop(&mut self, slot: Slot) -> Option<Item> {
        self.slots.get_mut(&slot)?.items.pop_front()
    }

    pub(crate) fn state(&self, slot: Slot) -> State {
        self.slots
            .get(&slot)
            .map(|queue| queue.state)
            .unwrap_or_default()
    }

    pub(crate) fn set(&mut self, slot: Slot, state: State) {
        if let Some(queue) = self.slots.get_mut(&slot) {
            self.paused -= usize::from(matches!(queue.state, State::Paused(_)));
            self.paused += usize::from(matches!(state, State::Paused(_)));
            queue.state = state;
            if state == State::Idle && queue.items.is_empty() {
                self.slots.remove(&slot);
            }
        }
    }

    /// When the next pause ends.
    pub(crate) fn next(&self) -> Option<Instant> {
        if self.paused == 0 {
            return None;
        }
        let until = |queue: &Queue| match queue.state {
            State::Paused(until) => Some(until),
            _ => None,
        };
        self.slots.values().filter_map(until).min()
    }

    /// Slots whose pause has ended.
    pub(crate) fn rested(&self, now: Instant) -> Vec<Slot> {
        let rested = |queue: &Queue| matches!(queue.state, State::Paused(until) if until <= now);
        let queues = self.slots.iter().filter(|(_, queue)| rested(queue));
        queues.map(|(slot, _)| *slot).collect()
    }

    /// Slots in lists.
    pub(crate) fn listed(&self) -> Vec<Slot> {
        let queues = self
            .slots
            .iter()
            .filter(|(_, queue)| queue.state == State::Listed);
        queues.map(|(slot, _)| *slot).collect()
    }
}
