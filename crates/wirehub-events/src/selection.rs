//! Which occurrences somebody wants.

use wirehub_core::OccurrenceKinds;
use wirehub_model::TopicFilter;

use crate::Occurred;

/// Some kinds of occurrences, and among those about topics some topics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The kinds.
    pub kinds: OccurrenceKinds,
    /// Of what is about a topic, only what is about one that matches any of these. Empty for all
    /// topics.
    pub topics: Vec<TopicFilter>,
}

impl Selection {
    /// Everything that happens.
    #[must_use]
    pub const fn everything() -> Self {
        Self {
            kinds: OccurrenceKinds::ALL,
            topics: Vec::new(),
        }
    }

    /// Whether something is wanted.
    #[must_use]
    pub fn wants(&self, occurred: &Occurred) -> bool {
        if !self.kinds.has(occurred.kind()) {
            return false;
        }
        let Some(topic) = occurred.topic().filter(|_| !self.topics.is_empty()) else {
            return true;
        };
        self.topics.iter().any(|filter| filter.matches(&topic))
    }
}
