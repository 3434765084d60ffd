//! The thread that reads a topic of Kafka.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    Message as _, Offset, Timestamp, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    error::{KafkaError, RDKafkaErrorCode},
    message::BorrowedMessage,
};
use tokio::sync::oneshot;
use wirehub_broker::{BrokerError, NodeCall, Reply, Stamp, stored::DecodeError};
use wirehub_kafka_cluster::{Listener, WrongSetting, millis};
use wirehub_model::Epoch;

use crate::{
    ConnectError,
    logs::{Lane, Logs},
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
    /// The time of the last record of each lane.
    times: Vec<Duration>,
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
    pub(crate) fn begin(site: Arc<Site>, from: &[(Lane, i64)]) -> Result<Self, ConnectError> {
        let consumer = Self::consumer(&site)?;
        let mut assigned = TopicPartitionList::new();
        let assign = from.iter().try_for_each(|(lane, offset)| {
            let (topic, partition) = site.logs.place(*lane);
            site.progress.reach(*lane, *offset);
            assigned.add_partition_offset(topic, partition, Offset::Offset(*offset))
        });
        let done = assign.and_then(|()| consumer.assign(&assigned));
        done.map_err(|error| ConnectError::Unreachable(error.to_string()))?;
        let times = vec![Duration::ZERO; site.logs.lanes()];
        Ok(Self {
            site,
            consumer,
            times,
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
            Ok((said, Word::Topic(epoch, word))) if self.site.logs.of(word.topic()) == lane => {
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
        self.site.progress.reach(lane, heard.next);
        Ok(())
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
        let Some(last) = self.times.get_mut(lane.0) else {
            return said;
        };
        *last = said.max(*last);
        *last
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

/// What a record says, and where it stands.
struct Heard {
    lane: Option<Lane>,
    time: Timestamp,
    /// The Kafka offset behind it.
    next: i64,
    word: Result<(Said, Word), DecodeError>,
}

enum Word {
    Topic(Epoch, TopicWord),
    Node(NodeWord),
}

impl Heard {
    fn read(logs: &Logs, record: &BorrowedMessage<'_>) -> Self {
        let lane = logs.lane(record.topic(), record.partition());
        let value = record.payload().unwrap_or_default();
        let word = if lane == Some(logs.of_nodes()) {
            NodeWord::decode(value).map(|(said, word)| (said, Word::Node(word)))
        } else {
            let decoded = TopicWord::decode(record.key().unwrap_or_default(), value);
            decoded.map(|(said, epoch, word)| (said, Word::Topic(epoch, word)))
        };
        Self {
            lane,
            time: record.timestamp(),
            next: record.offset() + 1,
            word,
        }
    }
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
