//! Where topics and connections live.

use std::hash::{BuildHasher, RandomState};

use wirehub_model::{ConnectionId, Key, Topic};

use crate::random::Random;

/// Says which shard is a topic's home. All shards of a hub share one placement; its keys are drawn
/// at random by whoever makes it, so that nobody can choose names that crowd one shard.
#[derive(Clone, Debug)]
pub struct Placement {
    node: u16,
    shards: u16,
    keys: Keys,
}

#[derive(Clone, Debug)]
enum Keys {
    Drawn(RandomState),
    Given(u64),
}

impl Placement {
    /// Spreads topics over `shards` shards, at least one and at most
    /// [`ConnectionId::SHARDS_MAX`].
    #[must_use]
    pub fn new(shards: u16, keys: RandomState) -> Self {
        Self::with(shards, Keys::Drawn(keys))
    }

    /// As [`new`](Self::new), with the same homes in every run: for simulations, which repeat from
    /// a seed. Whoever knows the seed can crowd a shard, so it is not for strangers' topics.
    #[must_use]
    pub fn seeded(shards: u16, seed: u64) -> Self {
        Self::with(shards, Keys::Given(seed))
    }

    fn with(shards: u16, keys: Keys) -> Self {
        let most = ConnectionId::SHARDS_MAX as u16;
        Self {
            node: 0,
            shards: shards.clamp(1, most),
            keys,
        }
    }

    /// The same on a node of a cluster that has this number, below [`ConnectionId::NODES_MAX`].
    #[must_use]
    pub fn on_node(self, node: u16) -> Self {
        Self { node, ..self }
    }

    /// The number of the node; zero where there is only one.
    #[must_use]
    pub const fn node(&self) -> u16 {
        self.node
    }

    /// The number of shards.
    #[must_use]
    pub const fn shards(&self) -> u16 {
        self.shards
    }

    /// The shard that gives the topic its offsets.
    #[must_use]
    pub fn home(&self, topic: &Topic) -> u16 {
        match self.shards {
            1 => 0,
            shards => (self.keys.hash(topic.as_str(), None) % u64::from(shards)) as u16,
        }
    }

    /// A number for what a publication is about, never zero. The hash is keyed, so that nobody can
    /// choose names that stand for another's.
    pub(crate) fn subject(&self, topic: &Topic, key: Option<&Key>) -> u64 {
        self.keys.hash(topic.as_str(), key.map(Key::as_str)).max(1)
    }
}

impl Keys {
    fn hash(&self, name: &str, key: Option<&str>) -> u64 {
        match self {
            Self::Drawn(keys) => keys.hash_one((name, key)),
            Self::Given(seed) => {
                // No name holds the byte that begins a key.
                let key = key
                    .into_iter()
                    .flat_map(|key| [0].into_iter().chain(key.bytes()));
                name.bytes().chain(key).fold(*seed, |hash, byte| {
                    Random::new(hash ^ u64::from(byte)).bits()
                })
            }
        }
    }
}

/// A set of shards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShardSet(u64);

impl ShardSet {
    pub(crate) const fn add(&mut self, shard: u16) {
        self.0 |= 1 << shard;
    }

    pub(crate) const fn remove(&mut self, shard: u16) {
        self.0 &= !(1 << shard);
    }

    pub(crate) const fn contains(self, shard: u16) -> bool {
        self.0 & (1 << shard) != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = u16> {
        (0..64).filter(move |shard| self.0 & (1 << shard) != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_spreads_topics_the_same_way_each_time() {
        let homes = |seed| -> Vec<u16> {
            let placement = Placement::seeded(4, seed);
            let topic = |number| Topic::parse(&format!("orders/{number}")).unwrap();
            (0..64)
                .map(|number| placement.home(&topic(number)))
                .collect()
        };
        assert_eq!(homes(7), homes(7));
        assert_ne!(homes(7), homes(8));
        for shard in 0..4 {
            assert!(homes(7).contains(&shard));
        }
    }
}
