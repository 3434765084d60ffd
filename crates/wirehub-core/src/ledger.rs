//! How much a shard remembers altogether, and what it forgets first.

use std::collections::VecDeque;

use wirehub_model::{Offset, Topic};

use crate::stream::Stream;

/// The account of what the topics of a shard remember.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    bytes: usize,
    publications: usize,
    values: usize,
    /// Publications of all logs in the order they came, with some that were forgotten since.
    order: VecDeque<(Topic, Offset)>,
    /// Publications that were forgotten before the rules would have it.
    forgotten: u64,
}

/// What a stream holds, before something is done to it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holding {
    bytes: usize,
    publications: usize,
    values: usize,
}

/// Entries beyond twice those needed, before the list is cleaned up.
const SLACK: usize = 1024;

impl Holding {
    pub(crate) fn of(stream: &Stream) -> Self {
        Self {
            bytes: stream.weight(),
            publications: stream.log.len(),
            values: stream.values.len(),
        }
    }
}

impl Ledger {
    /// Bytes that are remembered.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Publications in all logs.
    pub(crate) const fn publications(&self) -> usize {
        self.publications
    }

    /// Retained and keyed values.
    pub(crate) const fn values(&self) -> usize {
        self.values
    }

    /// Publications that were forgotten because there was too much to remember.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Books that a stream which held `before` holds `after`.
    pub(crate) const fn book(&mut self, before: Holding, after: Holding) {
        self.bytes = self.bytes - before.bytes + after.bytes;
        self.publications = self.publications - before.publications + after.publications;
        self.values = self.values - before.values + after.values;
    }

    /// Notes that a publication went into its topic's log.
    pub(crate) fn logged(&mut self, topic: &Topic, offset: Offset) {
        self.order.push_back((topic.clone(), offset));
    }

    /// The oldest publication of all, when there is more to remember than `limit` bytes.
    pub(crate) fn next_to_forget(&mut self, limit: usize) -> Option<(Topic, Offset)> {
        if self.bytes <= limit {
            return None;
        }
        self.order.pop_front()
    }

    /// Counts a publication that had to go.
    pub(crate) const fn count_forgotten(&mut self) {
        self.forgotten += 1;
    }

    /// Entries in the list of publications, those that were forgotten included.
    #[cfg(test)]
    pub(crate) fn listed(&self) -> usize {
        self.order.len()
    }

    /// Whether many of the listed publications were forgotten long ago.
    pub(crate) fn is_stale(&self) -> bool {
        self.order.len() > 2 * self.publications + SLACK
    }

    /// Keeps only what is still `there`.
    pub(crate) fn clean(&mut self, mut there: impl FnMut(&Topic, Offset) -> bool) {
        self.order.retain(|(topic, offset)| there(topic, *offset));
        self.order.shrink_to(2 * self.publications + SLACK);
    }
}
