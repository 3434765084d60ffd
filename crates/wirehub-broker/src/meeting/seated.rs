//! A node that has a seat.

use std::{fmt, ops::Deref, sync::Arc};

use super::{Seat, Server};

/// A node that has a seat. Dropping it takes the node out.
pub struct Seated<S: Server>(pub(super) Arc<Seat<S>>);

impl<S: Server> Deref for Seated<S> {
    type Target = Arc<Seat<S>>;

    fn deref(&self) -> &Arc<Seat<S>> {
        &self.0
    }
}

impl<S: Server> Drop for Seated<S> {
    fn drop(&mut self) {
        // When this fails, the lease ends what is left of the node.
        drop(self.0.detach());
    }
}

impl<S: Server> fmt::Debug for Seated<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
