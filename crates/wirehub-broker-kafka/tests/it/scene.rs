//! What scenarios are set up with.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use wirehub_broker::{
    Append, Broker, Link, Record,
    conformance::{self, Ending, Inbox, Subject},
    meeting::Ahead,
};
use wirehub_broker_kafka::{KafkaBroker, KafkaSettings};
use wirehub_model::Topic;

pub(crate) use wirehub_broker::conformance::{KEEP, topic};

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
    conformance::attach(broker, name).await
}

/// A publication of a text.
pub(crate) fn append(subject: &OnCluster, topic: &Topic, text: &str) -> Append {
    conformance::append_at(subject.wall(), topic, text, KEEP)
}

/// Gives a publication a name, and has it stand for a key of that name.
pub(crate) fn once(append: Append, name: &str) -> Append {
    conformance::about(conformance::once(append, "s", name), name)
}

pub(crate) fn text(record: &Record) -> String {
    String::from_utf8(record.message.payload.bytes().to_vec()).unwrap()
}
