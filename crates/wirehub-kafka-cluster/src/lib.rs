//! Which Kafka cluster, and how a hub gets in: what its sink, its intake and its broker have in
//! common.
//!
//! [`KafkaCluster`] makes the settings of librdkafka, [`WrongSetting`] says what does not fit, and
//! [`advice`] what to do when the cluster does not do something.
//!
//! This crate is *not* a client: it neither reads nor writes records.
//!
//! Read first: [`KafkaCluster`], [`Listener`], [`advice`].

mod cluster;
mod kafka_fault;
mod listener;
mod wrong_setting;

pub use cluster::{KafkaCluster, SaslLogin, SaslMechanism, millis};
pub use kafka_fault::{advice, is_too_large};
pub use listener::{Complaint, Listener};
pub use wrong_setting::{WrongSetting, check_topic};
