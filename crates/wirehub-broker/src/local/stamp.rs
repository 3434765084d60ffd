//! What stands beside a word in a log.

use std::time::Duration;

use wirehub_model::Epoch;

/// What a log says beside a word: whoever reads it decides with this, and so all decide the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When it was said, since the Unix epoch. It never goes back within one log.
    pub time: Duration,
    /// The epoch of a topic that begins with it.
    pub epoch: Epoch,
}
