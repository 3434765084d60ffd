//! The thread that reads a topic of Kafka.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use rdkafka::{
    Offset, Timestamp, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::{KafkaError, RDKafkaErrorCode},
};
use tokio::sync::oneshot;
use wirehub_broker::{BrokerError, NodeCall, Reply, Stamp};
use wirehub_kafka_cluster::{Listener, WrongSetting, millis};

use crate::{
    ConnectError,
    heard::{Heard, Word},
    keeper::keep,
    logs::Lane,
    node_word::NodeWord,
    progress::Progress,
    said::Said,
    site::Site,
    topic_word::TopicWord,
    waiting::{Awaited, Waiting},
};

/// How long a look for the next record takes at most: by then the end of the broker is seen.
const LOOK: Duration = Duration::from_millis(100);

/// Records after which the reader waits until they are done, so that those who only look have room.
const AHEAD: u32 = 4_096;

/// The most that is fetched ahead.
const AHEAD_KIBIBYTES: &str = "16384";

/// Reads some lanes from where they begin, and does what they say.
pub(crate) struct Reader {
    site: Arc<Site>,
    consumer: BaseConsumer<Listener>,
    /// Of each lane.
    lanes: Vec<Reading>,
    /// Records since the last wait.
    ahead: u32,
    /// Records that are none of ours.
    foreign: u64,
    /// The cluster dates records with the time of whoever wrote them.
    is_told: bool,
}

impl Reader {
    /// A client that reads.
    pub(crate) fn consumer(site: &Site) -> Result<BaseConsumer<Listener>, ConnectError> {
        let mut config = site.settings.cluster.config()?;
        config
            // The library wants one to read anything; nobody joins it.
            .set("group.id", &site.logs.cluster)
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "error")
            .set("isolation.level", "read_uncommitted")
            .set("fetch.wait.max.ms", millis(site.settings.patience))
            .set("fetch.error.backoff.ms", "50")
            .set("fetch.queue.backoff.ms", "20")
            .set("queued.max.messages.kbytes", AHEAD_KIBIBYTES);
        let consumer = config.create_with_context(Listener::default());
        consumer.map_err(|error| WrongSetting::Refused(error.to_string()).into())
    }

    /// Begins to read lanes, each from an offset.
    pub(crate) fn begin(site: Arc<Site>, from: &[Begin]) -> Result<Self, ConnectError> {
        let consumer = Self::consumer(&site)?;
        let mut assigned = TopicPartitionList::new();
        let mut lanes = vec![Reading::default(); site.logs.lanes()];
        let assign = from.iter().try_for_each(|begin| {
            let (topic, partition) = site.logs.place(begin.lane);
            site.progress.reach(begin.lane, begin.next);
            if let Some(lane) = lanes.get_mut(begin.lane.0) {
                lane.time = begin.time;
                lane.kept = begin.next;
            }
            assigned.add_partition_offset(topic, partition, Offset::Offset(begin.next))
        });
        let done = assign.and_then(|()| consumer.assign(&assigned));
        done.map_err(|error| ConnectError::Unreachable(error.to_string()))?;
        Ok(Self {
            site,
            consumer,
            lanes,
            ahead: 0,
            foreign: 0,
            is_told: false,
        })
    }

    /// Works until the broker ends.
    pub(crate) fn run(mut self) {
        while !self.site.is_stopped() {
            let heard = match self.consumer.poll(LOOK) {
                None => continue,
                Some(Ok(record)) => Heard::read(&self.site.logs, &record),
                Some(Err(error)) => {
                    self.complain(&error);
                    continue;
                }
            };
            if self.follow(heard).is_err() {
                return;
            }
        }
    }

    /// Does what a record says.
    fn follow(&mut self, heard: Heard) -> Result<(), BrokerError> {
        let Some(lane) = heard.lane else {
            return Ok(());
        };
        let time = self.time(lane, heard.time);
        match heard.word {
            Ok((said, Word::Topic(_, TopicWord::Keep) | Word::Node(NodeWord::Keep))) => {
                self.follow_keep(lane, heard.next, time, said)?;
            }
            Ok((said, Word::Topic(epoch, word))) if self.is_at_home(&word, lane) => {
                let awaited = self.awaited(said);
                self.follow_topic(Stamp { time, epoch }, word, awaited)?;
            }
            Ok((said, Word::Node(word))) => {
                let awaited = self.awaited(said);
                self.follow_node(time, word, awaited)?;
            }
            Ok((_, Word::Topic(..))) => self.pass_over(lane, heard.next, "it belongs elsewhere"),
            Err(error) => self.pass_over(lane, heard.next, &error.to_string()),
        }
        self.ahead += 1;
        if self.ahead >= AHEAD {
            self.ahead = 0;
            self.site.replica.catch_up()?;
        }
        self.keep_in_time(lane, heard.next);
        self.site.progress.reach(lane, heard.next);
        Ok(())
    }

    /// Whether a word is in the partition of its topic.
    fn is_at_home(&self, word: &TopicWord, lane: Lane) -> bool {
        word.topic()
            .is_none_or(|topic| self.site.logs.of(topic) == lane)
    }

    /// Says that it is time to keep how a lane stands, when it is. Every process does; the first
    /// one in the log is meant.
    fn keep_in_time(&mut self, lane: Lane, next: i64) {
        let every = self.site.settings.keep_every.max(1);
        let is_live = self.site.is_live.load(Ordering::Relaxed);
        if let Some(reading) = self.lanes.get_mut(lane.0)
            && is_live
            && !reading.has_asked
            && next - reading.kept >= every
        {
            reading.has_asked = true;
            self.site.say_keep(lane);
        }
    }

    /// It is time to keep how a lane stands, unless somebody has just said so; whoever said it
    /// does.
    fn follow_keep(
        &mut self,
        lane: Lane,
        next: i64,
        time: Duration,
        said: Said,
    ) -> Result<(), BrokerError> {
        let every = self.site.settings.keep_every.max(1);
        // What is answered by this is nothing.
        _ = self.awaited(said);
        let Some(reading) = self.lanes.get_mut(lane.0) else {
            return Ok(());
        };
        reading.has_asked = false;
        if next - reading.kept < every / 2 {
            return Ok(());
        }
        reading.kept = next;
        match said.by == self.site.by {
            true => keep(&self.site, lane, next, time),
            false => Ok(()),
        }
    }

    /// The time of a record: that of a lane never goes back.
    fn time(&mut self, lane: Lane, said: Timestamp) -> Duration {
        let millis = match said {
            Timestamp::NotAvailable => 0,
            Timestamp::LogAppendTime(millis) => millis,
            Timestamp::CreateTime(millis) => {
                if !self.is_told {
                    self.is_told = true;
                    let (topic, _) = self.site.logs.place(lane);
                    tracing::warn!(
                        topic,
                        "the Kafka topic has the times of whoever writes; set its \
                         `message.timestamp.type` to `LogAppendTime`, so that a wrong clock of a \
                         hub ages nothing"
                    );
                }
                millis
            }
        };
        let said = Duration::from_millis(u64::try_from(millis).unwrap_or_default());
        let Some(reading) = self.lanes.get_mut(lane.0) else {
            return said;
        };
        reading.time = said.max(reading.time);
        reading.time
    }

    /// Who waits for a word of this process.
    fn awaited(&self, said: Said) -> Awaited {
        let is_ours = said.by == self.site.by;
        let awaited = is_ours.then(|| self.site.waiting.take(said.number));
        awaited.flatten().unwrap_or(Awaited::Nothing)
    }

    fn follow_topic(
        &self,
        stamp: Stamp,
        word: TopicWord,
        awaited: Awaited,
    ) -> Result<(), BrokerError> {
        let replica = &self.site.replica;
        match word {
            TopicWord::Publish(append) => {
                let reply = match awaited {
                    Awaited::Published(reply) => reply,
                    _ => nobody(),
                };
                replica.append(stamp, *append, reply)
            }
            TopicWord::Begin(topic, rules) => replica.begin(stamp, topic, rules, done(awaited)),
            TopicWord::Forget(topic) => replica.forget(stamp, topic, done(awaited)),
            TopicWord::Keep => Ok(()),
        }
    }

    fn follow_node(
        &self,
        time: Duration,
        word: NodeWord,
        awaited: Awaited,
    ) -> Result<(), BrokerError> {
        let replica = &self.site.replica;
        let (stay, call) = match word {
            NodeWord::Keep => return Ok(()),
            NodeWord::Tick => {
                replica.tick(time)?;
                _ = done(awaited).send(Ok(()));
                return Ok(());
            }
            NodeWord::Attach(stay, node, lease) => {
                let (sink, reply) = match awaited {
                    Awaited::Attached(sink, reply) => (Some(sink), reply),
                    _ => (None, nobody()),
                };
                return replica.attach(time, (stay, node), lease, sink, reply);
            }
            NodeWord::Detach(stay) => (stay, NodeCall::Detach(Some(done(awaited)))),
            NodeWord::Renew(stay) => (stay, NodeCall::Renew(done(awaited))),
            NodeWord::Enter(stay, topic, member) => {
                (stay, NodeCall::Enter(topic, member, done(awaited)))
            }
            NodeWord::Leave(stay, topic, connection) => {
                (stay, NodeCall::Leave(topic, connection, done(awaited)))
            }
            NodeWord::Tell(stay, node, bytes) => (stay, NodeCall::Tell(node, bytes, done(awaited))),
            NodeWord::TellAll(stay, bytes) => (stay, NodeCall::TellAll(bytes, done(awaited))),
            NodeWord::Ask(stay, node, timeout, bytes) => {
                let reply = match awaited {
                    Awaited::Answered(reply) => reply,
                    _ => nobody(),
                };
                (stay, NodeCall::Ask(node, bytes, timeout, reply))
            }
            NodeWord::Answer(stay, request, bytes) => {
                (stay, NodeCall::Answer(request, bytes, done(awaited)))
            }
        };
        replica.node(time, stay, call)
    }

    /// A record is none of ours. Each power of two is told, so that a log full of them fills no
    /// other one.
    fn pass_over(&mut self, lane: Lane, next: i64, reason: &str) {
        self.foreign += 1;
        if self.foreign.is_power_of_two() {
            let (topic, partition) = self.site.logs.place(lane);
            let (offset, so_far) = (next - 1, self.foreign);
            tracing::warn!(
                topic,
                partition,
                offset,
                so_far,
                reason,
                "a record of somebody else is passed over"
            );
        }
    }

    /// The library tries again by itself, unless there is nothing more to be read.
    fn complain(&self, error: &KafkaError) {
        let is_over = matches!(
            error.rdkafka_error_code(),
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange)
        );
        if !is_over {
            tracing::debug!(%error, "the log cannot be read at the moment");
            return;
        }
        let reason = format!(
            "the topics of the Kafka cluster have lost what this hub knows of ({error}); set their \
             `retention.ms` and `retention.bytes` to -1, and start the hub anew"
        );
        give_up(&self.site.progress, &self.site.waiting, reason);
    }
}

/// The logs are not what was read: nothing that this process knows is of use any more.
pub(crate) fn give_up(progress: &Progress, waiting: &Waiting, reason: String) {
    let error = BrokerError::Unavailable { reason };
    if progress.fail(&error) {
        tracing::error!("{error}");
    }
    waiting.end(&error);
}

/// Where a lane is read from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Begin {
    pub(crate) lane: Lane,
    /// The Kafka offset of the first record.
    pub(crate) next: i64,
    /// The time of the one before.
    pub(crate) time: Duration,
}

/// How far the reader is with a lane.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    /// The time of the last record.
    time: Duration,
    /// The Kafka offset behind which it was kept how the lane stands.
    kept: i64,
    /// This process has said that it is time again.
    has_asked: bool,
}

/// Where an answer goes that nobody waits for.
fn nobody<T>() -> Reply<T> {
    oneshot::channel().0
}

fn done(awaited: Awaited) -> Reply<()> {
    match awaited {
        Awaited::Done(reply) => reply,
        _ => nobody(),
    }
}
