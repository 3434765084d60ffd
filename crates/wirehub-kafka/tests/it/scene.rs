//! What scenarios are set up with.

use std::{sync::Arc, time::Duration};

use rdkafka::{
    ClientConfig, Message as _, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    message::{Header, Headers as _, OwnedHeaders, OwnedMessage},
    mocking::MockCluster,
    producer::{DefaultProducerContext, FutureProducer, FutureRecord},
    topic_partition_list::Offset,
};
use wirehub_kafka_cluster::KafkaCluster;

/// A cluster of the test's own.
pub(crate) struct Cluster(pub(crate) MockCluster<'static, DefaultProducerContext>);

impl Cluster {
    /// Two servers with a topic of some partitions.
    pub(crate) fn with(topic: &str, partitions: i32) -> Self {
        let cluster = MockCluster::new(2).unwrap();
        cluster.create_topic(topic, partitions, 2).unwrap();
        Self(cluster)
    }

    pub(crate) fn settings(&self) -> KafkaCluster {
        let mut settings = KafkaCluster::new(self.0.bootstrap_servers());
        settings.timeout = Duration::from_secs(5);
        settings
    }

    /// What a topic has, in the order of its partitions: at least as many records.
    pub(crate) async fn records(&self, topic: &str, count: usize) -> Vec<OwnedMessage> {
        let servers = self.0.bootstrap_servers();
        let topic = topic.to_owned();
        let read = move || read(&servers, &topic, count);
        tokio::task::spawn_blocking(read).await.unwrap()
    }
}

fn read(servers: &str, topic: &str, count: usize) -> Vec<OwnedMessage> {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", servers)
        .set("group.id", "the test itself")
        .create()
        .unwrap();
    let wait = Duration::from_secs(30);
    let metadata = consumer.fetch_metadata(Some(topic), wait).unwrap();
    let mut all = TopicPartitionList::new();
    for partition in metadata.topics()[0].partitions() {
        all.add_partition_offset(topic, partition.id(), Offset::Beginning)
            .unwrap();
    }
    consumer.assign(&all).unwrap();
    let mut records = Vec::new();
    while records.len() < count {
        let record = consumer.poll(wait).expect("a record is missing").unwrap();
        records.push(record.detach());
    }
    records.sort_by_key(|record| (record.partition(), record.offset()));
    records
}

/// Puts records into a topic.
pub(crate) async fn say(
    cluster: &Cluster,
    topic: &str,
    records: impl IntoIterator<Item = (String, String)>,
) {
    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", cluster.0.bootstrap_servers())
        .create()
        .unwrap();
    for (key, value) in records {
        let headers = OwnedHeaders::new().insert(Header {
            key: "from",
            value: Some("the test"),
        });
        let record = FutureRecord::to(topic).key(&key).payload(&value);
        let sent = producer.send(record.headers(headers), Duration::from_secs(30));
        sent.await.unwrap();
    }
}

/// What a record says.
pub(crate) fn text(record: &OwnedMessage) -> String {
    String::from_utf8(record.payload().unwrap_or_default().to_vec()).unwrap()
}

pub(crate) fn key(record: &OwnedMessage) -> String {
    String::from_utf8(record.key().unwrap_or_default().to_vec()).unwrap()
}

/// The value of a header.
pub(crate) fn header(record: &OwnedMessage, name: &str) -> String {
    let headers = record.headers().unwrap();
    let header = headers.iter().find(|header| header.key == name).unwrap();
    String::from_utf8(header.value.unwrap().to_vec()).unwrap()
}

/// Waits for something that another task does.
pub(crate) async fn until(there: impl Fn() -> bool) {
    while !there() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A shared list of whatever.
pub(crate) type Shared<T> = Arc<std::sync::Mutex<Vec<T>>>;
