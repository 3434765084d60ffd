//! The thread that owns the topics.

mod group;
mod housekeeping;
mod storage;
mod topics;

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::{Duration, Instant},
};

use wirehub_model::{HistoryPage, Topic, TopicFilter};

use self::{group::Group, storage::Storage, topics::Topics};
use super::{
    interests::{Interests, NodeId},
    stats::Waiting,
    stream::Stream,
};
use crate::{
    Append, Appended, BrokerError, Clock, Delivery, Durability, LocalSettings, LocalStats, Opened,
    RecordPage, Reply, Retention, Sink, Stamp, TopicState,
};

/// The most publications that are made safe together.
const GROUP_MAX: usize = 8_192;

/// The longest that a group waits for publications that are late.
const GATHER_MAX: Duration = Duration::from_millis(1);

/// How often the thread looks after its topics when nobody asks anything.
const TICK: Duration = Duration::from_secs(1);

/// What the engine is asked.
pub(crate) enum Call {
    Append(
        Vec<Append>,
        usize,
        Reply<Vec<Result<Appended, BrokerError>>>,
    ),
    Open(NodeId, Topic, Retention, Reply<Opened>),
    Close(NodeId, Topic, Reply<()>),
    Subscribe(NodeId, TopicFilter, Reply<()>),
    Unsubscribe(NodeId, TopicFilter, Reply<()>),
    Read(Topic, HistoryPage, usize, Reply<RecordPage>),
    Forget(Topic, Reply<()>),
    Detach(NodeId, Option<Reply<()>>),
    Check(Reply<()>),
    Compact(Reply<()>),
    Stats(Reply<LocalStats>),
    HasBegun(Topic, Reply<bool>),
    Shutdown(Reply<()>),
    /// What a log says: it is decided with the time and the epoch that stand there.
    Logged(Stamp, LoggedCall),
}

/// What a log may say of topics.
pub(crate) enum LoggedCall {
    Append(Box<Append>, Reply<Vec<Result<Appended, BrokerError>>>),
    Begin(Topic, Retention, Reply<()>),
    Forget(Topic, Reply<()>),
    /// Somebody keeps what it has said so far of some topics.
    Keep(Box<dyn Fn(&Topic) -> bool + Send>, Reply<Vec<TopicState>>),
    /// It begins with a topic as it stood.
    Resume(Box<TopicState>),
}

/// What both threads share: who wants what.
pub(crate) type SharedInterests = Arc<Mutex<Interests>>;

/// Locks the interests. They are sound after a panic: every change is made in one go.
pub(crate) fn lock(interests: &SharedInterests) -> MutexGuard<'_, Interests> {
    interests.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state of the thread.
pub(crate) struct Engine {
    settings: LocalSettings,
    clock: Arc<dyn Clock>,
    interests: SharedInterests,
    waiting: Arc<Waiting>,
    topics: Topics,
    storage: Storage,
    stats: LocalStats,
    /// The group before: its publications, and how long it took to make them safe.
    last_group: (usize, Duration),
    /// What the log said last, where one decides.
    stamp: Option<Stamp>,
    /// Room for the sinks of one publication.
    sinks: Vec<Arc<dyn Sink>>,
}

impl Engine {
    pub(crate) fn new(
        settings: LocalSettings,
        clock: Arc<dyn Clock>,
        interests: SharedInterests,
        waiting: Arc<Waiting>,
        store: Option<Box<dyn crate::Store>>,
    ) -> Self {
        Self {
            settings,
            clock,
            interests,
            waiting,
            topics: Topics::default(),
            storage: Storage::new(store),
            stats: LocalStats::default(),
            last_group: (0, Duration::ZERO),
            stamp: None,
            sinks: Vec::new(),
        }
    }

    /// Works until everyone who may ask is gone, or somebody asks to stop.
    pub(crate) fn run(mut self, calls: &Receiver<Call>) {
        let mut next_tick = self.clock.elapsed() + TICK;
        loop {
            let first = match calls.recv_timeout(self.patience(next_tick)) {
                Ok(call) => Some(call),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            if self.clock.elapsed() >= next_tick {
                self.keep_house();
                next_tick = self.clock.elapsed() + TICK;
            }
            if let Some(call) = first
                && let Some(reply) = self.turn(call, calls)
            {
                _ = reply.send(self.finish());
                return;
            }
            self.commit_when_due();
        }
        // Nobody is left who could be told that it failed.
        _ = self.finish();
    }

    /// How long the thread may sleep.
    fn patience(&self, next_tick: Duration) -> Duration {
        let now = self.clock.elapsed();
        let due = self
            .storage
            .due()
            .map_or(next_tick, |due| due.min(next_tick));
        // A clock that is turned by hand stands still: look at it again soon, not at once.
        due.saturating_sub(now)
            .clamp(Duration::from_millis(1), TICK)
    }

    /// Takes the calls that wait: first all publications are made safe together, then the rest is
    /// done, in order. Returns where to say that the thread has stopped, when it has to.
    fn turn(&mut self, first: Call, calls: &Receiver<Call>) -> Option<Reply<()>> {
        let mut group = Group::default();
        let mut rest = Vec::new();
        let mut next = Some(first);
        let mut deadline = None;
        while let Some(call) = next {
            match call {
                Call::Append(batch, bytes, reply) => self.append(batch, bytes, reply, &mut group),
                Call::Shutdown(reply) => {
                    self.complete(group);
                    rest.into_iter().for_each(|call| self.answer(call));
                    return Some(reply);
                }
                // In their order among each other; what only looks may look a little later.
                Call::Logged(stamp, call) => {
                    self.stamp = Some(stamp);
                    self.follow(call);
                }
                other => rest.push(other),
            }
            if group.len() + rest.len() >= GROUP_MAX {
                break;
            }
            next = calls.try_recv().ok();
            if next.is_none() {
                next = self.straggler(&group, calls, &mut deadline);
            }
        }
        self.complete(group);
        rest.into_iter().for_each(|call| self.answer(call));
        None
    }

    /// Waits a little for a call that is late. The publishers of the group before have just been
    /// answered, and most of them publish again; one commit for all of them is quicker than two.
    fn straggler(
        &self,
        group: &Group,
        calls: &Receiver<Call>,
        deadline: &mut Option<Instant>,
    ) -> Option<Call> {
        let (before, took) = self.last_group;
        let waits = group.waits() && self.settings.durability == Durability::Commit;
        if !waits || group.len() >= before {
            return None;
        }
        let now = Instant::now();
        let until = *deadline.get_or_insert_with(|| now + (took / 8).min(GATHER_MAX));
        calls.recv_timeout(until.checked_duration_since(now)?).ok()
    }

    /// Does one call that publishes nothing. Whoever asked may have stopped waiting.
    fn answer(&mut self, call: Call) {
        match call {
            Call::Append(..) | Call::Shutdown(_) | Call::Logged(..) => {}
            Call::Open(node, topic, retention, reply) => {
                _ = reply.send(self.open(node, &topic, retention));
            }
            Call::Close(node, topic, reply) => {
                lock(&self.interests).close(node, &topic);
                _ = reply.send(Ok(()));
            }
            Call::Subscribe(node, filter, reply) => {
                let bound = self.settings.interests;
                _ = reply.send(lock(&self.interests).subscribe(node, filter, bound));
            }
            Call::Unsubscribe(node, filter, reply) => {
                lock(&self.interests).unsubscribe(node, &filter);
                _ = reply.send(Ok(()));
            }
            Call::Read(topic, page, limit, reply) => {
                _ = reply.send(self.read(&topic, page, limit));
            }
            Call::Forget(topic, reply) => _ = reply.send(self.forget(&topic)),
            Call::Detach(node, reply) => {
                lock(&self.interests).remove_node(node);
                if let Some(reply) = reply {
                    _ = reply.send(Ok(()));
                }
            }
            Call::Check(reply) => _ = reply.send(self.storage.check()),
            Call::Compact(reply) => _ = reply.send(self.compact()),
            Call::Stats(reply) => _ = reply.send(Ok(self.stats())),
            Call::HasBegun(topic, reply) => _ = reply.send(self.find(&topic)),
        }
    }

    /// Does what the log says.
    fn follow(&mut self, call: LoggedCall) {
        match call {
            LoggedCall::Append(append, reply) => {
                let mut group = Group::default();
                self.append(vec![*append], 0, reply, &mut group);
                self.complete(group);
            }
            LoggedCall::Begin(topic, retention, reply) => {
                _ = reply.send(self.find_or_begin(&topic, retention));
            }
            LoggedCall::Forget(topic, reply) => _ = reply.send(self.forget(&topic)),
            LoggedCall::Keep(which, reply) => {
                let streams = self.topics.all().filter(|stream| which(stream.topic()));
                _ = reply.send(Ok(streams.map(Stream::state).collect()));
            }
            LoggedCall::Resume(state) => {
                let id = self.storage.next_id();
                let stream = Stream::resume(id, *state);
                self.topics.insert(stream);
            }
        }
    }

    /// The time by which it is decided whether something was published before.
    fn decides(&self) -> Duration {
        self.stamp
            .map_or_else(|| self.clock.wall(), |stamp| stamp.time)
    }

    fn open(
        &mut self,
        node: NodeId,
        topic: &Topic,
        retention: Retention,
    ) -> Result<Opened, BrokerError> {
        let now = self.clock.wall();
        self.find_or_begin(topic, retention)?;
        lock(&self.interests).open(node, topic, self.settings.interests)?;
        let (topics, storage) = (&mut self.topics, &mut self.storage);
        let opened = topics.change(topic, |stream| {
            stream.used = true;
            stream.set_retention(retention, storage.changes());
            stream.trim(now, storage.changes());
            storage.follow(stream);
            stream.opened(now)
        });
        opened.ok_or(BrokerError::Overloaded)
    }

    fn read(
        &mut self,
        topic: &Topic,
        page: HistoryPage,
        limit: usize,
    ) -> Result<RecordPage, BrokerError> {
        let now = self.clock.wall();
        if !self.find(topic)? {
            // Nobody publishes to it, so it has no place among the topics.
            let epoch = self.storage.draw_epoch();
            let nothing = Stream::new(topic.clone(), 0, epoch, NOTHING);
            return Ok(nothing.page(page, limit));
        }
        let (topics, storage) = (&mut self.topics, &mut self.storage);
        let page = topics.change(topic, |stream| {
            stream.used = true;
            stream.trim(now, storage.changes());
            storage.follow(stream);
            stream.page(page, limit)
        });
        page.ok_or(BrokerError::Overloaded)
    }

    /// Forgets what is kept of a topic, makes that safe and tells everybody.
    fn forget(&mut self, topic: &Topic) -> Result<(), BrokerError> {
        if !self.find(topic)? {
            return Ok(());
        }
        let (topics, storage) = (&mut self.topics, &mut self.storage);
        let position = topics.change(topic, |stream| {
            stream.forget(storage.changes());
            storage.follow(stream);
            stream.position()
        });
        self.commit();
        let Some(position) = position else {
            return Err(BrokerError::Overloaded);
        };
        lock(&self.interests).receivers(topic, &mut self.sinks);
        for sink in self.sinks.drain(..) {
            sink.push(Delivery::Forgotten(topic.clone(), position));
        }
        self.storage.check()
    }

    fn compact(&mut self) -> Result<(), BrokerError> {
        self.commit();
        self.storage.compact()
    }

    fn stats(&self) -> LocalStats {
        let mut stats = self.stats;
        stats.topics = self.topics.len() as u64;
        stats.records = self.topics.records() as u64;
        stats.bytes = self.topics.weight() as u64;
        (stats.store_bytes, stats.store_free_bytes) = self.storage.bytes();
        stats
    }

    /// Makes safe what is not, and closes the store.
    fn finish(&mut self) -> Result<(), BrokerError> {
        self.commit();
        self.storage.close()
    }
}

/// What a topic keeps that nobody publishes to.
const NOTHING: Retention = Retention {
    history: wirehub_model::HistoryRules {
        size: 0,
        ttl: Duration::ZERO,
        bytes: 0,
    },
    retained: false,
    keys: 0,
    retained_ttl: None,
    idempotency_ttl: Duration::ZERO,
};
