//! Why a cluster cannot be used.

use wirehub_kafka_cluster::WrongSetting;

/// Why a cluster cannot be used, in a sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// A setting does not fit.
    #[error(transparent)]
    Setting(#[from] WrongSetting),
    /// Nobody answers, or the cluster does not let the hub in.
    #[error("{0}")]
    Unreachable(String),
    /// The cluster does not make a topic.
    #[error(
        "the Kafka cluster does not make the topic {topic:?} ({reason}); make it with {partitions} \
         partitions and the settings that docs/operating/cluster.md names"
    )]
    NotMade {
        /// The topic.
        topic: String,
        /// What the cluster says.
        reason: String,
        /// How many it needs.
        partitions: i32,
    },
    /// A topic has another number of partitions.
    #[error(
        "the Kafka topic {topic:?} has {found} partitions, and this hub is set up for {wanted}; \
         correct the setting: partitions are not added to a topic that is in use"
    )]
    Partitions {
        /// The topic.
        topic: String,
        /// How many it has.
        found: usize,
        /// How many it has to have.
        wanted: i32,
    },
    /// Kafka has deleted the beginning of a log.
    #[error(
        "Kafka has deleted the first {first} records of partition {partition} of the topic \
         {topic:?}, and nobody has kept what they said; set `retention.ms` and `retention.bytes` \
         of it to -1, and begin anew with another prefix"
    )]
    Cut {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Where it begins.
        first: i64,
    },
    /// A log ends before what was kept of it.
    #[error(
        "partition {partition} of the Kafka topic {topic:?} ends at {end}, and what was kept of it \
         is behind {next}: records are lost; begin anew with another prefix"
    )]
    Lost {
        /// The topic.
        topic: String,
        /// The partition.
        partition: i32,
        /// Where it ends.
        end: i64,
        /// Where what was kept ends.
        next: u64,
    },
    /// The system gives no thread.
    #[error("a thread for the Kafka cluster cannot be started: {0}")]
    Thread(String),
}
