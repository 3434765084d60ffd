//! What scenarios are set up with.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use wirehub_broker::{
    Append, Broker, Idempotency, Link, NodeName, Record, Retention,
    conformance::{Ending, Inbox, Subject},
    meeting::Ahead,
};
use wirehub_broker_kafka::{KafkaBroker, KafkaSettings};
use wirehub_model::{HistoryRules, Key, Message, Payload, Topic};

use crate::cluster::Cluster;

/// A broker on a cluster of its own.
pub(crate) struct OnCluster {
    pub(crate) cluster: Cluster,
    ahead: Ahead,
    pub(crate) settings: KafkaSettings,
    broker: Mutex<Arc<KafkaBroker>>,
}

impl OnCluster {
    pub(crate) fn fresh() -> Self {
        Self::with(|_| {})
    }

    /// On a server in a process of its own.
    pub(crate) fn on_tansu() -> Self {
        Self::on_tansu_with(|_| {})
    }

    pub(crate) fn on_tansu_with(adjust: impl FnOnce(&mut KafkaSettings)) -> Self {
        Self::on(Cluster::tansu(), adjust)
    }

    pub(crate) fn with(adjust: impl FnOnce(&mut KafkaSettings)) -> Self {
        Self::on(Cluster::mock(), adjust)
    }

    fn on(cluster: Cluster, adjust: impl FnOnce(&mut KafkaSettings)) -> Self {
        let ahead = Ahead::default();
        let mut settings = cluster.settings();
        adjust(&mut settings);
        let broker = KafkaBroker::connect_ahead(settings.clone(), ahead.clone()).unwrap();
        Self {
            cluster,
            ahead,
            settings,
            broker: Mutex::new(Arc::new(broker)),
        }
    }

    /// A second process on the same cluster.
    pub(crate) fn another(&self) -> KafkaBroker {
        KafkaBroker::connect_ahead(self.settings.clone(), self.ahead.clone()).unwrap()
    }

    pub(crate) fn kafka(&self) -> Arc<KafkaBroker> {
        Arc::clone(&self.broker.lock().unwrap())
    }
}

impl Subject for OnCluster {
    fn broker(&self) -> Arc<dyn Broker> {
        self.kafka()
    }

    fn wall(&self) -> Duration {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap() + self.ahead.get()
    }

    fn advance(&self, by: Duration) -> BoxFuture<'_, ()> {
        self.ahead.advance(by);
        // The answer comes after what is due.
        Box::pin(async { self.kafka().check().await.unwrap() })
    }

    fn restart(&self, _ending: Ending) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            // The broker has nothing that is not in the log, so there is one way to end.
            self.kafka().shutdown().await.unwrap();
            let broker = KafkaBroker::connect_ahead(self.settings.clone(), self.ahead.clone());
            *self.broker.lock().unwrap() = Arc::new(broker.unwrap());
        })
    }
}

/// A node with a lease that does not run out.
pub(crate) async fn attach(broker: &KafkaBroker, name: &str) -> (Arc<dyn Link>, Arc<Inbox>) {
    let inbox = Inbox::new();
    let (name, sink) = (NodeName::parse(name).unwrap(), Arc::clone(&inbox));
    let lease = Duration::from_secs(1_000_000_000);
    let link = broker.attach(name, lease, sink).await.unwrap();
    (link, inbox)
}

/// Keeps many publications, the last one, and those with keys.
pub(crate) const KEEP: Retention = Retention {
    history: HistoryRules {
        size: 100_000,
        ttl: Duration::from_secs(3600),
        bytes: 100 * 1024 * 1024,
    },
    retained: true,
    keys: 5,
    retained_ttl: None,
    idempotency_ttl: Duration::from_secs(300),
};

pub(crate) fn topic(name: &str) -> Topic {
    Topic::parse(name).unwrap()
}

/// A publication of a text.
pub(crate) fn append(subject: &OnCluster, topic: &Topic, text: &str) -> Append {
    Append {
        topic: topic.clone(),
        message: Message::of(Payload::Binary(Bytes::copy_from_slice(text.as_bytes()))),
        key: None,
        idempotency: None,
        from: None,
        accepted_at: subject.wall(),
        expires_at: None,
        echo: true,
        retention: KEEP,
    }
}

/// Gives a publication a name, and has it stand for a key of that name.
pub(crate) fn once(mut append: Append, name: &str) -> Append {
    let key = Key::parse(name).unwrap();
    append.key = Some(key.clone());
    append.idempotency = Some(Idempotency {
        scope: "s".into(),
        key,
    });
    append
}

pub(crate) fn text(record: &Record) -> String {
    String::from_utf8(record.message.payload.bytes().to_vec()).unwrap()
}
