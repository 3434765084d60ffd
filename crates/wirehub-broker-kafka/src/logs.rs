//! The topics of Kafka and their partitions.

use wirehub_kafka_cluster::{WrongSetting, check_topic};
use wirehub_model::Topic;

use crate::KafkaSettings;

/// A partition that is read from its beginning to its end: those of publications come first, the
/// last one is that of nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lane(pub(crate) usize);

/// The topics of Kafka.
#[derive(Clone, Debug)]
pub(crate) struct Logs {
    /// What is published.
    pub(crate) publications: String,
    /// What nodes say and do.
    pub(crate) cluster: String,
    /// How lanes stood, a partition for each.
    pub(crate) checkpoints: String,
    pub(crate) partitions: i32,
}

impl Logs {
    pub(crate) fn new(settings: &KafkaSettings) -> Result<Self, WrongSetting> {
        let max = KafkaSettings::PARTITIONS_MAX;
        if !(1..=max).contains(&settings.partitions) {
            return Err(WrongSetting::Partitions { max });
        }
        let logs = Self {
            publications: format!("{}.publications", settings.prefix),
            cluster: format!("{}.cluster", settings.prefix),
            checkpoints: format!("{}.checkpoints", settings.prefix),
            partitions: settings.partitions,
        };
        check_topic(&logs.publications)?;
        check_topic(&logs.cluster)?;
        check_topic(&logs.checkpoints)?;
        Ok(logs)
    }

    /// How many lanes there are.
    pub(crate) const fn lanes(&self) -> usize {
        self.partitions as usize + 1
    }

    /// Where what is published to a topic stands.
    pub(crate) fn of(&self, topic: &Topic) -> Lane {
        // FNV-1a: it has to be the same on every node and for ever.
        let hash = topic
            .as_str()
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Lane((hash % self.partitions as u64) as usize)
    }

    /// Where what nodes do stands.
    pub(crate) const fn of_nodes(&self) -> Lane {
        Lane(self.partitions as usize)
    }

    /// The topic of Kafka and the partition.
    pub(crate) fn place(&self, lane: Lane) -> (&str, i32) {
        match lane == self.of_nodes() {
            true => (&self.cluster, 0),
            false => (&self.publications, lane.0 as i32),
        }
    }

    /// The topic of Kafka and the partition for how a lane stood.
    pub(crate) fn place_of_checkpoints(&self, lane: Lane) -> (&str, i32) {
        (&self.checkpoints, lane.0 as i32)
    }

    /// Every lane.
    pub(crate) fn all(&self) -> impl Iterator<Item = Lane> {
        (0..self.lanes()).map(Lane)
    }

    /// The lane that a partition is.
    pub(crate) fn lane(&self, topic: &str, partition: i32) -> Option<Lane> {
        let partition = usize::try_from(partition).ok()?;
        if topic == self.cluster {
            return (partition == 0).then_some(self.of_nodes());
        }
        let is_ours = topic == self.publications && partition < self.partitions as usize;
        is_ours.then_some(Lane(partition))
    }
}
