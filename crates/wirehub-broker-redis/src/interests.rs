//! What a node wants to hear, and where that is said.

use std::collections::{BTreeSet, HashSet};

use redis::Cmd;
use wirehub_broker::NodeName;
use wirehub_model::{Topic, TopicFilter};

use crate::{address::Address, keys::Keys, layout::Layout, slot_map::SlotMap};

/// What a server is told that a node wants to hear.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Want {
    /// A channel, which belongs to a slot as keys do.
    Channel(String),
    /// Channels with a pattern.
    Pattern(String),
}

impl Want {
    pub(crate) fn begin(&self) -> Cmd {
        match self {
            Self::Channel(name) => named("SSUBSCRIBE", name),
            Self::Pattern(name) => named("PSUBSCRIBE", name),
        }
    }

    pub(crate) fn end(&self) -> Cmd {
        match self {
            Self::Channel(name) => named("SUNSUBSCRIBE", name),
            Self::Pattern(name) => named("PUNSUBSCRIBE", name),
        }
    }
}

fn named(command: &str, name: &str) -> Cmd {
    let mut named = redis::cmd(command);
    named.arg(name);
    named
}

/// What a node wants to hear.
///
/// What nodes say is said where a server has their slot. Patterns are heard from any one server of
/// a cluster: all of them say what is said to patterns. But that is only said by a server where
/// somebody has one, so that a node with filters has one that no channel matches on all others.
pub(crate) struct Interests {
    pub(crate) topics: HashSet<Topic>,
    pub(crate) filters: BTreeSet<TopicFilter>,
    keys: Keys,
    inbox: String,
    bound: usize,
}

impl Interests {
    pub(crate) fn new(keys: &Keys, node: &NodeName, bound: usize) -> Self {
        Self {
            topics: HashSet::new(),
            filters: BTreeSet::new(),
            inbox: keys.inbox(node),
            keys: keys.clone(),
            bound,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.topics.len() + self.filters.len()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.len() < self.bound
    }

    /// Begins interest in a topic; whether there was none.
    pub(crate) fn open(&mut self, topic: &Topic) -> bool {
        self.topics.insert(topic.clone())
    }

    /// Ends interest in a topic; whether there was any.
    pub(crate) fn close(&mut self, topic: &Topic) -> bool {
        self.topics.remove(topic)
    }

    /// Whether the node wants this, whoever says it.
    pub(crate) fn wants(&self, want: &Want) -> bool {
        match want {
            Want::Channel(channel) => {
                let topic = self.keys.topic(channel);
                topic.is_some_and(|topic| self.topics.contains(&topic))
                    || self.base().contains(want)
            }
            Want::Pattern(_) => self.knows(want),
        }
    }

    pub(crate) fn channel(&self, topic: &Topic) -> Want {
        Want::Channel(self.keys.channel(topic))
    }

    pub(crate) fn pattern(&self, filter: &TopicFilter) -> Want {
        Want::Pattern(self.keys.pattern(filter))
    }

    pub(crate) fn no_channel(&self) -> Want {
        Want::Pattern(self.keys.no_channel())
    }

    /// What the node hears whatever it wants, where the nodes meet.
    pub(crate) fn base(&self) -> [Want; 2] {
        [
            Want::Channel(self.keys.everyone()),
            Want::Channel(self.inbox.clone()),
        ]
    }

    /// The server where the nodes meet.
    pub(crate) fn home<'a>(&self, layout: &Layout, map: &'a SlotMap) -> Option<&'a Address> {
        map.owner(layout.slot(&self.keys.everyone()))
    }

    /// Who says what is said in a channel.
    pub(crate) fn owner<'a>(
        &self,
        topic: &Topic,
        layout: &Layout,
        map: &'a SlotMap,
    ) -> Option<&'a Address> {
        map.owner(layout.slot(&self.keys.channel(topic)))
    }

    /// Whether a filter has this pattern.
    pub(crate) fn knows(&self, pattern: &Want) -> bool {
        self.filters
            .iter()
            .any(|filter| self.pattern(filter) == *pattern)
    }

    /// The servers that the node has to hear.
    pub(crate) fn servers(&self, layout: &Layout, map: &SlotMap) -> HashSet<Address> {
        let home = self.home(layout, map).into_iter();
        let all = map.servers().map(|(_, server)| server);
        let all = all.filter(|_| !self.filters.is_empty());
        let owners = self
            .topics
            .iter()
            .filter_map(|topic| self.owner(topic, layout, map));
        home.chain(all).chain(owners).cloned().collect()
    }

    /// What one server is told, of which one has the patterns.
    pub(crate) fn of(
        &self,
        server: &Address,
        listener: Option<&Address>,
        (layout, map): (&Layout, &SlotMap),
    ) -> HashSet<Want> {
        let topics = self.topics.iter();
        let mine = topics.filter(|topic| self.owner(topic, layout, map) == Some(server));
        let mut wants: HashSet<Want> = mine.map(|topic| self.channel(topic)).collect();
        if self.home(layout, map) == Some(server) {
            wants.extend(self.base());
        }
        if listener == Some(server) {
            wants.extend(self.filters.iter().map(|filter| self.pattern(filter)));
        } else if !self.filters.is_empty() {
            wants.insert(self.no_channel());
        }
        wants
    }
}
