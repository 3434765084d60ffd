//! What a shard asks of the broker that gives topics their order, and what it is told.
//!
//! Without a broker the home of a topic gives the offsets and keeps the memory. With one, the
//! broker does, for all nodes; the home keeps a copy of what it needs to let subscribers begin.

use std::sync::Arc;

use wirehub_model::{
    ConnectionId, Key, Message, Moment, Position, Publication, Published, Publisher, Refusal,
    Topic, TopicFilter,
};

use crate::{Draft, Origin};

/// Something a shard asks of the broker.
#[derive(Debug)]
pub enum Ask {
    /// Give this its place; the answer is [`Told::Appended`].
    Append(Box<Append>, Origin),
    /// Tell how a topic stands, and from then on what is published to it; the answer is
    /// [`Told::Opened`].
    Open(Topic),
    /// Tell of it no longer.
    Close(Topic),
    /// Tell what is published to the topics that a filter matches; the answer is
    /// [`Told::Subscribed`].
    Subscribe(TopicFilter),
    /// Tell of them no longer.
    Unsubscribe(TopicFilter),
    /// Forget what is kept of a topic; the answer is [`Told::Forgotten`].
    Forget(Topic, Origin),
}

/// A publication that wants its place.
#[derive(Clone, Debug)]
pub struct Append {
    /// Where it is published.
    pub topic: Topic,
    /// What is said.
    pub message: Message,
    /// What it is about.
    pub key: Option<Key>,
    /// Names it among those of its publisher, so that it is published once.
    pub idempotency_key: Option<Key>,
    /// Who says it; `None` when the application's own servers do.
    pub from: Option<Publisher>,
    /// When the hub took it in.
    pub accepted_at: Moment,
    /// From when on it is worth nothing.
    pub expires_at: Option<Moment>,
    /// Whether the publisher receives it too.
    pub echo: bool,
}

impl From<Draft> for Append {
    fn from(draft: Draft) -> Self {
        Self {
            topic: draft.topic,
            message: draft.message,
            key: draft.key,
            idempotency_key: draft.idempotency_key,
            from: draft.from,
            accepted_at: draft.accepted_at,
            expires_at: draft.expires_at,
            echo: draft.exclude.is_none(),
        }
    }
}

/// Something the broker tells a shard.
#[derive(Debug)]
pub enum Told {
    /// What became of a publication; to the shard that asked.
    Appended(Origin, Result<Published, Refusal>),
    /// How a topic stands; to its home.
    Opened(Topic, Result<Opened, Refusal>),
    /// A filter is known, or why not; to the shard that asked.
    Subscribed(TopicFilter, Result<(), Refusal>),
    /// A topic was forgotten, or why not; to the shard that asked.
    Forgotten(Origin, Result<(), Refusal>),
    /// What was published up to there is not kept any more; to the topic's home.
    Emptied(Topic, Position),
    /// Something was published; to the topic's home. The connection does not get it.
    Publication(Arc<Publication>, Option<ConnectionId>),
}

/// How a topic stands when a home begins to follow it.
#[derive(Debug)]
pub struct Opened {
    /// Where it stands: everything after it is told.
    pub position: Position,
    /// What is kept of its history, without a gap, the oldest first.
    pub history: Vec<Arc<Publication>>,
    /// What was said last, and last with each key.
    pub values: Vec<Arc<Publication>>,
}
