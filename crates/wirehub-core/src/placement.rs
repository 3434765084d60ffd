//! Where topics live.

use std::hash::{BuildHasher, RandomState};

use wirehub_model::{ConnectionId, Key, Topic};

/// Says which shard is a topic's home. All shards of a hub share one placement; its keys are drawn
/// at random by whoever makes it, so that nobody can choose names that crowd one shard.
#[derive(Clone, Debug)]
pub struct Placement {
    shards: u16,
    keys: RandomState,
}

impl Placement {
    /// Spreads topics over `shards` shards, at least one and at most
    /// [`ConnectionId::SHARDS_MAX`].
    #[must_use]
    pub fn new(shards: u16, keys: RandomState) -> Self {
        let most = ConnectionId::SHARDS_MAX as u16;
        Self {
            shards: shards.clamp(1, most),
            keys,
        }
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
            shards => (self.keys.hash_one(topic.as_str()) % u64::from(shards)) as u16,
        }
    }

    /// A number for what a publication is about, never zero. The hash is keyed, so that nobody can
    /// choose names that stand for another's.
    pub(crate) fn subject(&self, topic: &Topic, key: Option<&Key>) -> u64 {
        let subject = (topic.as_str(), key.map(Key::as_str));
        self.keys.hash_one(subject).max(1)
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
