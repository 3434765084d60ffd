//! What a broker owes to the hubs that use it.

use std::{sync::Arc, time::Duration};

use crate::{Answer, Link, NodeName, Sink, ready};

/// What a broker has in the memory of this process, without its caches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrokerMemory {
    /// Topics.
    pub topics: u64,
    /// Bytes of what they remember, estimated.
    pub bytes: u64,
}

/// Where hubs meet: the one authority for the order and the memory of topics, for who is on them,
/// and the way from node to node.
///
/// A hub attaches once as a node and asks everything through its [`Link`]; the duties stand there.
/// The suite in `conformance` has a case for each of them, and a broker is one when it passes.
pub trait Broker: Send + Sync {
    /// Lets a node in. What comes for it is pushed to its sink until it detaches.
    ///
    /// The node has a lease of this length and renews it with [`Link::renew`], several times within
    /// it. The other nodes get [`Delivery::NodeJoined`](crate::Delivery::NodeJoined).
    ///
    /// # Errors
    /// [`NameTaken`](crate::BrokerError::NameTaken) while a node of that name has a lease,
    /// [`TooManyNodes`](crate::BrokerError::TooManyNodes), and what any answer may be.
    fn attach(&self, node: NodeName, lease: Duration, sink: Arc<dyn Sink>)
    -> Answer<Arc<dyn Link>>;

    /// Whether the broker works.
    ///
    /// # Errors
    /// What fails: [`Unavailable`](crate::BrokerError::Unavailable), or
    /// [`Degraded`](crate::BrokerError::Degraded) when publications are delivered and not stored.
    fn check(&self) -> Answer<()>;

    /// What it has in the memory of this process, for whoever looks for what nobody accounts for.
    /// Nothing, for a broker that is elsewhere.
    fn memory(&self) -> Answer<BrokerMemory> {
        ready(Ok(BrokerMemory::default()))
    }

    /// Bytes that its caches in this process may fill with copies of what is elsewhere, when they
    /// like.
    fn cache_bytes(&self) -> u64 {
        0
    }

    /// Finishes what was asked before, and ends every thread, task and connection of the broker.
    /// From then on every answer is [`Stopped`](crate::BrokerError::Stopped).
    ///
    /// # Errors
    /// What could not be finished.
    fn shutdown(&self) -> Answer<()>;
}
