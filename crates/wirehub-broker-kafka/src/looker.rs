//! The thread for what only looks, and for interests.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel},
    },
    time::{Duration, Instant},
};

use rdkafka::{
    Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
};
use tokio::sync::oneshot;
use wirehub_broker::{
    Answer, Append, Appended, BrokerError, Members, MembersQuery, NodeCall, NodeName, Opened,
    RecordPage, Reply, Retention,
};
use wirehub_kafka_cluster::{Listener, advice};
use wirehub_model::{HistoryPage, Topic, TopicFilter};

use crate::{
    ConnectError, logs::Lane, reader::Reader, site::Site, topic_word::TopicWord, waiting::Awaited,
};

/// How long the thread sleeps at most: by then the end of the broker is seen.
const SLEEP: Duration = Duration::from_millis(100);

/// The most looks that are done together.
const TOGETHER: usize = 4_096;

/// What a node asks that needs no word in the log, unless a topic has to begin.
pub(crate) enum Look {
    Open(u64, Topic, Retention, Reply<Opened>),
    Close(u64, Topic, Reply<()>),
    Subscribe(u64, TopicFilter, Reply<()>),
    Unsubscribe(u64, TopicFilter, Reply<()>),
    Read(Topic, HistoryPage, usize, Reply<RecordPage>),
    Members(u64, MembersQuery, Reply<Members>),
    Nodes(u64, Reply<Vec<NodeName>>),
    /// Publishes to a topic that has begun, when no more may begin.
    Publish(Box<Append>, Reply<Vec<Result<Appended, BrokerError>>>),
    LetGo(u64, Reply<()>),
}

impl Look {
    /// The topic that somebody has to know about.
    const fn topic(&self) -> Option<&Topic> {
        match self {
            Self::Open(_, topic, ..) | Self::Read(topic, ..) => Some(topic),
            Self::Publish(append, _) => Some(&append.topic),
            _ => None,
        }
    }

    /// It cannot be done.
    fn fail(self, error: BrokerError) {
        match self {
            Self::Open(.., reply) => _ = reply.send(Err(error)),
            Self::Read(.., reply) => _ = reply.send(Err(error)),
            Self::Members(.., reply) => _ = reply.send(Err(error)),
            Self::Nodes(_, reply) => _ = reply.send(Err(error)),
            Self::Publish(_, reply) => _ = reply.send(Err(error)),
            Self::Close(.., reply)
            | Self::Subscribe(.., reply)
            | Self::Unsubscribe(.., reply)
            | Self::LetGo(_, reply) => _ = reply.send(Err(error)),
        }
    }
}

/// Where looks are handed in.
#[derive(Clone, Debug)]
pub(crate) struct Looks(SyncSender<Look>);

impl Looks {
    pub(crate) fn new(bound: usize) -> (Self, Receiver<Look>) {
        let (sender, receiver) = sync_channel(bound);
        (Self(sender), receiver)
    }

    /// Hands in a look, at once, and waits for its answer.
    pub(crate) fn ask<T: Send + 'static>(&self, look: impl FnOnce(Reply<T>) -> Look) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        self.hand_in(look(reply));
        coming(answer)
    }

    pub(crate) fn hand_in(&self, look: Look) {
        match self.0.try_send(look) {
            Ok(()) => {}
            Err(TrySendError::Full(look)) => look.fail(BrokerError::Overloaded),
            Err(TrySendError::Disconnected(look)) => look.fail(BrokerError::Stopped),
        }
    }
}

/// An answer that a thread will give, unless it ends before.
pub(crate) fn coming<T: Send + 'static>(
    answer: oneshot::Receiver<Result<T, BrokerError>>,
) -> Answer<T> {
    Box::pin(async { answer.await.unwrap_or(Err(BrokerError::Stopped)) })
}

/// Does what is handed in, in that order, many at once.
pub(crate) struct Looker {
    site: Arc<Site>,
    consumer: BaseConsumer<Listener>,
    looks: Receiver<Look>,
}

impl Looker {
    pub(crate) fn new(site: Arc<Site>, looks: Receiver<Look>) -> Result<Self, ConnectError> {
        let consumer = Reader::consumer(&site)?;
        Ok(Self {
            site,
            consumer,
            looks,
        })
    }

    /// Works until the broker ends.
    pub(crate) fn run(self) {
        while !self.site.is_stopped() {
            match self.looks.recv_timeout(SLEEP) {
                Ok(first) => {
                    let rest = self.looks.try_iter().take(TOGETHER - 1);
                    let looks: Vec<Look> = std::iter::once(first).chain(rest).collect();
                    self.turn(looks);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        for look in self.looks.try_iter() {
            look.fail(BrokerError::Stopped);
        }
    }

    fn turn(&self, looks: Vec<Look>) {
        let horizon = self.read_on(&looks);
        let begun = match &horizon {
            Ok(()) => self.begin_topics(&looks),
            Err(_) => HashMap::new(),
        };
        for look in looks {
            let needs =
                look.topic().is_some() || matches!(look, Look::Members(..) | Look::Nodes(..));
            let failed = look.topic().and_then(|topic| begun.get(topic)).cloned();
            match (&horizon, failed) {
                (Err(error), _) if needs => look.fail(error.clone()),
                (_, Some(error)) => look.fail(error),
                _ => self.answer(look),
            }
        }
    }

    /// Waits until everything is read that was there when this was called.
    fn read_on(&self, looks: &[Look]) -> Result<(), BrokerError> {
        let logs = &self.site.logs;
        let lanes: BTreeSet<Lane> = looks
            .iter()
            .filter_map(|look| match look {
                Look::Members(..) | Look::Nodes(..) => Some(logs.of_nodes()),
                look => look.topic().map(|topic| logs.of(topic)),
            })
            .collect();
        let until = Instant::now() + self.site.settings.cluster.timeout;
        let read: Vec<_> = self
            .ends(&lanes)?
            .into_iter()
            .map(|(lane, end)| {
                let (reply, read) = oneshot::channel();
                self.site.progress.wait(lane, end, until, reply);
                read
            })
            .collect();
        for read in read {
            read.blocking_recv().unwrap_or(Err(BrokerError::Stopped))?;
        }
        Ok(())
    }

    /// Where lanes end, as the servers that lead them say.
    fn ends(&self, lanes: &BTreeSet<Lane>) -> Result<Vec<(Lane, i64)>, BrokerError> {
        if lanes.is_empty() {
            return Ok(Vec::new());
        }
        let logs = &self.site.logs;
        let timeout = self.site.settings.cluster.timeout;
        let mut asked = TopicPartitionList::new();
        let added = lanes.iter().try_for_each(|lane| {
            let (topic, partition) = logs.place(*lane);
            asked.add_partition_offset(topic, partition, Offset::End)
        });
        let answered = added.and_then(|()| self.consumer.offsets_for_times(asked, timeout));
        let ends = answered.and_then(|answered| {
            let mut ends = Vec::with_capacity(lanes.len());
            for element in answered.elements() {
                element.error()?;
                if let Some(lane) = logs.lane(element.topic(), element.partition())
                    && let Some(end) = element.offset().to_raw()
                {
                    ends.push((lane, end));
                }
            }
            Ok(ends)
        });
        ends.map_err(|error| BrokerError::Unavailable {
            reason: advice(
                &error,
                &self.consumer.context().complaint,
                &logs.publications,
            ),
        })
    }

    /// Begins what is opened and has not begun; says which topics cannot.
    fn begin_topics(&self, looks: &[Look]) -> HashMap<Topic, BrokerError> {
        let mut failed = HashMap::new();
        let mut asked = HashMap::new();
        for look in looks {
            let (topic, retention) = match look {
                Look::Open(_, topic, retention, _) => (topic, Some(*retention)),
                Look::Publish(append, _) => (&append.topic, None),
                _ => continue,
            };
            asked.entry(topic.clone()).or_insert_with(|| {
                let (reply, answer) = oneshot::channel();
                let handed = self.site.replica.has_begun(topic.clone(), reply);
                (retention, handed, answer)
            });
        }
        let mut begins = Vec::new();
        let mut room = None;
        for (topic, (retention, handed, answer)) in asked {
            let has_begun = handed.and_then(|()| received(answer));
            let begins_now = match (has_begun, retention) {
                (Ok(true), _) => continue,
                (Ok(false), Some(retention)) if self.has_room(&mut room) => Ok(retention),
                (Ok(false), _) => Err(BrokerError::TooManyTopics(self.site.settings.topics)),
                (Err(error), _) => Err(error),
            };
            match begins_now {
                Ok(retention) => {
                    let (reply, answer) = oneshot::channel();
                    let word = TopicWord::Begin(topic.clone(), retention);
                    self.site.say_topic(&word, 0, Awaited::Done(reply));
                    begins.push((topic, answer));
                }
                Err(error) => _ = failed.insert(topic, error),
            }
        }
        for (topic, answer) in begins {
            if let Err(error) = received(answer) {
                failed.insert(topic, error);
            }
        }
        failed
    }

    /// Whether one more topic may begin, so that not more do together than there is room for.
    fn has_room(&self, room: &mut Option<u64>) -> bool {
        let room = room.get_or_insert_with(|| {
            // It fails when the broker has ended.
            _ = self.site.count_topics();
            self.site.room_for_topics()
        });
        let has_room = *room > 0;
        *room = room.saturating_sub(1);
        has_room
    }

    fn answer(&self, look: Look) {
        let replica = &self.site.replica;
        let handed = match look {
            Look::Open(id, topic, retention, reply) => replica.open(id, topic, retention, reply),
            Look::Close(id, topic, reply) => replica.close(id, topic, reply),
            Look::Subscribe(id, filter, reply) => replica.subscribe(id, filter, reply),
            Look::Unsubscribe(id, filter, reply) => replica.unsubscribe(id, filter, reply),
            Look::Read(topic, page, limit, reply) => replica.read(topic, page, limit, reply),
            Look::Members(id, query, reply) => replica.look(id, NodeCall::Members(query, reply)),
            Look::Nodes(id, reply) => replica.look(id, NodeCall::Nodes(reply)),
            Look::LetGo(id, reply) => replica.let_go(id, reply),
            Look::Publish(append, reply) => {
                self.site.publish(*append, Awaited::Published(reply));
                Ok(())
            }
        };
        if handed.is_err() {
            tracing::debug!("the broker has ended while it was asked something");
        }
    }
}

/// Waits for an answer.
fn received<T>(answer: oneshot::Receiver<Result<T, BrokerError>>) -> Result<T, BrokerError> {
    answer.blocking_recv().unwrap_or(Err(BrokerError::Stopped))
}
