//! What this process says.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use rdkafka::{
    ClientConfig, ClientContext, Message as _,
    config::{FromClientConfigAndContext as _, RDKafkaLogLevel},
    error::{KafkaError, RDKafkaErrorCode},
    message::{BorrowedMessage, DeliveryResult},
    producer::{BaseRecord, Producer as _, ProducerContext, PurgeConfig, ThreadedProducer},
};
use wirehub_broker::BrokerError;
use wirehub_kafka_cluster::{Listener, WrongSetting, advice, is_too_large, millis};

use crate::{
    KafkaSettings,
    logs::Logs,
    progress::Progress,
    reader::give_up,
    said::Said,
    waiting::{Awaited, Waiting},
};

/// The room that the library asks for beside a record.
const SIZE_MIN: usize = 1_000;

type Producer = ThreadedProducer<Delivered>;

/// Writes words into the logs, in the order in which they are said.
pub(crate) struct Voice {
    config: ClientConfig,
    delivered: Delivered,
    producer: Mutex<Arc<Producer>>,
    /// This process.
    by: u64,
}

impl Voice {
    pub(crate) fn new(
        settings: &KafkaSettings,
        logs: Logs,
        by: u64,
        (waiting, progress): (Arc<Waiting>, Arc<Progress>),
    ) -> Result<Self, WrongSetting> {
        let mut config = settings.cluster.config()?;
        let record_bytes = settings.record_bytes.max(SIZE_MIN);
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.timeout.ms", millis(settings.cluster.timeout))
            .set("message.max.bytes", record_bytes.to_string())
            // What waits while a request is under way goes together with the next one.
            .set("linger.ms", "0")
            .set("retry.backoff.ms", "10");
        let delivered = Delivered {
            listener: Listener::default(),
            logs,
            waiting,
            progress,
            record_bytes,
            is_disowned: Arc::default(),
        };
        let producer = Producer::from_config_and_context(&config, delivered.clone())
            .map_err(|error| WrongSetting::Refused(error.to_string()))?;
        Ok(Self {
            config,
            delivered,
            producer: Mutex::new(Arc::new(producer)),
            by,
        })
    }

    /// Says a word at a time since the Unix epoch, where the cluster has no time of its own. It is
    /// answered when it is read back, or when it is known not to be in the log.
    pub(crate) fn say(
        &self,
        (topic, partition): (&str, i32),
        (key, time): (&str, Duration),
        awaited: Awaited,
        written: impl FnOnce(Said) -> Vec<u8>,
        size: usize,
    ) {
        let waiting = &self.delivered.waiting;
        let Some(number) = waiting.enter(size, awaited) else {
            return;
        };
        let value = written(Said {
            by: self.by,
            number,
        });
        let record = BaseRecord::with_opaque_to(topic, number as usize)
            .partition(partition)
            .key(key)
            .payload(&value)
            .timestamp(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        let sent = self.producer().and_then(|producer| {
            let sent = producer.send(record);
            sent.map_err(|(error, _)| error)
        });
        if let Err(error) = sent {
            self.delivered.fail(number, &error, topic, value.len());
        }
    }

    /// The producer; another one after an error from which it does not recover.
    fn producer(&self) -> Result<Arc<Producer>, KafkaError> {
        let mut producer = self.producer.lock().unwrap_or_else(PoisonError::into_inner);
        let client = producer.client();
        let is_disowned = client.context().is_disowned.load(Ordering::SeqCst);
        if is_disowned || client.fatal_error().is_some() {
            // What it has not brought would come behind what is said from now on.
            producer.purge(PurgeConfig::default().queue().inflight());
            // What is still told of the former one says nothing of the next.
            let delivered = Delivered {
                is_disowned: Arc::default(),
                ..self.delivered.clone()
            };
            let new = Producer::from_config_and_context(&self.config, delivered)?;
            let old = std::mem::replace(&mut *producer, Arc::new(new));
            // Its end waits for what it has not brought, which takes no thread of the hub's.
            std::thread::spawn(move || drop(old));
        }
        Ok(Arc::clone(&producer))
    }

    /// Brings what has been said; waits for that.
    pub(crate) fn flush(&self, within: Duration) {
        let flushed = self.producer().and_then(|producer| producer.flush(within));
        if let Err(error) = flushed {
            tracing::warn!(%error, "not everything that was said is in the log");
        }
    }
}

/// Hears what became of records.
#[derive(Clone, Debug)]
struct Delivered {
    listener: Listener,
    logs: Logs,
    waiting: Arc<Waiting>,
    progress: Arc<Progress>,
    record_bytes: usize,
    /// The cluster may take nothing from this producer any more. The library does not always take
    /// that for fatal, and would say the same for ever.
    is_disowned: Arc<AtomicBool>,
}

/// Whether the cluster takes nothing from a producer any more, or may not: after a record whose
/// time has run out on its way the library asks for another epoch of the same producer, which not
/// every server of Kafka's protocol gives well, where all of them give another producer.
fn disowns(error: &KafkaError) -> bool {
    matches!(
        error.rdkafka_error_code(),
        Some(
            RDKafkaErrorCode::MessageTimedOut
                | RDKafkaErrorCode::ProducerFenced
                | RDKafkaErrorCode::InvalidProducerEpoch
                | RDKafkaErrorCode::UnknownProducerId
                | RDKafkaErrorCode::OutOfOrderSequenceNumber
        )
    )
}

impl Delivered {
    /// A word is not in the log, or nobody knows.
    fn fail(&self, number: u64, error: &KafkaError, topic: &str, bytes: usize) {
        if disowns(error) {
            self.is_disowned.store(true, Ordering::SeqCst);
        }
        let Some(awaited) = self.waiting.take(number) else {
            return;
        };
        let is_full = error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull);
        if is_full {
            return awaited.fail(BrokerError::Overloaded);
        }
        if is_too_large(error) {
            let max = self.record_bytes.min(bytes.saturating_sub(1));
            return awaited.fail(BrokerError::TooLarge { bytes, max });
        }
        let reason = advice(error, &self.listener.complaint, topic);
        awaited.fail(BrokerError::Unavailable { reason });
    }
}

impl Delivered {
    /// A word is in its topic. One that stands where this process has read already, and was not
    /// read there, is in another log of the same name.
    fn check(&self, number: u64, message: &BorrowedMessage<'_>) {
        // Nobody says where it stands when an attempt before this one has brought it, and the
        // answer to that was cut off.
        let offset = Some(message.offset()).filter(|offset| *offset >= 0);
        if message.topic() == self.logs.checkpoints {
            if let Some(Awaited::Stored(reply)) = self.waiting.take(number) {
                let reason = "where it stands in the log is not known".to_owned();
                // Whoever waited may have gone.
                _ = reply.send(offset.ok_or(BrokerError::Unavailable { reason }));
            }
            return;
        }
        let Some(offset) = offset else { return };
        let lane = self.logs.lane(message.topic(), message.partition());
        let is_past = |lane| self.progress.is_past(lane, offset);
        if lane.is_some_and(is_past) && self.waiting.has(number) {
            let reason = format!(
                "the topic {:?} of the Kafka cluster is another one than was read; start the hub \
                 anew",
                message.topic()
            );
            give_up(&self.progress, &self.waiting, reason);
        }
    }
}

impl ClientContext for Delivered {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.listener.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.listener.error(error, reason);
    }
}

impl ProducerContext for Delivered {
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, number: usize) {
        let number = number as u64;
        match result {
            // What is in the log is answered when it is read.
            Ok(message) => self.check(number, message),
            Err((error, message)) => {
                self.fail(number, error, message.topic(), message.payload_len());
            }
        }
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Voice")
            .field("by", &self.by)
            .finish_non_exhaustive()
    }
}
