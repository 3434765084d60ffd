//! The engine's side of the store.

use std::{collections::HashSet, time::Duration};

use wirehub_model::{Epoch, Topic};

use super::super::{
    epochs::Epochs,
    stream::{InFlight, Kept, Stream},
};
use crate::{BrokerError, Change, Fault, Store, StoredTopic};

/// The store with what is on its way there, and what it has to be told anew after a failure.
pub(crate) struct Storage {
    store: Option<Box<dyn Store>>,
    changes: Vec<Change>,
    /// Topics whose changes are among them.
    in_flight: Vec<Topic>,
    /// Topics that the store does not know everything about.
    behind: HashSet<Topic>,
    failing: Option<Failing>,
    /// By when the changes are to be made safe, on the clock that never jumps.
    due: Option<Duration>,
    epochs: Epochs,
    ids: u64,
    /// Publications among the changes.
    publications: usize,
    /// The stored topic that was looked after last.
    cursor: Option<Topic>,
}

/// An episode in which the store does not work.
struct Failing {
    reason: String,
    retry_at: Duration,
}

impl Storage {
    pub(crate) fn new(store: Option<Box<dyn Store>>) -> Self {
        Self {
            store,
            changes: Vec::new(),
            in_flight: Vec::new(),
            behind: HashSet::new(),
            failing: None,
            due: None,
            epochs: Epochs::default(),
            ids: 0,
            publications: 0,
            cursor: None,
        }
    }

    /// Counts publications among the changes.
    pub(crate) const fn count(&mut self, publications: usize) {
        self.publications += publications;
    }

    /// Publications among the changes that were committed.
    pub(crate) fn take_count(&mut self) -> usize {
        std::mem::take(&mut self.publications)
    }

    /// The stored topic that was looked after last.
    pub(crate) fn take_cursor(&mut self) -> Option<Topic> {
        self.cursor.take()
    }

    pub(crate) fn set_cursor(&mut self, topic: Option<Topic>) {
        self.cursor = topic;
    }

    pub(crate) const fn is_there(&self) -> bool {
        self.store.is_some()
    }

    /// Where changes are collected.
    pub(crate) fn changes(&mut self) -> &mut Vec<Change> {
        &mut self.changes
    }

    pub(crate) fn draw_epoch(&mut self) -> Epoch {
        self.epochs.draw()
    }

    pub(crate) fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.store
            .as_mut()
            .map_or(self.ids, |store| store.next_id())
    }

    /// Why the store does not work, when it does not.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.failing.as_ref().map(|failing| failing.reason.as_str())
    }

    pub(crate) fn check(&self) -> Result<(), BrokerError> {
        self.failure().map_or(Ok(()), |reason| {
            Err(BrokerError::Degraded {
                reason: reason.to_owned(),
            })
        })
    }

    /// Remembers that what was done to a topic is on its way, when it is stored at all.
    pub(crate) fn follow(&mut self, stream: &mut Stream) {
        if stream.kept() == Kept::Stored
            && stream.in_flight == InFlight::Nothing
            && !self.changes.is_empty()
        {
            stream.in_flight = InFlight::Upkeep;
            self.in_flight.push(stream.topic().clone());
        }
    }

    /// Prepares a topic for a publication: tells the store about it, or begins an epoch for what is
    /// not stored.
    pub(crate) fn prepare(&mut self, stream: &mut Stream) {
        if self.store.is_none() {
            return;
        }
        if self.failing.is_none() {
            stream.keep(&mut self.changes);
        } else if stream.kept() != Kept::Behind(true) && stream.is_remembered() {
            let epoch = self.epochs.draw();
            stream.begin_unstored(epoch);
            self.behind.insert(stream.topic().clone());
        }
        if stream.kept() == Kept::Stored {
            if stream.in_flight == InFlight::Nothing {
                self.in_flight.push(stream.topic().clone());
            }
            stream.in_flight = InFlight::Publications;
        }
    }

    /// By when something is to be done for the store.
    pub(crate) fn due(&self) -> Option<Duration> {
        self.failing
            .as_ref()
            .map_or(self.due, |failing| Some(failing.retry_at))
    }

    /// The changes are to be made safe by then at the latest.
    pub(crate) fn commit_by(&mut self, due: Duration) {
        self.due = Some(self.due.map_or(due, |before| before.min(due)));
    }

    pub(crate) const fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// Makes the changes safe. Returns the topics they were of; when it fails, the changes are
    /// gone and an episode begins.
    pub(crate) fn commit(&mut self, retry_at: Duration) -> (Vec<Topic>, Result<(), ()>) {
        self.due = None;
        let changes = std::mem::take(&mut self.changes);
        let topics = std::mem::take(&mut self.in_flight);
        let Some(store) = &mut self.store else {
            return (topics, Ok(()));
        };
        if self.failing.is_some() {
            return (topics, Err(()));
        }
        match store.commit(&changes) {
            Ok(()) => {
                // The room for the next changes is here already.
                self.changes = changes;
                self.changes.clear();
                (topics, Ok(()))
            }
            Err(fault) => {
                self.fail(&fault, retry_at);
                (topics, Err(()))
            }
        }
    }

    /// An episode begins. One that goes on keeps its next attempt.
    pub(crate) fn fail(&mut self, fault: &Fault, retry_at: Duration) {
        if self.failing.is_none() {
            tracing::error!(
                reason = %fault,
                "the store does not work: publications are delivered and not stored"
            );
            self.fail_again(fault, retry_at);
        }
    }

    /// An attempt was in vain, and the next one is due at a time.
    pub(crate) fn fail_again(&mut self, fault: &Fault, retry_at: Duration) {
        self.failing = Some(Failing {
            reason: fault.to_string(),
            retry_at,
        });
    }

    /// A topic has to be told anew once the store works.
    pub(crate) fn leave_behind(&mut self, topic: Topic) {
        self.behind.insert(topic);
    }

    pub(crate) fn is_behind(&self, topic: &Topic) -> bool {
        self.behind.contains(topic)
    }

    /// Topics to be told anew.
    pub(crate) fn behind(&self) -> Vec<Topic> {
        self.behind.iter().cloned().collect()
    }

    pub(crate) fn recover(&mut self) -> Result<(), Fault> {
        self.store.as_mut().map_or(Ok(()), |store| store.recover())
    }

    /// Tells the store some topics anew.
    pub(crate) fn tell_anew(&mut self, topics: &[(Topic, StoredTopic)]) -> Result<(), Fault> {
        let Some(store) = &mut self.store else {
            return Ok(());
        };
        let changes: Vec<_> = topics
            .iter()
            .map(|(topic, whole)| Change::Replace(topic.clone(), Box::new(whole.clone())))
            .collect();
        store.commit(&changes)
    }

    /// The store knows everything about a topic again.
    pub(crate) fn caught_up(&mut self, topic: &Topic) {
        self.behind.remove(topic);
    }

    /// The episode is over.
    pub(crate) fn work_again(&mut self) {
        self.failing = None;
        tracing::info!("the store works again, and has everything that is remembered");
    }

    pub(crate) fn load(&mut self, topic: &Topic) -> Result<Option<StoredTopic>, Fault> {
        self.store
            .as_mut()
            .map_or(Ok(None), |store| store.load(topic))
    }

    pub(crate) fn topics_after(&mut self, after: Option<&Topic>, limit: usize) -> Vec<Topic> {
        let store = self.store.as_mut().filter(|_| self.failing.is_none());
        // A store that cannot be read is found out by whoever needs what it holds.
        store
            .and_then(|store| store.topics_after(after, limit).ok())
            .unwrap_or_default()
    }

    pub(crate) fn compact(&mut self) -> Result<(), BrokerError> {
        self.check()?;
        let Some(store) = &mut self.store else {
            return Ok(());
        };
        store.compact().map_err(|fault| BrokerError::Unavailable {
            reason: fault.to_string(),
        })
    }

    pub(crate) fn bytes(&self) -> (u64, u64) {
        self.store.as_ref().map_or((0, 0), |store| store.bytes())
    }

    pub(crate) fn close(&mut self) -> Result<(), BrokerError> {
        let Some(mut store) = self.store.take() else {
            return Ok(());
        };
        let closed = store.close().map_err(|fault| BrokerError::Unavailable {
            reason: fault.to_string(),
        });
        self.check().and(closed)
    }
}
