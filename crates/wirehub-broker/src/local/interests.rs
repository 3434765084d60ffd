//! Who wants what.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::Arc,
};

use wirehub_model::{Topic, TopicFilter};

use crate::{BrokerError, Sink};

/// The number of an attached node; it is never given again.
pub(crate) type NodeId = u64;

/// The sinks of nodes, and which topics and filters each one is interested in.
#[derive(Default)]
pub(crate) struct Interests {
    nodes: HashMap<NodeId, Node>,
    topics: HashMap<Topic, Vec<NodeId>>,
    filters: Branch,
}

struct Node {
    sink: Arc<dyn Sink>,
    topics: HashSet<Topic>,
    filters: HashSet<TopicFilter>,
}

/// Filters by level. No topic has a level `+` or `#`, so these need no fields of their own.
#[derive(Default)]
struct Branch {
    levels: HashMap<Box<str>, Self>,
    nodes: Vec<NodeId>,
}

impl Interests {
    pub(crate) fn add_node(&mut self, id: NodeId, sink: Arc<dyn Sink>) {
        let node = Node {
            sink,
            topics: HashSet::new(),
            filters: HashSet::new(),
        };
        self.nodes.insert(id, node);
    }

    pub(crate) fn remove_node(&mut self, id: NodeId) {
        let Some(node) = self.nodes.remove(&id) else {
            return;
        };
        for topic in &node.topics {
            self.remove_topic(id, topic);
        }
        for filter in &node.filters {
            self.filters.remove(&mut filter.levels(), id);
        }
    }

    /// Begins interest in a topic; `bound` topics and filters are enough for a node.
    pub(crate) fn open(
        &mut self,
        id: NodeId,
        topic: &Topic,
        bound: usize,
    ) -> Result<(), BrokerError> {
        let node = self.nodes.get_mut(&id).ok_or(BrokerError::Stopped)?;
        if node.topics.contains(topic) {
            return Ok(());
        }
        node.check_bound(bound)?;
        node.topics.insert(topic.clone());
        self.topics.entry(topic.clone()).or_default().push(id);
        Ok(())
    }

    pub(crate) fn close(&mut self, id: NodeId, topic: &Topic) {
        if let Some(node) = self.nodes.get_mut(&id)
            && node.topics.remove(topic)
        {
            self.remove_topic(id, topic);
        }
    }

    fn remove_topic(&mut self, id: NodeId, topic: &Topic) {
        if let Some(nodes) = self.topics.get_mut(topic) {
            nodes.retain(|node| *node != id);
            if nodes.is_empty() {
                self.topics.remove(topic);
            }
        }
    }

    /// Begins interest in what a filter matches; `bound` topics and filters are enough for a node.
    pub(crate) fn subscribe(
        &mut self,
        id: NodeId,
        filter: TopicFilter,
        bound: usize,
    ) -> Result<(), BrokerError> {
        let node = self.nodes.get_mut(&id).ok_or(BrokerError::Stopped)?;
        if node.filters.contains(&filter) {
            return Ok(());
        }
        node.check_bound(bound)?;
        let mut branch = &mut self.filters;
        for level in filter.levels() {
            branch = branch.levels.entry(level.into()).or_default();
        }
        branch.nodes.push(id);
        node.filters.insert(filter);
        Ok(())
    }

    pub(crate) fn unsubscribe(&mut self, id: NodeId, filter: &TopicFilter) {
        if let Some(node) = self.nodes.get_mut(&id)
            && node.filters.remove(filter)
        {
            self.filters.remove(&mut filter.levels(), id);
        }
    }

    /// Whether a node has the topic open.
    pub(crate) fn is_open(&self, topic: &Topic) -> bool {
        self.topics.contains_key(topic)
    }

    /// The sinks of nodes that have the topic open.
    pub(crate) fn openers(&self, topic: &Topic, sinks: &mut Vec<Arc<dyn Sink>>) {
        let nodes = self.topics.get(topic).into_iter().flatten();
        sinks.extend(self.sinks(nodes));
    }

    /// The sinks of nodes that a publication to the topic is for, each one once.
    pub(crate) fn receivers(&self, topic: &Topic, sinks: &mut Vec<Arc<dyn Sink>>) {
        if self.filters.levels.is_empty() {
            self.openers(topic, sinks);
            return;
        }
        let mut found = self.topics.get(topic).cloned().unwrap_or_default();
        let hidden = topic.as_str().starts_with('$');
        self.filters.find(Some(topic.as_str()), hidden, &mut found);
        found.sort_unstable();
        found.dedup();
        sinks.extend(self.sinks(found.iter()));
    }

    fn sinks<'a>(
        &'a self,
        nodes: impl Iterator<Item = &'a NodeId> + 'a,
    ) -> impl Iterator<Item = Arc<dyn Sink>> + 'a {
        let nodes = nodes.filter_map(|id| self.nodes.get(id));
        nodes.map(|node| Arc::clone(&node.sink))
    }
}

impl Node {
    fn check_bound(&self, bound: usize) -> Result<(), BrokerError> {
        let open = self.topics.len() + self.filters.len();
        if open >= bound {
            return Err(BrokerError::TooManyInterests(open));
        }
        Ok(())
    }
}

impl Branch {
    fn remove(&mut self, levels: &mut std::str::Split<'_, char>, id: NodeId) {
        let Some(level) = levels.next() else {
            self.nodes.retain(|node| *node != id);
            return;
        };
        if let Some(branch) = self.levels.get_mut(level) {
            branch.remove(levels, id);
            if branch.nodes.is_empty() && branch.levels.is_empty() {
                self.levels.remove(level);
            }
        }
    }

    /// Collects the nodes of filters below that match; `rest` is `None` behind the topic's last
    /// level. Names under `$` are hidden from wildcards in the first level (MQTT 5.0, 4.7.2).
    fn find(&self, rest: Option<&str>, hidden: bool, found: &mut Vec<NodeId>) {
        if !hidden && let Some(hash) = self.levels.get("#") {
            found.extend(&hash.nodes);
        }
        let Some(rest) = rest else {
            found.extend(&self.nodes);
            return;
        };
        let (level, rest) = match rest.split_once('/') {
            Some((level, rest)) => (level, Some(rest)),
            None => (rest, None),
        };
        if let Some(branch) = self.levels.get(level) {
            branch.find(rest, false, found);
        }
        if !hidden && let Some(branch) = self.levels.get("+") {
            branch.find(rest, false, found);
        }
    }
}

impl fmt::Debug for Interests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interests")
            .field("nodes", &self.nodes.len())
            .field("topics", &self.topics.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
