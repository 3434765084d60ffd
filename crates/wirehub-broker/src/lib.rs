//! What a broker owes to hubs, a broker for one process, and the suite that every broker passes.
//!
//! A broker is where several hubs meet, or where one hub keeps what must outlive it. It gives the
//! offsets of topics, keeps their history and values, knows who is on them, and carries words
//! from node to node. The trait [`Broker`] lets a node in; everything else is asked through the
//! node's [`Link`], whose documentation says the duties. Feature `conformance` has a case for each.
//!
//! [`MemoryBroker`] serves hubs of one process and forgets everything with it. It is a
//! [`LocalBroker`] without a [`Store`]; with one, such a broker keeps what its topics remember.
//!
//! This crate is *not* a client of anything outside the process, and it knows neither connections
//! nor wire formats. How brokers of the outside world write publications down is in [`stored`],
//! what else they have in common in [`meeting`].
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use wirehub_broker::{Broker, Delivery, MemoryBroker, NodeName};
//! # futures_util::future::FutureExt::now_or_never(async {
//! let broker = MemoryBroker::start_default()?;
//! let sink = Arc::new(|delivery: Delivery| println!("{delivery:?}"));
//! let node = NodeName::parse("eu-1")?;
//! let link = broker.attach(node, Duration::from_secs(10), sink).await?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).transpose()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod append;
mod broker;
mod clock;
#[cfg(feature = "conformance")]
pub mod conformance;
mod error;
mod link;
mod local;
pub mod meeting;
mod members;
mod memory;
mod node_name;
mod opened;
mod record;
mod sink;
pub mod stored;

pub use answer::{Answer, Reply, coming, ready};
pub use append::{Append, Appended, Idempotency, Retention};
pub use broker::{Broker, BrokerMemory};
pub use clock::{Clock, ManualClock, SystemClock};
pub use error::BrokerError;
pub use link::Link;
pub use local::{
    Change, ClusterState, Durability, Entry, Fault, LocalBroker, LocalSettings, LocalStats,
    NodeCall, NodeState, Replica, Slot, Stamp, Store, StoredTopic, TopicRow, TopicState,
};
pub use members::{Members, MembersQuery};
pub use memory::MemoryBroker;
pub use node_name::{NodeName, NodeNameError};
pub use opened::{Opened, RecordPage};
pub use record::Record;
pub use sink::{Delivery, RequestId, Sink};
