//! What is going to happen, and when.

use std::{
    cmp::{Ordering, Reverse},
    collections::BinaryHeap,
};

use wirehub_model::{ConnectionId, Moment};

/// Something that is going to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Happening {
    /// A client looks up and does something.
    Wake(usize),
    /// What a client sent next on this link arrives.
    Up(usize),
    /// What a shard sent next on this link is read by the client.
    Down(usize),
    /// The oldest relay from one shard to another arrives.
    Relay(u16, u16),
    /// The broker does the next thing it was asked.
    Store,
    /// What the broker said next reaches a shard.
    Told(u16),
    /// The broker goes away, or comes back.
    BrokerTrouble,
    /// A member comes to another node, or goes from it.
    Guest,
    /// The broker tells the node that it may have missed something.
    Missed,
    /// The broker forgets who is there.
    ForgetMembers,
    /// A shard's turn ends.
    EndTurn(u16),
    /// The runtime has checked the credentials of a client.
    Checked {
        /// Whose.
        connection: ConnectionId,
        /// The number of the request.
        id: Option<u64>,
        /// The user that the credentials name.
        user: usize,
    },
    /// Something goes wrong in the network.
    Trouble,
    /// The node loses everything it has in memory.
    Crash,
}

/// Happenings by their moments; those of one moment in the order in which they were entered.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    heap: BinaryHeap<Reverse<Entry>>,
    entered: u64,
}

#[derive(Debug, PartialEq, Eq)]
struct Entry {
    at: Moment,
    number: u64,
    happening: Happening,
}

impl Agenda {
    /// Enters something.
    pub(crate) fn add(&mut self, at: Moment, happening: Happening) {
        self.entered += 1;
        self.heap.push(Reverse(Entry {
            at,
            number: self.entered,
            happening,
        }));
    }

    /// When the next thing happens.
    pub(crate) fn next(&self) -> Option<Moment> {
        self.heap.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes out the next thing.
    pub(crate) fn take(&mut self) -> Option<Happening> {
        self.heap.pop().map(|Reverse(entry)| entry.happening)
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
