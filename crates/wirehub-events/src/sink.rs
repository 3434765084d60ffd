//! What a sink owes.

use std::{fmt, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use crate::Occurred;

/// Somewhere occurrences are brought.
pub trait EventSink: fmt::Debug + Send + Sync {
    /// Brings some occurrences, in their order. Those that come after them are brought only when
    /// these are done with. After an error all of them are brought again, so a sink may get one
    /// twice; [`Occurred::id`] tells.
    fn bring<'a>(
        &'a self,
        occurrences: &'a [Arc<Occurred>],
    ) -> BoxFuture<'a, Result<(), SinkError>>;
}

/// Why a sink did not take what it was brought.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// It may take them later.
    #[error("{reason}")]
    Later {
        /// Why not now, without any secret.
        reason: String,
        /// How long it wants to be left alone.
        after: Option<Duration>,
    },
    /// It will not take them, however often they are brought.
    #[error("{0}")]
    Never(String),
    /// It will not take all of them, and cannot say which: each is to be brought by itself.
    #[error("{0}")]
    Apart(String),
}
