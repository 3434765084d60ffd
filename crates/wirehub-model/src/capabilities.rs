//! What a client may do, by topic.

use crate::TopicFilter;

/// An operation on a topic that needs permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operation {
    /// To receive publications.
    Subscribe,
    /// To publish.
    Publish,
    /// To see who is there.
    Presence,
    /// To read past publications.
    History,
}

impl Operation {
    /// All operations, in the order they are documented.
    pub const ALL: [Self; 4] = [
        Self::Subscribe,
        Self::Publish,
        Self::Presence,
        Self::History,
    ];

    /// The word for it in tokens, settings and errors.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subscribe => "subscribe",
            Self::Publish => "publish",
            Self::Presence => "presence",
            Self::History => "history",
        }
    }
}

/// The topics a token opens, for each operation as a list of filters. Empty means: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Filters of topics the client may subscribe to.
    pub subscribe: Vec<TopicFilter>,
    /// Filters of topics the client may publish to.
    pub publish: Vec<TopicFilter>,
    /// Filters of topics whose presence the client may see.
    pub presence: Vec<TopicFilter>,
    /// Filters of topics whose history the client may read.
    pub history: Vec<TopicFilter>,
}

impl Capabilities {
    /// Whether the operation is allowed on everything that `filter` matches.
    #[must_use]
    pub fn allow(&self, operation: Operation, filter: &TopicFilter) -> bool {
        let granted = match operation {
            Operation::Subscribe => &self.subscribe,
            Operation::Publish => &self.publish,
            Operation::Presence => &self.presence,
            Operation::History => &self.history,
        };
        granted.iter().any(|grant| grant.covers(filter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_what_a_filter_covers_and_nothing_else() {
        let filter = |text| TopicFilter::parse(text).unwrap();
        let capabilities = Capabilities {
            subscribe: vec![filter("orders/#")],
            ..Capabilities::default()
        };
        assert!(capabilities.allow(Operation::Subscribe, &filter("orders/+/status")));
        assert!(!capabilities.allow(Operation::Subscribe, &filter("#")));
        assert!(!capabilities.allow(Operation::Publish, &filter("orders/1")));
    }
}
