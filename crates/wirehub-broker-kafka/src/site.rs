//! What the parts of a broker share in one process.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::oneshot;
use wirehub_broker::{
    Append, BrokerError, Clock, LocalSettings, Replica, Reply, Stamp, SystemClock, meeting::Ahead,
};
use wirehub_model::Epoch;

use crate::{
    ConnectError, KafkaSettings,
    checkpoint::{Checkpoint, Kept},
    chunk::Chunk,
    fresh::Fresh,
    keeper::Keeper,
    logs::{Lane, Logs},
    node_word::NodeWord,
    progress::Progress,
    topic_word::TopicWord,
    voice::Voice,
    waiting::{Awaited, Waiting},
};

/// What the parts of a broker share in one process.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) settings: KafkaSettings,
    pub(crate) logs: Logs,
    pub(crate) replica: Replica,
    pub(crate) progress: Arc<Progress>,
    pub(crate) waiting: Arc<Waiting>,
    /// This process.
    pub(crate) by: u64,
    pub(crate) fresh: Fresh,
    voice: Voice,
    clock: AheadClock,
    /// The nodes of this process.
    stays: Mutex<HashSet<u64>>,
    /// Nothing more is asked.
    closed: AtomicBool,
    /// The threads are to end.
    stopped: AtomicBool,
    /// What was there when the broker began is read.
    pub(crate) is_live: AtomicBool,
    pub(crate) keeper: Keeper,
    /// Topics that have begun, as of the last look.
    topics: AtomicU64,
}

/// The clocks of the machine, unless a test lets time go by.
#[derive(Clone, Debug)]
struct AheadClock {
    machine: SystemClock,
    ahead: Ahead,
}

impl Clock for AheadClock {
    fn wall(&self) -> Duration {
        self.machine.wall() + self.ahead.get()
    }

    fn elapsed(&self) -> Duration {
        self.machine.elapsed() + self.ahead.get()
    }
}

impl Site {
    pub(crate) fn new(settings: KafkaSettings, ahead: Ahead) -> Result<Self, ConnectError> {
        let logs = Logs::new(&settings)?;
        let fresh = Fresh::default();
        let by = fresh.draw();
        let waiting = Arc::new(Waiting::new(settings.queue, settings.queue_bytes));
        let progress = Arc::new(Progress::new(logs.lanes()));
        let heard = (Arc::clone(&waiting), Arc::clone(&progress));
        let voice = Voice::new(&settings, logs.clone(), by, heard)?;
        let clock = AheadClock {
            machine: SystemClock::start(),
            ahead,
        };
        // The bounds of what decides are the same everywhere, so nobody sets them.
        let bounds = LocalSettings {
            bytes: settings.bytes,
            interests: settings.interests,
            ..LocalSettings::default()
        };
        let replica = Replica::start(bounds, Arc::new(clock.clone()))
            .map_err(|error| ConnectError::Thread(error.to_string()))?;
        Ok(Self {
            progress,
            settings,
            logs,
            replica,
            waiting,
            by,
            fresh,
            voice,
            clock,
            stays: Mutex::default(),
            closed: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
            is_live: AtomicBool::new(false),
            keeper: Keeper::default(),
            topics: AtomicU64::new(0),
        })
    }

    /// The time of day, since the Unix epoch.
    pub(crate) fn wall(&self) -> Duration {
        self.clock.wall()
    }

    /// Says something about a topic.
    pub(crate) fn say_topic(&self, word: &TopicWord, size: usize, awaited: Awaited) {
        let Some(topic) = word.topic() else { return };
        let epoch = Epoch::new(self.fresh.draw());
        let place = self.logs.place(self.logs.of(topic));
        let at = (topic.as_str(), self.wall());
        let written = |said| word.encode(said, epoch);
        self.voice.say(place, at, awaited, written, size);
    }

    /// Publishes.
    pub(crate) fn publish(&self, append: Append, awaited: Awaited) {
        let size = append.message.payload.bytes().len();
        let word = TopicWord::Publish(Box::new(append));
        self.say_topic(&word, size, awaited);
    }

    /// Says what a node does.
    pub(crate) fn say_node(&self, word: &NodeWord, awaited: Awaited) {
        let at = ("", self.wall());
        let written = |said| word.encode(said);
        let place = self.logs.place(self.logs.of_nodes());
        self.voice.say(place, at, awaited, written, 0);
    }

    /// Says that it is time to keep how a lane stands.
    pub(crate) fn say_keep(&self, lane: Lane) {
        if lane == self.logs.of_nodes() {
            return self.say_node(&NodeWord::Keep, Awaited::Nothing);
        }
        let written = |said| TopicWord::Keep.encode(said, Epoch::new(0));
        let at = ("", self.wall());
        let place = self.logs.place(lane);
        self.voice.say(place, at, Awaited::Nothing, written, 0);
    }

    /// Stores a part of how a lane stands.
    pub(crate) fn store(&self, lane: Lane, chunk: &Chunk, reply: Reply<i64>) {
        let place = self.logs.place_of_checkpoints(lane);
        let at = ("", self.wall());
        let (awaited, written) = (Awaited::Stored(reply), |_| chunk.encode());
        self.voice.say(place, at, awaited, written, 0);
    }

    /// The copy begins with how a lane stood.
    pub(crate) fn resume(&self, checkpoint: Checkpoint) -> Result<(), BrokerError> {
        let stamp = Stamp {
            time: checkpoint.time,
            epoch: Epoch::new(0),
        };
        match checkpoint.kept {
            Kept::Cluster(cluster) => self.replica.resume_cluster(cluster),
            Kept::Topics(topics) => topics
                .into_iter()
                .try_for_each(|topic| self.replica.resume_topic(stamp, topic)),
        }
    }

    /// Brings what has been said, and waits until it is read.
    pub(crate) fn finish(&self) -> Result<(), BrokerError> {
        let timeout = self.settings.cluster.timeout;
        self.voice.flush(timeout);
        if self.waiting.all_left(timeout) {
            return Ok(());
        }
        let reason = "not everything that was said has been read".to_owned();
        Err(BrokerError::Unavailable { reason })
    }

    /// The nodes of this process.
    pub(crate) fn stays(&self) -> MutexGuard<'_, HashSet<u64>> {
        self.stays.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks how many topics have begun. Not for a thread of a runtime.
    pub(crate) fn count_topics(&self) -> Result<(), BrokerError> {
        let (reply, answer) = oneshot::channel();
        self.replica.stats(reply)?;
        let stats = answer.blocking_recv();
        let topics = stats.unwrap_or(Err(BrokerError::Stopped))?.topics;
        self.topics.store(topics, Ordering::Relaxed);
        Ok(())
    }

    /// Whether more topics may begin, as of the last look.
    pub(crate) fn has_room_for_topics(&self) -> bool {
        self.room_for_topics() > 0
    }

    /// How many more topics may begin, as of the last look.
    pub(crate) fn room_for_topics(&self) -> u64 {
        let bound = self.settings.topics as u64;
        bound.saturating_sub(self.topics.load(Ordering::Relaxed))
    }

    /// Whether anything may be asked still.
    pub(crate) fn is_open(&self) -> Result<(), BrokerError> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(BrokerError::Stopped);
        }
        self.progress.failure().map_or(Ok(()), Err)
    }

    /// Nothing more is asked; says whether that is new.
    pub(crate) fn close(&self) -> bool {
        !self.closed.swap(true, Ordering::SeqCst)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::SeqCst)
    }

    /// The threads are to end.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::SeqCst);
    }
}
