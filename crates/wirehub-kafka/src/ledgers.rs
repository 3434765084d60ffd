//! The ledgers of all partitions that are assigned.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rdkafka::{
    ClientContext, TopicPartitionList,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, ConsumerContext, Rebalance},
    error::KafkaError,
};
use wirehub_intake::Place;
use wirehub_kafka_cluster::Listener;

use crate::ledger::Ledger;

type Partition = (Arc<str>, i32);

/// The ledgers of all partitions that are assigned. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledgers {
    open: Arc<Mutex<HashMap<Partition, Ledger>>>,
    pub(crate) listener: Listener,
}

impl Ledgers {
    fn open(&self) -> MutexGuard<'_, HashMap<Partition, Ledger>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A record is given out.
    pub(crate) fn give_out(&self, place: &Place) {
        let partition = (Arc::clone(&place.topic), place.partition);
        let mut open = self.open();
        open.entry(partition).or_default().give_out(place.offset);
    }

    /// A record is settled. Returns the last offset up to which now all of its partition are.
    pub(crate) fn settle(&self, place: &Place) -> Option<i64> {
        let partition = (Arc::clone(&place.topic), place.partition);
        self.open().get_mut(&partition)?.settle(place.offset)
    }

    fn close(&self, partitions: &TopicPartitionList) {
        let mut open = self.open();
        for element in partitions.elements() {
            open.remove(&(element.topic().into(), element.partition()));
        }
    }
}

impl ClientContext for Ledgers {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, text: &str) {
        self.listener.log(level, facility, text);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.listener.error(error, reason);
    }
}

impl ConsumerContext for Ledgers {
    /// What is taken away is settled by others from now on; what is on its way is published all the
    /// same, and again by them.
    fn pre_rebalance(&self, _consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Revoke(partitions) => {
                tracing::info!(partitions = partitions.count(), "partitions are taken away");
                self.close(partitions);
            }
            Rebalance::Assign(partitions) => {
                tracing::info!(partitions = partitions.count(), "partitions are assigned");
            }
            Rebalance::Error(error) => tracing::warn!(%error, "partitions cannot be assigned"),
        }
    }
}
