//! What is heard by filters.

use std::collections::{BTreeSet, HashSet};

use wirehub_model::{Topic, TopicFilter};

use crate::keys::Keys;

/// Filters, and the patterns by which servers are told of them.
pub(crate) struct Overheard {
    keys: Keys,
    filters: BTreeSet<TopicFilter>,
    /// Filters whose patterns the server does not know yet.
    expected: Vec<TopicFilter>,
    patterns: HashSet<String>,
}

impl Overheard {
    pub(crate) fn new(keys: Keys) -> Self {
        Self {
            keys,
            filters: BTreeSet::new(),
            expected: Vec::new(),
            patterns: HashSet::new(),
        }
    }

    /// A filter counts from the moment on that its pattern does.
    pub(crate) fn add(&mut self, filter: TopicFilter) {
        if self.patterns.contains(&self.keys.pattern(&filter)) {
            self.filters.insert(filter);
        } else {
            self.expected.push(filter);
        }
    }

    pub(crate) fn remove(&mut self, filter: &TopicFilter) {
        self.filters.remove(filter);
        self.expected.retain(|expected| expected != filter);
    }

    /// From here on the server says what happens on topics with this pattern.
    pub(crate) fn begin(&mut self, pattern: String) {
        let keys = &self.keys;
        let known = self
            .expected
            .extract_if(.., |filter| keys.pattern(filter) == pattern);
        self.filters.extend(known);
        self.patterns.insert(pattern);
    }

    pub(crate) fn end(&mut self, pattern: &str) {
        self.patterns.remove(pattern);
    }

    /// The connection is gone over which a pattern was heard.
    pub(crate) fn lose(&mut self, pattern: &str) {
        if self.patterns.remove(pattern) {
            let keys = &self.keys;
            let lost = self
                .filters
                .extract_if(.., |filter| keys.pattern(filter) == pattern);
            self.expected.extend(lost);
        }
    }

    /// Whether what was said to a pattern about a topic is to be heard: of several patterns, that
    /// of the first filter counts.
    pub(crate) fn hears(&self, pattern: &str, topic: &Topic) -> bool {
        let mut filters = self.filters.iter();
        let first = filters.find(|filter| filter.matches(topic));
        first.is_some_and(|filter| self.keys.pattern(filter) == pattern)
    }
}
