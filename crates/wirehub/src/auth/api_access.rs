//! What an API key may do.

use std::sync::Arc;

use wirehub_model::TopicFilter;

/// A part of the server API that a key may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiScope {
    /// Publish to topics.
    Publish,
    /// Send to users, to connections and to everybody, which is no matter of topics.
    Send,
    /// See what is there: the hub, connections, topics, history, presence, what happens.
    Read,
    /// Disconnect, subscribe, unsubscribe and refresh connections.
    Connections,
    /// Have the hub forget what a topic remembers.
    Forget,
    /// Send all clients to other hubs, and call that off.
    Drain,
    /// See inside the process: profiles, tasks, leaks.
    Debug,
}

impl ApiScope {
    /// All of them, in the order of documents.
    pub const ALL: [Self; 7] = [
        Self::Publish,
        Self::Send,
        Self::Read,
        Self::Connections,
        Self::Forget,
        Self::Drain,
        Self::Debug,
    ];

    /// Its name in settings and answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Send => "send",
            Self::Read => "read",
            Self::Connections => "connections",
            Self::Forget => "forget",
            Self::Drain => "drain",
            Self::Debug => "debug",
        }
    }

    /// The scope with a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// What the holder of an API key may do. Clones share it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiAccess {
    scopes: Arc<[ApiScope]>,
    /// Empty: all topics.
    topics: Arc<[TopicFilter]>,
}

impl ApiAccess {
    /// Every scope, on every topic.
    #[must_use]
    pub fn everything() -> Self {
        Self::new(ApiScope::ALL.to_vec(), Vec::new())
    }

    /// These scopes and no other, as far as topics are concerned only on those that one of the
    /// filters matches. No filter stands for all topics, no scope for nothing.
    #[must_use]
    pub fn new(scopes: Vec<ApiScope>, topics: Vec<TopicFilter>) -> Self {
        Self {
            scopes: scopes.into(),
            topics: topics.into(),
        }
    }

    /// Whether a part of the API may be used.
    #[must_use]
    pub fn has(&self, scope: ApiScope) -> bool {
        self.scopes.contains(&scope)
    }

    /// The filters of the topics that may be touched; none for all topics.
    #[must_use]
    pub fn topics(&self) -> &[TopicFilter] {
        &self.topics
    }

    /// Whether all that a filter can match may be touched; topics are filters, too.
    #[must_use]
    pub fn covers(&self, wanted: &TopicFilter) -> bool {
        self.topics.is_empty() || self.topics.iter().any(|filter| filter.covers(wanted))
    }

    /// Whether nothing is kept from it. The filter `#` keeps topics under `$` back.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.topics.is_empty() && ApiScope::ALL.into_iter().all(|scope| self.has(scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(text: &str) -> TopicFilter {
        TopicFilter::parse(text).unwrap()
    }

    #[test]
    fn names_lead_back_to_their_scopes() {
        for scope in ApiScope::ALL {
            assert_eq!(ApiScope::named(scope.name()), Some(scope));
        }
        assert_eq!(ApiScope::named("everything"), None);
    }

    #[test]
    fn a_key_has_the_scopes_and_topics_it_was_given() {
        let access = ApiAccess::new(vec![ApiScope::Publish], vec![filter("news/#")]);
        assert!(access.has(ApiScope::Publish) && !access.has(ApiScope::Read));
        assert!(access.covers(&filter("news/today")) && access.covers(&filter("news/+")));
        assert!(!access.covers(&filter("orders/1")) && !access.covers(&filter("#")));
        assert!(!access.is_everything());
    }

    #[test]
    fn no_filter_means_all_topics_and_no_scope_nothing() {
        let access = ApiAccess::new(Vec::new(), Vec::new());
        assert!(access.covers(&filter("#")));
        assert!(ApiScope::ALL.into_iter().all(|scope| !access.has(scope)));
        assert!(ApiAccess::everything().is_everything());
        let most = ApiAccess::new(ApiScope::ALL.to_vec(), vec![filter("#")]);
        assert!(!most.covers(&filter("$hidden")) && !most.is_everything());
    }
}
