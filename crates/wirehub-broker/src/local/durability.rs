//! When a publication counts as done.

use std::time::Duration;

/// When a publication to a topic that is stored is pushed and answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Once it is safe. Whatever waits at that time is made safe together.
    Commit,
    /// At once; it is made safe within this time. A crash may lose what came since, and gives every
    /// topic a new epoch, so that clients see that they may have missed something.
    Relaxed(Duration),
}
