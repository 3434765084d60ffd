//! Which occurrences somebody wants.

use wirehub_core::OccurrenceKinds;
use wirehub_model::{ConnectionId, TopicFilter};

use crate::Occurred;

/// Some kinds of occurrences, and among those about topics some topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The kinds.
    pub kinds: OccurrenceKinds,
    /// Of what is about a topic, only what is about one that matches any of these. Empty for all
    /// topics.
    pub topics: Vec<TopicFilter>,
    /// Only what is about one of these connections. Empty for everything.
    pub connections: Vec<ConnectionId>,
}

impl Selection {
    /// These kinds, and of what is about a topic only what is about one that matches any of these.
    #[must_use]
    pub const fn of(kinds: OccurrenceKinds, topics: Vec<TopicFilter>) -> Self {
        Self {
            kinds,
            topics,
            connections: Vec::new(),
        }
    }

    /// Everything that happens.
    #[must_use]
    pub const fn everything() -> Self {
        Self::of(OccurrenceKinds::ALL, Vec::new())
    }

    /// Whether something is wanted.
    #[must_use]
    pub fn wants(&self, occurred: &Occurred) -> bool {
        if !self.kinds.has(occurred.kind()) {
            return false;
        }
        if !self.connections.is_empty() && !self.connections.iter().any(|id| occurred.concerns(*id))
        {
            return false;
        }
        let Some(topic) = occurred.topic().filter(|_| !self.topics.is_empty()) else {
            return true;
        };
        self.topics.iter().any(|filter| filter.matches(&topic))
    }
}
