//! Publications that are made safe together.

use std::{collections::HashSet, sync::Arc, time::Duration};

use wirehub_model::Topic;

use super::{
    super::{
        entry::in_epoch,
        stream::{InFlight, Outcome},
    },
    Engine, lock,
};
use crate::{Append, Appended, BrokerError, Delivery, Durability, Record, Reply};

/// Publications that are made safe together, and who waits for that. Those of topics that are not
/// stored need not wait; they are counted only.
#[derive(Default)]
pub(crate) struct Group {
    deliveries: Vec<Arc<Record>>,
    batches: Vec<Batch>,
    publications: usize,
}

/// One call's publications.
struct Batch {
    topics: Vec<Topic>,
    results: Vec<Result<Appended, BrokerError>>,
    bytes: usize,
    reply: Reply<Vec<Result<Appended, BrokerError>>>,
}

/// What the clocks show when a call is looked at.
struct Now {
    decides: Duration,
    elapsed: Duration,
}

impl Group {
    pub(crate) const fn len(&self) -> usize {
        self.publications
    }

    /// Whether anybody waits until it is safe.
    pub(crate) const fn waits(&self) -> bool {
        !self.batches.is_empty()
    }
}

impl Engine {
    /// Gives the publications of a call their places.
    pub(crate) fn append(
        &mut self,
        appends: Vec<Append>,
        bytes: usize,
        reply: Reply<Vec<Result<Appended, BrokerError>>>,
        group: &mut Group,
    ) {
        group.publications += appends.len();
        let mut batch = Batch {
            topics: Vec::with_capacity(appends.len()),
            results: Vec::with_capacity(appends.len()),
            bytes,
            reply,
        };
        let mut waits = false;
        let now = Now {
            decides: self.decides(),
            elapsed: self.clock.elapsed(),
        };
        for append in appends {
            batch.topics.push(append.topic.clone());
            batch
                .results
                .push(self.append_one(append, &now, group, &mut waits));
        }
        if waits {
            group.batches.push(batch);
        } else {
            self.reply(batch);
        }
    }

    /// Gives one publication its place. Sets `waits` when it has to be made safe; otherwise it is
    /// delivered here.
    fn append_one(
        &mut self,
        append: Append,
        now: &Now,
        group: &mut Group,
        waits: &mut bool,
    ) -> Result<Appended, BrokerError> {
        let topic = append.topic.clone();
        self.find_or_begin(&topic, append.retention)?;
        let names = self.settings.names;
        let storage = &mut self.storage;
        let outcome = self.topics.change(&topic, |stream| {
            stream.used = true;
            stream.touched = now.elapsed;
            stream.set_retention(append.retention, storage.changes());
            storage.prepare(stream);
            let outcome = stream.append(append, now.decides, names, storage.changes());
            (outcome, stream.in_flight == InFlight::Publications)
        });
        self.make_room(&topic);
        let (outcome, in_flight) = outcome.ok_or(BrokerError::Overloaded)?;
        *waits |= in_flight;
        match outcome {
            Outcome::New(record) => {
                self.stats.appended += 1;
                let position = record.position;
                if in_flight {
                    group.deliveries.push(record);
                } else {
                    self.deliver(&record);
                }
                Ok(Appended {
                    position,
                    duplicate: false,
                })
            }
            Outcome::Duplicate(position) => {
                self.stats.duplicates += 1;
                Ok(Appended {
                    position,
                    duplicate: true,
                })
            }
        }
    }

    /// Makes a group safe, then delivers and answers; or the other way round.
    pub(crate) fn complete(&mut self, group: Group) {
        if group.publications == 0 {
            return;
        }
        self.storage.count(group.deliveries.len());
        match self.settings.durability {
            Durability::Relaxed(within) if self.storage.is_there() => {
                self.end(group);
                if self.storage.has_changes() {
                    self.storage.commit_by(self.clock.elapsed() + within);
                }
            }
            _ => {
                let mut group = group;
                let lost = self.commit();
                self.move_to_new_epochs(&mut group, &lost);
                self.end(group);
            }
        }
    }

    /// Makes what is on its way safe. When it fails, topics with publications on their way go on in
    /// new epochs; returns those.
    pub(crate) fn commit(&mut self) -> HashSet<Topic> {
        let mut lost = HashSet::new();
        if !self.storage.has_changes() {
            return lost;
        }
        let start = self.clock.elapsed();
        let (topics, done) = self.storage.commit(start + self.settings.retry_every);
        let publications = self.storage.take_count();
        match done {
            Ok(()) => {
                let took = self.clock.elapsed().saturating_sub(start);
                self.last_group = (publications, took);
                self.stats.count_commit(publications, took);
            }
            Err(()) => self.stats.failures += 1,
        }
        for topic in topics {
            let storage = &mut self.storage;
            self.topics.change(&topic, |stream| {
                let was = std::mem::replace(&mut stream.in_flight, InFlight::Nothing);
                if done.is_ok() {
                    return;
                }
                storage.leave_behind(topic.clone());
                stream.fall_behind();
                if was == InFlight::Publications {
                    stream.begin_unstored(storage.draw_epoch());
                    lost.insert(topic.clone());
                }
            });
        }
        lost
    }

    /// What could not be stored is delivered in its topic's new epoch.
    fn move_to_new_epochs(&mut self, group: &mut Group, lost: &HashSet<Topic>) {
        if lost.is_empty() {
            return;
        }
        for record in &mut group.deliveries {
            if lost.contains(&record.topic)
                && let Some(position) = self.topics.position(&record.topic)
            {
                *record = in_epoch(record, position.epoch);
            }
        }
        let answers = group.batches.iter_mut();
        for (topic, result) in answers.flat_map(|batch| batch.topics.iter().zip(&mut batch.results))
        {
            if lost.contains(topic)
                && let Ok(appended) = result
                && let Some(position) = self.topics.position(topic)
            {
                appended.position.epoch = position.epoch;
            }
        }
    }

    /// Delivers and answers.
    fn end(&mut self, group: Group) {
        for record in &group.deliveries {
            self.deliver(record);
        }
        for batch in group.batches {
            self.reply(batch);
        }
    }

    fn deliver(&mut self, record: &Arc<Record>) {
        lock(&self.interests).receivers(&record.topic, &mut self.sinks);
        for sink in self.sinks.drain(..) {
            sink.push(Delivery::Publication(Arc::clone(record)));
        }
    }

    /// Answers. Of topics that the store does not know everything about, nothing counts as stored.
    fn reply(&mut self, mut batch: Batch) {
        if let Some(reason) = self.storage.failure() {
            for (topic, result) in batch.topics.iter().zip(&mut batch.results) {
                if let Ok(Appended { position, .. }) = result
                    && self.storage.is_behind(topic)
                {
                    self.stats.not_stored += 1;
                    *result = Err(BrokerError::NotStored {
                        position: *position,
                        reason: reason.to_owned(),
                    });
                }
            }
        }
        self.waiting.leave(batch.bytes);
        // Whoever asked may have stopped waiting.
        _ = batch.reply.send(Ok(batch.results));
    }
}
