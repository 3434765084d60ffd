//! Topics of a Kafka cluster as a log.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use rdkafka::{
    ClientConfig, Message as _,
    consumer::{CommitMode, Consumer as _, StreamConsumer},
    error::KafkaError,
    message::{BorrowedMessage, Header, Headers as _, OwnedHeaders},
};
use tokio::time::{Instant, sleep_until};
use wirehub_intake::{Place, Record, RecordLog};
use wirehub_kafka_cluster::{KafkaCluster, WrongSetting, advice, check_topic, millis};

use crate::{
    ledgers::Ledgers,
    producer::{Draft, Producer},
};

/// How long nothing is asked after an error: the library tries again by itself.
const AFTER_ERROR: Duration = Duration::from_millis(500);

/// The most that is fetched ahead.
const AHEAD_KIBIBYTES: &str = "16384";

/// Which topics are read, and by whom.
#[derive(Clone, Debug)]
pub struct KafkaLogSettings {
    /// The cluster.
    pub cluster: KafkaCluster,
    /// The topics.
    pub topics: Vec<String>,
    /// The group: its members share the records, and it remembers up to where they are settled.
    pub group: String,
    /// Where it begins when it remembers nothing.
    pub start: Start,
    /// The topic for records that are put aside; `None` when none are.
    pub parking: Option<String>,
    /// How long a member may be silent before others have its partitions: what a hub that was
    /// killed has not settled comes again after this. Servers take 6 seconds or more, unless they
    /// are told otherwise.
    pub silence: Duration,
}

impl KafkaLogSettings {
    /// The defaults for topics and a group.
    #[must_use]
    pub const fn new(cluster: KafkaCluster, topics: Vec<String>, group: String) -> Self {
        Self {
            cluster,
            topics,
            group,
            start: Start::Latest,
            parking: None,
            silence: Duration::from_secs(10),
        }
    }

    /// What all clients that read are told.
    fn config(&self) -> Result<ClientConfig, WrongSetting> {
        if self.group.is_empty() {
            return Err(WrongSetting::Group);
        }
        let topics = self.topics.iter().chain(&self.parking);
        topics.map(String::as_str).try_for_each(check_topic)?;
        let mut config = self.cluster.config()?;
        config
            .set("group.id", &self.group)
            .set("session.timeout.ms", millis(self.silence))
            .set("heartbeat.interval.ms", millis(self.silence / 3))
            .set("auto.offset.reset", self.start.name())
            // What is settled is noted here and told from time to time.
            .set("enable.auto.offset.store", "false")
            .set("enable.auto.commit", "true")
            .set("auto.commit.interval.ms", "1000")
            .set("queued.max.messages.kbytes", AHEAD_KIBIBYTES);
        Ok(config)
    }

    /// Whether a log can be opened with these settings. Connects to nothing.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self) -> Result<(), WrongSetting> {
        let config = self.config()?.create_native_config();
        config
            .map(|_| ())
            .map_err(|error| WrongSetting::Refused(error.to_string()))
    }
}

/// Where a group begins that remembers nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With what comes from now on.
    #[default]
    Latest,
    /// With the oldest record that is there.
    Earliest,
}

/// Topics of a Kafka cluster, read as a member of a group. Up to where all records are settled is
/// told to the cluster every second and at the end.
pub struct KafkaLog {
    consumer: StreamConsumer<Ledgers>,
    ledgers: Ledgers,
    parking: Option<(String, Producer)>,
    topics: Vec<String>,
    holds: AtomicBool,
    /// When to ask again after an error.
    again: Mutex<Option<Instant>>,
}

impl KafkaLog {
    /// Checks the settings, and becomes a member of the group as soon as the cluster answers. Must
    /// be called within a tokio runtime.
    ///
    /// # Errors
    /// What does not fit.
    pub fn open(settings: &KafkaLogSettings) -> Result<Self, WrongSetting> {
        let config = settings.config()?;
        let refused = |error: KafkaError| WrongSetting::Refused(error.to_string());
        let ledgers = Ledgers::default();
        let consumer: StreamConsumer<_> = config
            .create_with_context(ledgers.clone())
            .map_err(refused)?;
        let topics: Vec<&str> = settings.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics).map_err(refused)?;
        let parking = settings.parking.clone();
        let parking = parking.map(|topic| Ok((topic, Producer::new(&settings.cluster)?)));
        Ok(Self {
            consumer,
            ledgers,
            parking: parking.transpose()?,
            topics: settings.topics.clone(),
            holds: AtomicBool::new(false),
            again: Mutex::default(),
        })
    }

    async fn receive(&self) -> Result<Record, String> {
        let again = *self.again.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(again) = again {
            sleep_until(again).await;
        }
        let received = self.consumer.recv().await;
        let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
        match received {
            Ok(message) => {
                *again = None;
                // What was assigned since does not know.
                if self.holds.load(Ordering::Relaxed) {
                    self.pause(true);
                }
                let record = record(&message);
                self.ledgers.give_out(&record.place);
                Ok(record)
            }
            Err(error) => {
                *again = Some(Instant::now() + AFTER_ERROR);
                let complaint = &self.ledgers.listener.complaint;
                let topics = self.topics.join(", ");
                Err(advice(&error, complaint, &topics))
            }
        }
    }

    /// Whether what is assigned gives no records.
    fn pause(&self, pause: bool) {
        let assigned = self.consumer.assignment();
        let done = assigned.and_then(|assigned| match pause {
            true => self.consumer.pause(&assigned),
            false => self.consumer.resume(&assigned),
        });
        if let Err(error) = done {
            tracing::warn!(%error, pause, "partitions cannot be paused");
        }
    }
}

impl RecordLog for KafkaLog {
    fn next(&self) -> BoxFuture<'_, Result<Record, String>> {
        Box::pin(self.receive())
    }

    fn hold(&self, hold: bool) {
        self.holds.store(hold, Ordering::Relaxed);
        self.pause(hold);
    }

    fn settle(&self, place: &Place) {
        let Some(last) = self.ledgers.settle(place) else {
            return;
        };
        let Place {
            topic, partition, ..
        } = place;
        // It fails for a partition that was taken away meanwhile, which others settle.
        if let Err(error) = self.consumer.store_offset(topic, *partition, last) {
            tracing::debug!(%error, %place, "what is settled is not noted");
        }
    }

    fn park<'a>(
        &'a self,
        record: &'a Record,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), String>> {
        Box::pin(async move {
            let Some((topic, producer)) = &self.parking else {
                return Err("no topic is named for records that are put aside".to_owned());
            };
            let mut draft = Draft::to(topic).headers(parked_headers(record, reason));
            if let Some(key) = &record.key {
                draft = draft.key(key);
            }
            if let Some(value) = &record.value {
                draft = draft.payload(value);
            }
            let sent = producer.send([draft]).await;
            let complaint = &producer.listener.complaint;
            sent.map_err(|error| advice(&error, complaint, topic))
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            // It fails when nothing was settled. Leaving the group, when this is dropped, waits.
            let told = self.consumer.commit_consumer_state(CommitMode::Async);
            if let Err(error) = told {
                tracing::debug!(%error, "nothing is told to be settled");
            }
        })
    }
}

impl Start {
    const fn name(self) -> &'static str {
        match self {
            Self::Latest => "latest",
            Self::Earliest => "earliest",
        }
    }
}

fn record(message: &BorrowedMessage<'_>) -> Record {
    let of = |bytes: Option<&[u8]>| bytes.map(Bytes::copy_from_slice);
    let headers = message
        .headers()
        .into_iter()
        .flat_map(|headers| headers.iter());
    let headers = headers.map(|header| {
        let value = of(header.value).unwrap_or_default();
        (header.key.to_owned(), value)
    });
    Record {
        place: Place::new(message.topic(), message.partition(), message.offset()),
        key: of(message.key()),
        headers: headers.collect(),
        value: of(message.payload()),
    }
}

/// What a record had, why it is put aside, and where it stood.
fn parked_headers(record: &Record, reason: &str) -> OwnedHeaders {
    let headers = record.headers.iter();
    let headers = headers.map(|(name, value)| (name.as_str(), &**value));
    let place = record.place.to_string();
    let ours = [
        ("wirehub-parked-because", reason.as_bytes()),
        ("wirehub-parked-from", place.as_bytes()),
    ];
    let mut owned = OwnedHeaders::new();
    for (key, value) in headers.chain(ours) {
        owned = owned.insert(Header {
            key,
            value: Some(value),
        });
    }
    owned
}

impl fmt::Debug for KafkaLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KafkaLog").field(&self.topics).finish()
    }
}
