//! The topics in memory.

use std::collections::{HashMap, VecDeque};

use wirehub_model::{Position, Topic};

use super::super::stream::Stream;

/// The topics in memory, what they weigh together, and whose turn it is to be looked after.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    streams: HashMap<Topic, Stream>,
    /// Every topic once; the first one is looked after next.
    round: VecDeque<Topic>,
    weight: usize,
    records: usize,
}

impl Topics {
    pub(crate) fn len(&self) -> usize {
        self.streams.len()
    }

    /// Bytes in memory, estimated.
    pub(crate) const fn weight(&self) -> usize {
        self.weight
    }

    /// Publications in histories.
    pub(crate) const fn records(&self) -> usize {
        self.records
    }

    /// Where a topic stands.
    pub(crate) fn position(&self, topic: &Topic) -> Option<Position> {
        self.streams.get(topic).map(Stream::position)
    }

    pub(crate) fn contains(&self, topic: &Topic) -> bool {
        self.streams.contains_key(topic)
    }

    /// The topics, in any order.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Stream> {
        self.streams.values()
    }

    pub(crate) fn insert(&mut self, stream: Stream) {
        self.weight += stream.weight();
        self.records += stream.records();
        self.round.push_back(stream.topic().clone());
        self.streams.insert(stream.topic().clone(), stream);
    }

    /// Lets `work` change a topic that is here, and keeps the sums right.
    pub(crate) fn change<T>(
        &mut self,
        topic: &Topic,
        work: impl FnOnce(&mut Stream) -> T,
    ) -> Option<T> {
        let stream = self.streams.get_mut(topic)?;
        let (weight, records) = (stream.weight(), stream.records());
        let done = work(stream);
        self.weight = self.weight - weight + stream.weight();
        self.records = self.records - records + stream.records();
        Some(done)
    }

    /// Looks after the next topic of the round: `stays` may change it, and says whether it stays.
    /// Returns one that does not.
    pub(crate) fn visit_next(&mut self, stays: impl FnOnce(&mut Stream) -> bool) -> Option<Stream> {
        let topic = self.round.pop_front()?;
        if self.change(&topic, stays)? {
            self.round.push_back(topic);
            return None;
        }
        let stream = self.streams.remove(&topic)?;
        self.weight -= stream.weight();
        self.records -= stream.records();
        Some(stream)
    }
}
