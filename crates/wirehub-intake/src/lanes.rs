//! Work in lanes: what is in one lane is done in its order, lanes do not wait for each other.

use std::collections::{HashMap, VecDeque};

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};

use crate::Record;

/// Records on their way, each in the lane of its key.
pub(crate) struct Lanes<'a> {
    /// What does a record.
    work: Box<dyn Fn(Record) -> BoxFuture<'a, Record> + Send + Sync + 'a>,
    /// What waits in each lane that is in use, behind what is at work.
    waiting: HashMap<u64, VecDeque<Record>>,
    at_work: FuturesUnordered<BoxFuture<'a, (u64, Record)>>,
    count: usize,
    weight: usize,
}

impl<'a> Lanes<'a> {
    pub(crate) fn new(work: impl Fn(Record) -> BoxFuture<'a, Record> + Send + Sync + 'a) -> Self {
        Self {
            work: Box::new(work),
            waiting: HashMap::new(),
            at_work: FuturesUnordered::new(),
            count: 0,
            weight: 0,
        }
    }

    /// How many records are on their way.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// How many bytes they have.
    pub(crate) const fn weight(&self) -> usize {
        self.weight
    }

    pub(crate) fn push(&mut self, lane: u64, record: Record) {
        self.count += 1;
        self.weight += record.weight();
        match self.waiting.get_mut(&lane) {
            Some(waiting) => waiting.push_back(record),
            None => {
                self.waiting.insert(lane, VecDeque::new());
                self.begin(lane, record);
            }
        }
    }

    fn begin(&self, lane: u64, record: Record) {
        let done = (self.work)(record);
        self.at_work
            .push(Box::pin(async move { (lane, done.await) }));
    }

    /// The next record that is done; `None` when none is on its way.
    pub(crate) async fn next(&mut self) -> Option<Record> {
        let (lane, record) = self.at_work.next().await?;
        self.count -= 1;
        self.weight -= record.weight();
        match self.waiting.get_mut(&lane).and_then(VecDeque::pop_front) {
            Some(next) => self.begin(lane, next),
            None => {
                self.waiting.remove(&lane);
            }
        }
        Some(record)
    }
}
