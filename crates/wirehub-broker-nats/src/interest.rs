//! What a node hears.

use std::collections::{BTreeMap, HashMap};

use wirehub_broker::NodeName;
use wirehub_model::{Topic, TopicFilter};

use crate::subjects::Subjects;

/// What a subscription is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Interest {
    /// What is published to a topic.
    Live(Topic),
    /// Who comes to a topic and goes.
    Seen(Topic),
    /// What is published to topics that a filter matches.
    Filter(TopicFilter),
    /// What is meant for this node alone.
    Inbox,
    /// What is meant for all nodes.
    Everyone,
}

/// What a node wants to hear, with the numbers of its subscriptions. They stay the same over all
/// connections.
pub(crate) struct Interests {
    subjects: Subjects,
    node: NodeName,
    last: u64,
    topics: HashMap<Topic, [u64; 2]>,
    filters: BTreeMap<TopicFilter, Vec<u64>>,
}

/// A subscription: its number, its subject, and what it is for.
pub(crate) type Subscription = (u64, String, Interest);

/// The numbers of what every node hears.
const INBOX: u64 = 1;
const EVERYONE: u64 = 2;

impl Interests {
    pub(crate) fn new(subjects: Subjects, node: NodeName) -> Self {
        Self {
            subjects,
            node,
            last: EVERYONE,
            topics: HashMap::new(),
            filters: BTreeMap::new(),
        }
    }

    /// Topics and filters.
    pub(crate) fn count(&self) -> usize {
        self.topics.len() + self.filters.len()
    }

    pub(crate) fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topics.keys()
    }

    pub(crate) fn has_topic(&self, topic: &Topic) -> bool {
        self.topics.contains_key(topic)
    }

    pub(crate) fn has_filter(&self, filter: &TopicFilter) -> bool {
        self.filters.contains_key(filter)
    }

    fn next(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Begins to want a topic.
    pub(crate) fn open(&mut self, topic: &Topic) -> Vec<Subscription> {
        let numbers = [self.next(), self.next()];
        self.topics.insert(topic.clone(), numbers);
        self.of_topic(topic, numbers).into()
    }

    /// Begins to want what a filter matches.
    pub(crate) fn subscribe(&mut self, filter: &TopicFilter) -> Vec<Subscription> {
        let subjects = self.subjects.live_filter(filter).into_iter();
        let begun: Vec<Subscription> = subjects
            .map(|subject| (self.next(), subject, Interest::Filter(filter.clone())))
            .collect();
        let numbers = begun.iter().map(|(number, ..)| *number).collect();
        self.filters.insert(filter.clone(), numbers);
        begun
    }

    /// Wants a topic no longer; the numbers that end.
    pub(crate) fn close(&mut self, topic: &Topic) -> Vec<u64> {
        let numbers = self.topics.remove(topic);
        numbers.map(Into::into).unwrap_or_default()
    }

    /// Wants what a filter matches no longer; the numbers that end.
    pub(crate) fn unsubscribe(&mut self, filter: &TopicFilter) -> Vec<u64> {
        self.filters.remove(filter).unwrap_or_default()
    }

    fn of_topic(&self, topic: &Topic, [live, seen]: [u64; 2]) -> [Subscription; 2] {
        [
            (
                live,
                self.subjects.live(topic),
                Interest::Live(topic.clone()),
            ),
            (
                seen,
                self.subjects.seen(topic),
                Interest::Seen(topic.clone()),
            ),
        ]
    }

    /// Everything that is wanted.
    pub(crate) fn all(&self) -> Vec<Subscription> {
        let inbox = self.subjects.inbox(&self.node);
        let mut all = vec![
            (INBOX, inbox, Interest::Inbox),
            (EVERYONE, self.subjects.everyone(), Interest::Everyone),
        ];
        for (topic, numbers) in &self.topics {
            all.extend(self.of_topic(topic, *numbers));
        }
        for (filter, numbers) in &self.filters {
            let subjects = self.subjects.live_filter(filter);
            let both = numbers.iter().zip(subjects);
            all.extend(
                both.map(|(number, subject)| (*number, subject, Interest::Filter(filter.clone()))),
            );
        }
        all
    }
}
