//! What an intake publishes to.

use std::fmt;

use futures_util::future::BoxFuture;
use wirehub_model::{Publish, Published};

/// What an intake publishes to: the hub.
pub trait Publisher: fmt::Debug + Send + Sync {
    /// Publishes, and answers when that is acknowledged. Those to one topic are published in the
    /// order of the calls if each waits for the one before.
    fn publish(&self, publish: Publish) -> BoxFuture<'_, Result<Published, Unpublished>>;
}

/// Why something was not published.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unpublished {
    /// It may be later.
    #[error("{0}")]
    Later(String),
    /// It never will be.
    #[error("{0}")]
    Never(String),
}
