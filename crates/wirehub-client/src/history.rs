//! What was published before.

use crate::{Message, Payload};

/// A place in a topic's stream of publications. Offsets of different epochs cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The life of the stream; opaque.
    pub epoch: String,
    /// The number of a publication; the first is 1, and 0 stands for the beginning.
    pub offset: u64,
}

/// A part of what was published to a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History<T = Payload> {
    /// Where the topic stands now.
    pub position: Position,
    /// The publications, the oldest first and without a gap.
    pub messages: Vec<Message<T>>,
    /// Whether there are more in the direction of the question.
    pub more: bool,
}

/// What became of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its place in the topic.
    pub position: Position,
    /// It had been published before with the same idempotency key, and was not again.
    pub duplicate: bool,
}
