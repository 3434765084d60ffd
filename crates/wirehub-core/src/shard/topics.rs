//! Which topics there are.

use std::collections::BTreeMap;

use crate::{Answer, Encode, Shard, TopicInfo, TopicsQuery};

impl<E: Encode> Shard<E> {
    /// Lists the topics that are subscribed to here. Feeds have no order, so all are looked at and
    /// the first names behind the wanted one are kept: no more than an answer holds.
    pub(super) fn list_topics(&self, query: &TopicsQuery) -> Answer {
        if let Some(topic) = query.filter.as_topic() {
            let feed = self.feeds.find_topic(&topic);
            let subscribers = feed.and_then(|feed| self.feeds.get(feed));
            let subscribers = subscribers.map_or(0, |feed| feed.len() as u64);
            let is_listed = subscribers > 0 && query.after.as_ref() < Some(&topic);
            let list = is_listed.then_some(TopicInfo { topic, subscribers });
            return Answer::Topics(list.into_iter().take(query.limit).collect(), false);
        }
        let mut first = BTreeMap::new();
        let mut more = false;
        for (_, feed) in self.feeds.iter() {
            let behind = query.after.as_ref().is_none_or(|after| {
                // Names and filters are compared as text, without taking a share of either.
                feed.filter.as_str() > after.as_str()
            });
            let Some(topic) = behind.then(|| feed.filter.as_topic()).flatten() else {
                continue;
            };
            if !query.filter.matches(&topic) {
                continue;
            }
            first.insert(topic, feed.len() as u64);
            if first.len() > query.limit {
                first.pop_last();
                more = true;
            }
        }
        let list = first.into_iter();
        let list = list.map(|(topic, subscribers)| TopicInfo { topic, subscribers });
        Answer::Topics(list.collect(), more)
    }
}
