//! A sink that is a topic of a Kafka cluster.

use std::{fmt, sync::Arc};

use futures_util::future::BoxFuture;
use rdkafka::message::{Header, OwnedHeaders};
use wirehub_events::{EventSink, Form, Occurred, SinkError};
use wirehub_kafka_cluster::{KafkaCluster, WrongSetting, advice, check_topic, is_too_large};

use crate::producer::{Draft, Producer};

/// Which topic is told, and how.
#[derive(Clone, Debug)]
pub struct KafkaSinkSettings {
    /// The cluster.
    pub cluster: KafkaCluster,
    /// The topic.
    pub topic: String,
    /// What keeps records in their order.
    pub key: RecordKey,
    /// How an occurrence is written.
    pub form: Form,
}

/// What the key of a record is: records with one key stay in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RecordKey {
    /// The connection, or the topic of what is about none.
    #[default]
    Connection,
    /// The user, or the connection of one that is anonymous, or the topic of what is about none.
    User,
}

impl KafkaSinkSettings {
    /// The defaults for a cluster and a topic.
    #[must_use]
    pub const fn new(cluster: KafkaCluster, topic: String) -> Self {
        Self {
            cluster,
            topic,
            key: RecordKey::Connection,
            form: Form::CloudEvent,
        }
    }
}

impl RecordKey {
    fn of(self, occurred: &Occurred) -> String {
        match (occurred.who(), self) {
            (Some((_, Some(user))), Self::User) => user.as_str().to_owned(),
            (Some((connection, _)), _) => connection.to_string(),
            (None, _) => occurred.subject().to_string(),
        }
    }
}

/// A topic of a Kafka cluster. A batch is taken when all replicas in sync have all of it.
pub struct KafkaSink {
    settings: KafkaSinkSettings,
    producer: Producer,
}

impl KafkaSink {
    /// Checks the settings. Nothing is connected to yet.
    ///
    /// # Errors
    /// What does not fit.
    pub fn new(settings: KafkaSinkSettings) -> Result<Self, WrongSetting> {
        check_topic(&settings.topic)?;
        let producer = Producer::new(&settings.cluster)?;
        Ok(Self { settings, producer })
    }

    async fn send(&self, occurrences: &[Arc<Occurred>]) -> Result<(), SinkError> {
        let form = self.settings.form;
        let written = |it: &Arc<Occurred>| (self.settings.key.of(it), form.write(it));
        let written: Vec<_> = occurrences.iter().map(written).collect();
        let drafts = occurrences
            .iter()
            .zip(&written)
            .map(|(occurred, (key, event))| {
                Draft::to(&self.settings.topic)
                    .key(key.as_bytes())
                    .payload(event.as_bytes())
                    .headers(headers(form, occurred))
            });
        self.producer.send(drafts).await.map_err(|error| {
            if is_too_large(&error) {
                let reason = "an event has more bytes than the topic takes; raise its \
                              `max.message.bytes`, or ask for fewer kinds";
                return SinkError::Apart(reason.to_owned());
            }
            let complaint = &self.producer.listener.complaint;
            SinkError::Later {
                reason: advice(&error, complaint, &self.settings.topic),
                after: None,
            }
        })
    }
}

/// As the Kafka binding of CloudEvents says for the structured mode, and the id for whoever does
/// not read the event.
fn headers(form: Form, occurred: &Occurred) -> OwnedHeaders {
    let headers = OwnedHeaders::new_with_capacity(2);
    headers
        .insert(Header {
            key: "content-type",
            value: Some(form.media_type()),
        })
        .insert(Header {
            key: "id",
            value: Some(occurred.id()),
        })
}

impl EventSink for KafkaSink {
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(self.send(occurrences))
    }
}

impl fmt::Debug for KafkaSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KafkaSink")
            .field(&self.settings.topic)
            .finish()
    }
}
