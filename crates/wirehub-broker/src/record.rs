//! A publication as a broker keeps it.

use std::time::Duration;

use wirehub_model::{Key, Message, Position, Publisher, Topic};

/// A publication that has its place, with times that mean the same on every node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
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
    /// When a hub took it in, since the Unix epoch.
    pub accepted_at: Duration,
    /// From when on it is worth nothing, since the Unix epoch.
    pub expires_at: Option<Duration>,
    /// Whether the publisher receives it too, when it subscribes.
    pub echo: bool,
}
