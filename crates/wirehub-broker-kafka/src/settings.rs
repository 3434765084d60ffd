//! Which cluster, and the bounds of the broker.

use std::time::Duration;

use wirehub_kafka_cluster::{KafkaCluster, WrongSetting};

use crate::logs::Logs;

/// Which cluster, and the bounds of the broker. Reaching one is an answer, never silence.
///
/// The hubs of one cluster need the same `partitions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaSettings {
    /// The cluster.
    pub cluster: KafkaCluster,
    /// What the names of the topics begin with, so that several clusters of hubs may share one of
    /// Kafka.
    pub prefix: String,
    /// Partitions of the topic of publications, 1 to [`KafkaSettings::PARTITIONS_MAX`].
    pub partitions: i32,
    /// On how many servers each record is, when this broker makes the topics; zero leaves that to
    /// the cluster.
    pub replicas: i32,
    /// Topics of the hubs.
    pub topics: usize,
    /// Bytes of publications held in memory. Past it a topic that is published to forgets its
    /// oldest, here.
    pub bytes: usize,
    /// Topics and filters that one node is interested in.
    pub interests: usize,
    /// Records that wait to be read back.
    pub queue: usize,
    /// Bytes of them.
    pub queue_bytes: usize,
    /// The largest record, in bytes; the topic's `max.message.bytes` has to take it.
    pub record_bytes: usize,
    /// After how many records of a partition it is kept how it stands, so that nobody has to read
    /// what is before; what is before the last time but one is deleted.
    pub keep_every: i64,
    /// How long the cluster may hold back an answer when there is nothing to read. Kafka answers as
    /// soon as there is something; other servers may wait for all of this time.
    pub patience: Duration,
}

impl KafkaSettings {
    /// The most partitions of the topic of publications.
    pub const PARTITIONS_MAX: i32 = 1_024;

    /// The defaults for a cluster.
    #[must_use]
    pub fn new(cluster: KafkaCluster) -> Self {
        Self {
            cluster,
            prefix: "wirehub".to_owned(),
            partitions: 16,
            replicas: 0,
            topics: 1_000_000,
            bytes: 256 * 1024 * 1024,
            interests: 1_000_000,
            queue: 65_536,
            queue_bytes: 64 * 1024 * 1024,
            record_bytes: 1_000_000,
            keep_every: 100_000,
            patience: Duration::from_millis(100),
        }
    }

    /// Whether a broker can be had with these settings. Connects to nothing.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self) -> Result<(), WrongSetting> {
        Logs::new(self)?;
        let config = self.cluster.config()?.create_native_config();
        config
            .map(|_| ())
            .map_err(|error| WrongSetting::Refused(error.to_string()))
    }
}
