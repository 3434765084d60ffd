//! What scenarios are set up with.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;
use wirehub_broker::{
    Broker,
    conformance::{Ending, Subject},
    meeting::Ahead,
};
use wirehub_broker_kafka::{KafkaBroker, KafkaSettings};

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
        let cluster = Cluster::start();
        let ahead = Ahead::default();
        let settings = cluster.settings();
        let broker = KafkaBroker::connect_ahead(settings.clone(), ahead.clone()).unwrap();
        Self {
            cluster,
            ahead,
            settings,
            broker: Mutex::new(Arc::new(broker)),
        }
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
