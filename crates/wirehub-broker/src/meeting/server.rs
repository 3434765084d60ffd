//! How a server is spoken to.

use std::{io, sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{EarCall, Guest, NodeNews};
use crate::{Answer, BrokerError, NodeName, Reply};

/// A server where nodes meet: how it lets them in, how they hear over it, and how it ends.
///
/// What is asked about topics and members is not here: each link asks that of its own server.
pub trait Server: Send + Sync + Sized + 'static {
    /// The stay of a node, from the moment on that it has its name until its lease is over.
    type Stay: Clone + Send + Sync;

    /// Where a topic stands, as ears are told of it.
    type Place: Send;

    /// Ends leases that are over, and takes out the members that their nodes had. The answer is how
    /// many leases were looked at.
    fn keep_house(self: &Arc<Self>) -> impl Future<Output = Result<usize, BrokerError>> + Send;

    /// Tries to take a name that nobody has, for a stay that is called so. `None` when it has to be
    /// looked first what is left of its former owner, or what became of an attempt.
    fn claim(
        self: &Arc<Self>,
        node: &NodeName,
        stay: &str,
        lease: Duration,
    ) -> impl Future<Output = Result<Option<Self::Stay>, BrokerError>> + Send;

    /// Renews the lease of a stay.
    fn renew(
        self: &Arc<Self>,
        stay: &Self::Stay,
        lease: Duration,
    ) -> impl Future<Output = Result<Renewed<Self::Stay>, BrokerError>> + Send;

    /// Whether the lease of a stay is one, as far as this process knows.
    fn lasts(&self, stay: &Self::Stay) -> bool;

    /// Ends a stay and takes its members out.
    fn quit(
        self: &Arc<Self>,
        stay: &Self::Stay,
    ) -> impl Future<Output = Result<(), BrokerError>> + Send;

    /// Starts the ear of a node, which takes calls until they end. It answers when it hears what is
    /// said to its node.
    ///
    /// # Errors
    /// When a thread does not start.
    fn listen(
        self: &Arc<Self>,
        guest: Guest,
        calls: mpsc::Receiver<EarCall<Self::Place>>,
        ready: Reply<()>,
    ) -> io::Result<()>;

    /// Says something to a node. Its place is taken when this is called.
    fn say(self: &Arc<Self>, to: &NodeName, news: &NodeNews) -> Answer<()>;

    /// Asks whether the server works.
    fn check(self: &Arc<Self>) -> impl Future<Output = Result<(), BrokerError>> + Send;

    /// Finishes what was asked before, has the nodes leave, and ends what speaks to the server.
    fn end(
        self: &Arc<Self>,
        leaving: impl Future<Output = Result<(), BrokerError>> + Send,
    ) -> impl Future<Output = Result<(), BrokerError>> + Send;
}

/// What became of a lease that was to be renewed.
#[derive(Debug)]
pub enum Renewed<S> {
    /// The stay goes on.
    Lasts(S),
    /// It is over, and so are its members.
    Over,
    /// Another node has the name.
    Taken,
}
