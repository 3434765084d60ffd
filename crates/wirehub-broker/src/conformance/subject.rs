//! What the suite is played on.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use crate::Broker;

/// A broker that nobody has used yet, and what the suite has to be able to do to it.
pub trait Subject: Sync {
    /// The broker as it is now.
    fn broker(&self) -> Arc<dyn Broker>;

    /// The time of day as the broker sees it, since the Unix epoch.
    fn wall(&self) -> Duration;

    /// Lets time go by, and the broker notice it.
    fn advance(&self, by: Duration) -> BoxFuture<'_, ()>;

    /// Ends the broker and starts it anew on the same store. Only asked of brokers that store.
    fn restart(&self, ending: Ending) -> BoxFuture<'_, ()>;
}

/// How a broker ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It is shut down.
    Orderly,
    /// What it has not made safe is gone.
    Crash,
}
