//! A map that knows in which order its keys came.

use std::{
    collections::{BTreeMap, HashMap},
    hash::Hash,
};

/// Whoever came first is first; a key that is there already keeps its place.
#[derive(Debug)]
pub(crate) struct Ordered<K, V> {
    places: HashMap<K, u64>,
    all: BTreeMap<u64, V>,
    last: u64,
}

impl<K, V> Default for Ordered<K, V> {
    fn default() -> Self {
        Self {
            places: HashMap::new(),
            all: BTreeMap::new(),
            last: 0,
        }
    }
}

impl<K: Hash + Eq, V> Ordered<K, V> {
    pub(crate) fn insert(&mut self, key: K, value: V) {
        let place = *self.places.entry(key).or_insert_with(|| {
            self.last += 1;
            self.last
        });
        self.all.insert(place, value);
    }

    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.all.get(self.places.get(key)?)
    }

    pub(crate) fn get_mut<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: std::borrow::Borrow<Q>,
    {
        self.all.get_mut(self.places.get(key)?)
    }

    pub(crate) fn remove<Q: Hash + Eq + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: std::borrow::Borrow<Q>,
    {
        let place = self.places.remove(key)?;
        self.all.remove(&place)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.all.values()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.all.values_mut()
    }

    /// Takes everything out, in its order.
    pub(crate) fn take_all(&mut self) -> Vec<V> {
        self.places.clear();
        std::mem::take(&mut self.all).into_values().collect()
    }
}
