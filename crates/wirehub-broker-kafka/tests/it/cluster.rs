//! A Kafka cluster of the test's own.

use std::{
    sync::mpsc::{Sender, channel, sync_channel},
    thread,
    time::Duration,
};

use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};
use wirehub_broker_kafka::KafkaSettings;
use wirehub_kafka_cluster::KafkaCluster;

use crate::tansu::Tansu;

type Mock = MockCluster<'static, DefaultProducerContext>;
type Order = Box<dyn FnOnce(&Mock) + Send>;

/// A cluster that ends with this.
pub(crate) struct Cluster {
    pub(crate) servers: String,
    kind: Kind,
}

enum Kind {
    /// The mock cluster that is part of librdkafka: two servers of Kafka's protocol on sockets, in
    /// this process.
    Mock(Sender<Order>),
    Tansu(Tansu),
}

impl Cluster {
    /// Tansu, without any topics.
    pub(crate) fn tansu() -> Self {
        let tansu = Tansu::start();
        Self {
            servers: tansu.servers.clone(),
            kind: Kind::Tansu(tansu),
        }
    }

    /// The mock cluster, with the topics of the hubs.
    pub(crate) fn mock() -> Self {
        let (orders, given) = channel::<Order>();
        let (started, servers) = sync_channel(1);
        // It has to stay on its thread.
        thread::spawn(move || {
            let mock = MockCluster::new(2).unwrap();
            mock.create_topic("wirehub.publications", 4, 2).unwrap();
            mock.create_topic("wirehub.cluster", 1, 2).unwrap();
            mock.create_topic("wirehub.checkpoints", 5, 2).unwrap();
            started.send(mock.bootstrap_servers()).unwrap();
            given.into_iter().for_each(|order| order(&mock));
        });
        Self {
            servers: servers.recv().unwrap(),
            kind: Kind::Mock(orders),
        }
    }

    /// Has something done to the mock cluster, and waits for that.
    pub(crate) fn order(&self, order: impl FnOnce(&Mock) + Send + 'static) {
        let (done, waiting) = sync_channel(1);
        let order = Box::new(move |mock: &Mock| {
            order(mock);
            done.send(()).unwrap();
        });
        let Kind::Mock(orders) = &self.kind else {
            panic!("only the mock cluster takes orders");
        };
        orders.send(order).unwrap();
        waiting.recv().unwrap();
    }

    /// Lets the server of its own process stand still, as if it was cut off, or go on.
    pub(crate) fn halt(&self, stands: bool) {
        let Kind::Tansu(tansu) = &self.kind else {
            panic!("only a server in a process of its own can stand still");
        };
        tansu.halt(stands);
    }

    pub(crate) fn settings(&self) -> KafkaSettings {
        let mut cluster = KafkaCluster::new(self.servers.clone());
        cluster.timeout = Duration::from_secs(10);
        let mut settings = KafkaSettings::new(cluster);
        settings.partitions = 4;
        // The mock cluster holds an answer back for all of this time, whatever comes meanwhile.
        settings.patience = Duration::from_millis(2);
        settings
    }
}
