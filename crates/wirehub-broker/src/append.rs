//! What is to be published, and what became of it.

use std::{sync::Arc, time::Duration};

use wirehub_model::{HistoryRules, Key, Message, Namespace, Position, Publisher, Topic};

use crate::Record;

/// One publication that wants its place in a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Append {
    /// The topic.
    pub topic: Topic,
    /// What is said.
    pub message: Message,
    /// What it is about: a newer one with the same key stands for it.
    pub key: Option<Key>,
    /// The publication's own name, so that sending it twice publishes it once.
    pub idempotency: Option<Idempotency>,
    /// Who says it; `None` when the application's own servers do.
    pub from: Option<Publisher>,
    /// When the hub took it in, since the Unix epoch.
    pub accepted_at: Duration,
    /// From when on it is worth nothing, since the Unix epoch.
    pub expires_at: Option<Duration>,
    /// Whether the publisher receives it too, when it subscribes.
    pub echo: bool,
    /// What the topic keeps.
    pub retention: Retention,
}

/// The name of a publication within its topic.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Idempotency {
    /// Whose key it is, so that one publisher cannot use up another one's: a user, a connection,
    /// the application's servers.
    pub scope: Arc<str>,
    /// The key.
    pub key: Key,
}

/// What a topic keeps: the part of its namespace that a broker needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Which publications are kept.
    pub history: HistoryRules,
    /// The last publication is kept.
    pub retained: bool,
    /// The last publication with each key is kept, for this many keys; zero for none. Past it the
    /// key that was published to the longest ago is forgotten.
    pub keys: usize,
    /// How long the last publication, and the last with each key, are kept; `None` keeps them.
    pub retained_ttl: Option<Duration>,
    /// How long an idempotency key is remembered.
    pub idempotency_ttl: Duration,
}

impl Retention {
    /// Whether anything that is published is kept.
    #[must_use]
    pub const fn remembers(&self) -> bool {
        self.history.is_on() || self.retained || self.keys > 0
    }

    /// Whether a value is worth nothing any more.
    #[must_use]
    pub fn is_over(&self, value: &Record, now: Duration) -> bool {
        let ttl = self.retained_ttl.unwrap_or(Duration::MAX);
        let is_old = value.accepted_at.saturating_add(ttl) <= now;
        is_old || value.expires_at.is_some_and(|end| end <= now)
    }
}

impl From<&Namespace> for Retention {
    fn from(namespace: &Namespace) -> Self {
        Self {
            history: namespace.history,
            retained: namespace.retained,
            keys: namespace.keys,
            retained_ttl: namespace.retained_ttl,
            idempotency_ttl: namespace.idempotency_ttl,
        }
    }
}

/// The place of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Where it stands in its topic.
    pub position: Position,
    /// It was published before under the same name, at that position, and not again.
    pub duplicate: bool,
}
