//! A message that has its place in a topic.

use std::sync::Arc;

use crate::{ConnectionId, Key, Message, Moment, Position, Topic, TraceContext, UserId};

/// A message published to a topic, as it goes to every subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Where it was published.
    pub topic: Topic,
    /// What was said.
    pub message: Message,
    /// What it is about: a newer one with the same key stands for it.
    pub key: Option<Key>,
    /// Its place in the topic's stream.
    pub position: Position,
    /// Who said it; `None` when the application's own servers did.
    pub from: Option<Publisher>,
    /// When the hub took it in: the start of the delivery latency.
    pub accepted_at: Moment,
    /// From when on it is worth nothing and is dropped instead of delivered.
    pub expires_at: Option<Moment>,
    /// The span it comes from, if its way is to be traced. No broker and no client is told of it.
    pub trace: Option<Box<TraceContext>>,
}

/// The client that said something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publisher {
    /// Its user; `None` when it is anonymous.
    pub user: Option<UserId>,
    /// Its connection.
    pub connection: ConnectionId,
    /// What its token says about it for others to see: one JSON value as text.
    pub info: Option<Arc<str>>,
}
