//! Finding the filters that match a topic.

use std::collections::HashMap;

use wirehub_model::{Topic, TopicFilter};

/// A map from topic filters to values that answers: which of them match this topic?
///
/// It is a trie by levels, so the answer costs the topic's depth and the number of wildcards on the
/// way, not the number of filters. Names under `$` stay hidden from wildcards in the first level
/// (MQTT 5.0, section 4.7.2).
#[derive(Debug)]
pub(crate) struct FilterTrie<V> {
    root: Node<V>,
    len: usize,
}

#[derive(Debug)]
struct Node<V> {
    named: HashMap<Box<str>, Self>,
    plus: Option<Box<Self>>,
    /// The value of the filter that ends here with `#`.
    hash: Option<V>,
    /// The value of the filter that ends here.
    end: Option<V>,
}

impl<V> FilterTrie<V> {
    /// The value of a filter.
    pub(crate) fn get_mut(&mut self, filter: &TopicFilter) -> Option<&mut V> {
        let mut node = &mut self.root;
        for level in filter.levels() {
            node = match level {
                "#" => return node.hash.as_mut(),
                "+" => node.plus.as_mut()?,
                name => node.named.get_mut(name)?,
            };
        }
        node.end.as_mut()
    }

    /// Sets the value of a filter and returns the one before.
    pub(crate) fn insert(&mut self, filter: &TopicFilter, value: V) -> Option<V> {
        let mut node = &mut self.root;
        let mut ends_in_hash = false;
        for level in filter.levels() {
            node = match level {
                "#" => {
                    ends_in_hash = true;
                    break;
                }
                "+" => node.plus.get_or_insert_default(),
                name => node.named.entry(name.into()).or_default(),
            };
        }
        let place = if ends_in_hash {
            &mut node.hash
        } else {
            &mut node.end
        };
        let before = place.replace(value);
        self.len += usize::from(before.is_none());
        before
    }

    /// Removes a filter and the nodes that only it needed.
    pub(crate) fn remove(&mut self, filter: &TopicFilter) -> Option<V> {
        let mut levels = filter.levels();
        let removed = self.root.remove(&mut levels);
        self.len -= usize::from(removed.is_some());
        removed
    }

    /// Calls `found` for every filter that matches the topic.
    pub(crate) fn matches(&self, topic: &Topic, mut found: impl FnMut(&V)) {
        if self.len == 0 {
            return;
        }
        let hidden = topic.as_str().starts_with('$');
        self.root.visit(Some(topic.as_str()), hidden, &mut found);
    }
}

impl<V> Node<V> {
    fn remove(&mut self, levels: &mut std::str::Split<'_, char>) -> Option<V> {
        match levels.next() {
            None => self.end.take(),
            Some("#") => self.hash.take(),
            Some("+") => {
                let child = self.plus.as_mut()?;
                let removed = child.remove(levels);
                if child.is_empty() {
                    self.plus = None;
                }
                removed
            }
            Some(name) => {
                let child = self.named.get_mut(name)?;
                let removed = child.remove(levels);
                if child.is_empty() {
                    self.named.remove(name);
                }
                removed
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.end.is_none() && self.hash.is_none() && self.plus.is_none() && self.named.is_empty()
    }

    /// Visits the matches among the filters below; `rest` is `None` behind the topic's last level.
    fn visit(&self, rest: Option<&str>, hidden: bool, found: &mut impl FnMut(&V)) {
        if !hidden && let Some(value) = &self.hash {
            found(value);
        }
        let Some(rest) = rest else {
            self.end.iter().for_each(found);
            return;
        };
        let (level, rest) = match rest.split_once('/') {
            Some((level, rest)) => (level, Some(rest)),
            None => (rest, None),
        };
        if let Some(child) = self.named.get(level) {
            child.visit(rest, false, found);
        }
        if !hidden && let Some(child) = &self.plus {
            child.visit(rest, false, found);
        }
    }
}

impl<V> Default for FilterTrie<V> {
    fn default() -> Self {
        Self {
            root: Node::default(),
            len: 0,
        }
    }
}

impl<V> Default for Node<V> {
    fn default() -> Self {
        Self {
            named: HashMap::new(),
            plus: None,
            hash: None,
            end: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(wildcards: bool) -> impl Strategy<Value = String> {
        let weight = u32::from(wildcards);
        let level = prop_oneof![
            2 => Just("a"),
            2 => Just("b"),
            1 => Just(""),
            1 => Just("$s"),
            weight => Just("+"),
        ];
        (prop::collection::vec(level, 1..4), any::<bool>())
            .prop_map(move |(mut levels, hash)| {
                if wildcards && hash {
                    levels.push("#");
                }
                levels.join("/")
            })
            .prop_filter("neither is empty", |text| !text.is_empty())
    }

    proptest! {
        #[test]
        fn finds_exactly_the_filters_that_match(
            filters in prop::collection::btree_set(text(true), 0..12),
            removed in prop::collection::vec(text(true), 0..6),
            topic in text(false),
        ) {
            let topic = Topic::parse(&topic).unwrap();
            let mut trie = FilterTrie::default();
            for filter in &filters {
                let filter = TopicFilter::parse(filter).unwrap();
                prop_assert_eq!(trie.insert(&filter, filter.clone()), None);
            }
            let mut left = filters.clone();
            for text in &removed {
                let filter = TopicFilter::parse(text).unwrap();
                prop_assert_eq!(trie.remove(&filter).is_some(), left.remove(text));
            }
            prop_assert_eq!(trie.len, left.len());

            let mut found = Vec::new();
            trie.matches(&topic, |filter: &TopicFilter| found.push(filter.to_string()));
            found.sort();
            let expected: Vec<_> = left
                .into_iter()
                .filter(|filter| TopicFilter::parse(filter).unwrap().matches(&topic))
                .collect();
            prop_assert_eq!(found, expected);
        }
    }
}
