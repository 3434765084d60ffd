//! Kafka beside the hub: what happened goes out to a topic, and records come in as publications.
//!
//! [`KafkaSink`] brings occurrences to a topic, [`KafkaLog`] reads topics for an
//! [`Intake`](wirehub_intake::Intake). Both go through librdkafka, which is built from C: whoever
//! does not need Kafka leaves this crate out.
//!
//! This crate is *not* a broker: hubs do not meet here.
//!
//! Read first: [`KafkaCluster`], [`KafkaSink`], [`KafkaLog`].

mod cluster;
mod kafka_fault;
mod ledger;
mod ledgers;
mod listener;
mod log;
mod producer;
mod sink;
mod wrong_setting;

pub use cluster::{KafkaCluster, SaslLogin, SaslMechanism};
pub use log::{KafkaLog, KafkaLogSettings, Start};
pub use sink::{KafkaSink, KafkaSinkSettings, RecordKey};
pub use wrong_setting::WrongSetting;
