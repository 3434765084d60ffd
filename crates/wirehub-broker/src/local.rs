//! A broker whose nodes are in one process.
//!
//! Two threads do the work. The *engine* owns the topics: it takes what is asked in order, many
//! publications at once, has them stored when there is a store, and only then pushes and answers.
//! The *exchange* owns nodes, leases, members and questions, so that these never wait for a disk.

mod broker;
mod desk;
mod durability;
mod engine;
mod entry;
mod epochs;
mod exchange;
mod interests;
mod link;
mod names;
mod replica;
mod roster;
mod settings;
mod stamp;
mod state;
mod stats;
mod store;
mod stream;
mod values;

pub use broker::LocalBroker;
pub use durability::Durability;
pub use entry::{Entry, Slot};
pub use exchange::NodeCall;
pub use replica::Replica;
pub use settings::LocalSettings;
pub use stamp::Stamp;
pub use state::{ClusterState, NodeState, TopicState};
pub use stats::LocalStats;
pub use store::{Change, Fault, Store, StoredTopic, TopicRow};
