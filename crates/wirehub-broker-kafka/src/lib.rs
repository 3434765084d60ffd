//! A broker for hubs on many machines that meet on a Kafka cluster.
//!
//! The log decides, and everyone counts. Whatever changes something is a record in one of two
//! topics of Kafka: publications in one of several partitions, nodes and members in the other, of
//! one partition. Every process reads all of both, and does what they say to a
//! [`Replica`](wirehub_broker::Replica), with the times that Kafka gave the records. So all come to
//! the same offsets, with no leader, no transaction and no fence; an answer is what one's own
//! record came to when it was read.
//!
//! A process that only looks first reads as far as the log went when it was asked. Now and then one
//! of them keeps how a partition stands, in a third topic: whoever starts begins behind that.
//!
//! This crate is *not* a client of Kafka; and it is no broker for much that is kept: every process
//! reads everything and holds all that topics remember.
//!
//! Read first: [`KafkaBroker`], [`KafkaSettings`], [`topic_word`].

mod broker;
#[doc(hidden)]
pub mod checkpoint;
#[doc(hidden)]
pub mod chunk;
mod connect_error;
mod fresh;
mod heard;
mod keeper;
mod link;
mod logs;
mod looker;
#[doc(hidden)]
pub mod node_word;
mod progress;
mod reader;
mod retention;
#[doc(hidden)]
pub mod said;
mod settings;
mod site;
#[doc(hidden)]
pub mod topic_word;
mod topics;
mod voice;
mod waiting;
mod watch;

pub use broker::KafkaBroker;
pub use connect_error::ConnectError;
pub use settings::KafkaSettings;
