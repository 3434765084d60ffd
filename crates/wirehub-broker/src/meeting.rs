//! What brokers have in common whose nodes meet on a server.
//!
//! A [`Meeting`] is such a broker. It knows its server as a [`Server`], which says how it is spoken
//! to. Each node of this process has a [`Seat`], which looks after its lease and its questions and
//! is what its link asks for whatever is the same on every server.

mod ahead;
mod bounds;
mod ear_call;
mod guest;
mod hall;
mod looks;
mod node_news;
mod questions;
mod seat;
mod seated;
mod server;
mod worker;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub use ahead::Ahead;
pub use bounds::Bounds;
pub use ear_call::EarCall;
pub use guest::Guest;
pub use node_news::NodeNews;
pub use seat::Seat;
pub use seated::Seated;
pub use server::{Renewed, Server};
pub use worker::Worker;

use self::hall::Hall;
use crate::{Answer, BrokerError, NodeName, Sink, ready};

/// A broker whose nodes meet on a server.
///
/// What works for it ends with [`Meeting::shutdown`], or when it is dropped.
pub struct Meeting<S: Server> {
    hall: Arc<Hall<S>>,
    worker: Mutex<Option<Worker>>,
}

impl<S: Server> Meeting<S> {
    /// Begins, on a server that can be used.
    #[must_use]
    pub fn begin(worker: Worker, server: Arc<S>, bounds: Bounds, ahead: Ahead) -> Self {
        let hall = Arc::new(Hall::new(server, worker.handle().clone(), bounds, ahead));
        worker.handle().spawn(Arc::clone(&hall).look_after());
        Self {
            hall,
            worker: Mutex::new(Some(worker)),
        }
    }

    /// The server.
    #[must_use]
    pub fn server(&self) -> &Arc<S> {
        &self.hall.server
    }

    /// Lets a node in; see [`Broker::attach`](crate::Broker::attach).
    pub fn attach(
        &self,
        node: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Answer<Seated<S>> {
        let hall = Arc::clone(&self.hall);
        self.hall.steps(async move {
            hall.is_open()?;
            Seat::take(hall, node, lease, sink).await
        })
    }

    /// Asks whether the server works, and whether the nodes hear.
    pub fn check(&self) -> Answer<()> {
        let hall = Arc::clone(&self.hall);
        self.hall.steps(async move {
            hall.is_open()?;
            hall.check().await
        })
    }

    /// Takes the nodes out and ends; see [`Broker::shutdown`](crate::Broker::shutdown).
    pub fn shutdown(&self) -> Answer<()> {
        if !self.hall.close() {
            return ready(Err(BrokerError::Stopped));
        }
        let mut worker = self.worker.lock().unwrap_or_else(PoisonError::into_inner);
        let worker = worker.take();
        let hall = Arc::clone(&self.hall);
        let ended = self.hall.steps(async move { hall.end().await });
        Box::pin(async move {
            let ended = ended.await;
            drop(worker);
            ended
        })
    }
}

impl<S: Server> Drop for Meeting<S> {
    fn drop(&mut self) {
        self.hall.close();
    }
}

impl<S: Server> fmt::Debug for Meeting<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meeting").finish_non_exhaustive()
    }
}
