//! One topic.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use wirehub_model::{Epoch, HistoryPage, Offset, Position, Topic};

use super::{names::Names, values::Values};
use crate::{
    Append, Change, Entry, Opened, Record, RecordPage, Retention, StoredTopic, TopicRow, TopicState,
};

/// One topic: its place, what it keeps, and how far the store knows about it.
#[derive(Debug)]
pub(crate) struct Stream {
    topic: Topic,
    id: u64,
    position: Position,
    retention: Retention,
    history: VecDeque<Entry>,
    /// Bytes of payload in the history.
    payload_bytes: usize,
    history_weight: usize,
    values: Values,
    names: Names,
    kept: Kept,
    /// It was used since somebody looked last.
    pub(crate) used: bool,
    /// Changes of it are on their way into the store.
    pub(crate) in_flight: InFlight,
    /// When it was published to last, on the clock that never jumps.
    pub(crate) touched: Duration,
}

/// How far the store knows about a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It does not.
    No,
    /// It knows all, or will with the next commit.
    Stored,
    /// It failed and has to be told everything anew. The flag says that publications were given
    /// since, under an epoch of their own.
    Behind(bool),
}

/// What of a topic is on its way into the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InFlight {
    Nothing,
    /// What was forgotten, and the like.
    Upkeep,
    /// Publications, whose answers wait.
    Publications,
}

/// What became of a publication.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It has its place.
    New(Arc<Record>),
    /// It had one before.
    Duplicate(Position),
}

impl Stream {
    /// A topic that begins.
    pub(crate) fn new(topic: Topic, id: u64, epoch: Epoch, retention: Retention) -> Self {
        let position = Position {
            epoch,
            offset: Offset::default(),
        };
        Self {
            topic,
            id,
            position,
            retention,
            history: VecDeque::new(),
            payload_bytes: 0,
            history_weight: 0,
            values: Values::default(),
            names: Names::default(),
            kept: Kept::No,
            used: true,
            in_flight: InFlight::Nothing,
            touched: Duration::ZERO,
        }
    }

    /// A topic as it was stored; so many names are remembered at most.
    pub(crate) fn restore(topic: Topic, stored: StoredTopic, names: usize) -> Self {
        let row = stored.row;
        let mut stream = Self::new(topic, row.id, row.epoch, row.retention);
        stream.position.offset = row.offset;
        stream.kept = Kept::Stored;
        for (slot, entry) in stored.values {
            stream.see(&entry, names);
            stream.values.set(slot, entry);
        }
        for entry in stored.history {
            stream.see(&entry, names);
            stream.push(entry);
        }
        stream
    }

    /// Learns the offset and the name of a stored publication.
    fn see(&mut self, entry: &Entry, names: usize) {
        let offset = entry.record.position.offset;
        self.position.offset = self.position.offset.max(offset);
        if let Some((name, until)) = &entry.name {
            self.names.insert(name.clone(), offset, *until, names);
        }
    }

    pub(crate) const fn topic(&self) -> &Topic {
        &self.topic
    }

    pub(crate) const fn id(&self) -> u64 {
        self.id
    }

    pub(crate) const fn position(&self) -> Position {
        self.position
    }

    pub(crate) const fn kept(&self) -> Kept {
        self.kept
    }

    /// Whether anything that is published to it is kept.
    pub(crate) const fn is_remembered(&self) -> bool {
        self.retention.remembers()
    }

    /// Publications in the history.
    pub(crate) fn records(&self) -> usize {
        self.history.len()
    }

    /// Bytes in memory, estimated.
    pub(crate) const fn weight(&self) -> usize {
        self.history_weight + self.values.weight()
    }

    /// The store is told about the topic from now on, beginning with what it has.
    pub(crate) fn keep(&mut self, changes: &mut Vec<Change>) {
        if self.kept == Kept::No && self.retention.remembers() {
            self.kept = Kept::Stored;
            changes.push(self.row_change());
        }
    }

    /// The store failed before it knew everything, and is told everything anew once it works.
    pub(crate) fn fall_behind(&mut self) {
        if self.kept == Kept::Stored {
            self.kept = Kept::Behind(false);
        }
    }

    /// Goes on in another epoch, because what follows is not stored.
    pub(crate) fn begin_unstored(&mut self, epoch: Epoch) {
        self.kept = Kept::Behind(true);
        self.renew(epoch);
    }

    /// The store knows everything again.
    pub(crate) fn caught_up(&mut self) {
        self.kept = Kept::Stored;
    }

    /// Goes on in another epoch with everything it has.
    pub(crate) fn renew(&mut self, epoch: Epoch) {
        self.position.epoch = epoch;
        for entry in &mut self.history {
            *entry = entry.in_epoch(epoch);
        }
        self.values.renew(epoch);
    }

    /// The topic keeps this from now on.
    pub(crate) fn set_retention(&mut self, retention: Retention, changes: &mut Vec<Change>) {
        if self.retention != retention {
            self.retention = retention;
            if self.kept == Kept::Stored {
                changes.push(self.row_change());
            }
        }
    }

    /// Gives a publication its place, unless it has one.
    pub(crate) fn append(
        &mut self,
        append: Append,
        now: Duration,
        names: usize,
        changes: &mut Vec<Change>,
    ) -> Outcome {
        if let Some(name) = &append.idempotency
            && let Some(offset) = self.names.find(name, now)
        {
            let epoch = self.position.epoch;
            return Outcome::Duplicate(Position { epoch, offset });
        }
        self.position.offset = self.position.offset.next();
        let until = append
            .accepted_at
            .saturating_add(self.retention.idempotency_ttl);
        let entry = Entry {
            name: append.idempotency.map(|name| (name, until)),
            record: Arc::new(Record {
                topic: append.topic,
                message: append.message,
                key: append.key,
                position: self.position,
                from: append.from,
                accepted_at: append.accepted_at,
                expires_at: append.expires_at,
                echo: append.echo,
            }),
        };
        self.names.expire(now);
        if let Some((name, until)) = &entry.name {
            let offset = self.position.offset;
            self.names.insert(name.clone(), offset, *until, names);
        }
        let record = Arc::clone(&entry.record);
        self.take(entry, changes);
        self.trim(now, changes);
        Outcome::New(record)
    }

    /// Puts a publication wherever it is to be kept.
    fn take(&mut self, entry: Entry, changes: &mut Vec<Change>) {
        let stored = self.kept == Kept::Stored;
        for slot in self.values.take(&entry, &self.retention) {
            if stored {
                changes.push(Change::Value(self.id, slot, entry.clone()));
            }
        }
        if self.retention.history.is_on() {
            if stored {
                changes.push(Change::Record(self.id, entry.clone()));
            }
            self.push(entry);
        } else if stored {
            // Nothing else may hold the offset.
            changes.push(self.row_change());
        }
    }

    fn push(&mut self, entry: Entry) {
        self.payload_bytes += entry.record.message.payload.bytes().len();
        self.history_weight += entry.weight();
        self.history.push_back(entry);
    }

    fn pop(&mut self) -> Option<Offset> {
        let entry = self.history.pop_front()?;
        self.payload_bytes -= entry.record.message.payload.bytes().len();
        self.history_weight -= entry.weight();
        Some(entry.record.position.offset)
    }

    /// Forgets what the retention does not want, or not any more.
    pub(crate) fn trim(&mut self, now: Duration, changes: &mut Vec<Change>) {
        let rules = self.retention.history;
        let mut last = None;
        while let Some(first) = self.history.front() {
            let ends = first.record.accepted_at.saturating_add(rules.ttl);
            let keep =
                self.history.len() <= rules.size && self.payload_bytes <= rules.bytes && ends > now;
            if keep {
                break;
            }
            last = self.pop();
        }
        self.trimmed(last, changes);
        for slot in self.values.trim(&self.retention, now) {
            if self.kept == Kept::Stored {
                changes.push(Change::NoValue(self.id, slot));
            }
        }
    }

    /// Forgets names whose time is over. Names decide what is published, so it has to be the time
    /// that decides.
    pub(crate) fn trim_names(&mut self, now: Duration) {
        self.names.expire(now);
    }

    /// Forgets what was published.
    pub(crate) fn forget(&mut self, changes: &mut Vec<Change>) {
        let mut last = None;
        while let Some(offset) = self.pop() {
            last = Some(offset);
        }
        self.trimmed(last, changes);
        for slot in self.values.forget() {
            if self.kept == Kept::Stored {
                changes.push(Change::NoValue(self.id, slot));
            }
        }
        if self.kept == Kept::Stored {
            // Values may have been all that held the offset.
            changes.push(self.row_change());
        }
    }

    /// Forgets its oldest publications until it weighs that little; says how many they were.
    pub(crate) fn shed(&mut self, weight: usize, changes: &mut Vec<Change>) -> u64 {
        let mut last = None;
        let before = self.history.len();
        while self.weight() > weight && !self.history.is_empty() {
            last = self.pop();
        }
        self.trimmed(last, changes);
        (before - self.history.len()) as u64
    }

    fn trimmed(&self, last: Option<Offset>, changes: &mut Vec<Change>) {
        let Some(last) = last else { return };
        if self.kept != Kept::Stored {
            return;
        }
        if self.history.is_empty() {
            // Nothing else may hold the offset.
            changes.push(self.row_change());
        }
        changes.push(Change::Trim(self.id, last));
    }

    /// How the topic stands.
    pub(crate) fn opened(&self, now: Duration) -> Opened {
        Opened {
            position: self.position,
            history: self.history.iter().map(record_of).collect(),
            values: self.values.list(&self.retention, now),
        }
    }

    /// A page of the history.
    pub(crate) fn page(&self, page: HistoryPage, limit: usize) -> RecordPage {
        RecordPage::of(
            self.position,
            self.history.iter().map(record_of),
            page,
            limit,
        )
    }

    /// Whether it holds nothing, so that forgetting it would lose its epoch alone.
    pub(crate) fn is_empty(&self) -> bool {
        self.history.is_empty() && self.values.is_empty() && self.names.is_empty()
    }

    /// Everything there is to store.
    pub(crate) fn whole(&self) -> StoredTopic {
        StoredTopic {
            row: self.row(),
            is_uncertain: false,
            history: self.history.iter().cloned().collect(),
            values: self
                .values
                .all()
                .map(|(slot, entry)| (slot, entry.clone()))
                .collect(),
        }
    }

    /// Everything there is to go on from, elsewhere.
    pub(crate) fn state(&self) -> TopicState {
        TopicState {
            topic: self.topic.clone(),
            stored: self.whole(),
            names: self.names.all().collect(),
        }
    }

    /// A topic that goes on here.
    pub(crate) fn resume(id: u64, mut state: TopicState) -> Self {
        state.stored.row.id = id;
        let mut stream = Self::restore(state.topic, state.stored, 0);
        stream.kept = Kept::No;
        stream.names = Names::resume(state.names);
        stream
    }

    /// The row of the topic, as a change.
    pub(crate) fn row_change(&self) -> Change {
        Change::Topic(self.topic.clone(), self.row())
    }

    const fn row(&self) -> TopicRow {
        TopicRow {
            id: self.id,
            epoch: self.position.epoch,
            offset: self.position.offset,
            retention: self.retention,
        }
    }
}

fn record_of(entry: &Entry) -> Arc<Record> {
    Arc::clone(&entry.record)
}
