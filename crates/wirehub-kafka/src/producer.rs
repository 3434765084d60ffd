//! Records on their way to a topic.

use futures_util::future;
use rdkafka::{
    config::FromClientConfigAndContext as _,
    error::KafkaError,
    producer::{FutureProducer, FutureRecord, Producer as _},
};
use tokio::sync::Mutex;
use wirehub_kafka_cluster::{KafkaCluster, Listener, WrongSetting, millis};

/// A record for a topic.
pub(crate) type Draft<'a> = FutureRecord<'a, [u8], [u8]>;

/// Brings records to topics: those of one partition in their order, each acknowledged by all
/// replicas in sync, and none twice as long as the library lives.
pub(crate) struct Producer {
    config: rdkafka::ClientConfig,
    pub(crate) listener: Listener,
    open: Mutex<Option<FutureProducer<Listener>>>,
}

impl Producer {
    /// Checks the settings; nothing is connected to yet.
    pub(crate) fn new(cluster: &KafkaCluster) -> Result<Self, WrongSetting> {
        let mut config = cluster.config()?;
        config
            .set("acks", "all")
            .set("enable.idempotence", "true")
            .set("message.timeout.ms", millis(cluster.timeout))
            // What goes together is handed over together.
            .set("linger.ms", "1")
            // As other clients choose partitions, so that keys meet.
            .set("partitioner", "murmur2_random");
        let producer = Self {
            config,
            listener: Listener::default(),
            open: Mutex::default(),
        };
        producer.check()?;
        Ok(producer)
    }

    /// Whether the library takes the settings.
    fn check(&self) -> Result<(), WrongSetting> {
        let config = self.config.create_native_config();
        config
            .map(|_| ())
            .map_err(|error| WrongSetting::Refused(error.to_string()))
    }

    /// Sends records; done when the cluster has all of them.
    pub(crate) async fn send(
        &self,
        drafts: impl IntoIterator<Item = Draft<'_>>,
    ) -> Result<(), KafkaError> {
        let mut open = self.open.lock().await;
        let producer = match open.take() {
            Some(producer) => producer,
            None => FutureProducer::from_config_and_context(&self.config, self.listener.clone())?,
        };
        let sent: Result<Vec<_>, _> = drafts
            .into_iter()
            .map(|draft| producer.send_result(draft).map_err(|(error, _)| error))
            .collect();
        let outcome = match sent {
            Ok(sent) => future::join_all(sent).await.into_iter().try_for_each(taken),
            Err(error) => Err(error),
        };
        // After a fatal error it is of no more use.
        if producer.client().fatal_error().is_none() {
            *open = Some(producer);
        }
        outcome
    }
}

/// What became of a record.
fn taken<T, M>(outcome: Result<Result<T, (KafkaError, M)>, impl Sized>) -> Result<(), KafkaError> {
    match outcome {
        Ok(Ok(_)) => Ok(()),
        Ok(Err((error, _))) => Err(error),
        Err(_) => Err(KafkaError::Canceled),
    }
}
