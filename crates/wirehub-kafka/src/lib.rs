//! Kafka beside the hub: what happened goes out to a topic, and records come in as publications.
//!
//! [`KafkaSink`] brings occurrences to a topic, [`KafkaLog`] reads topics for an
//! [`Intake`](wirehub_intake::Intake). Both go through librdkafka, which is built from C: whoever
//! does not need Kafka leaves this crate out.
//!
//! This crate is *not* a broker: hubs do not meet here.
//!
//! Read first: [`KafkaSink`], [`KafkaLog`], [`KafkaCluster`](wirehub_kafka_cluster::KafkaCluster).

mod ledger;
mod ledgers;
mod log;
mod producer;
mod sink;

pub use log::{KafkaLog, KafkaLogSettings, Start};
pub use sink::{KafkaSink, KafkaSinkSettings, RecordKey};
