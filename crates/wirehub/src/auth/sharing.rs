//! Equal values held once, however many connections have them.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash, RandomState},
    mem,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use wirehub_model::{Capabilities, TopicFilter};

/// Remembers values as long as somebody has them, and hands out the one that is there already.
///
/// A hundred thousand clients of one product have few distinct sets of capabilities. The memory is
/// bounded: it has two generations, a full young one becomes the old one, and what is asked for
/// moves to the young one. A forgotten value is merely not shared any further.
#[derive(Debug)]
pub(crate) struct Shared<T: ?Sized> {
    hasher: RandomState,
    generations: Mutex<Generations<T>>,
    generation_max: usize,
}

#[derive(Debug)]
struct Generations<T: ?Sized> {
    young: HashMap<u64, Weak<T>>,
    old: HashMap<u64, Weak<T>>,
}

impl<T: ?Sized + PartialEq> Shared<T> {
    /// Remembers up to `max` values, and at least two.
    pub(crate) fn new(max: usize) -> Self {
        Self {
            hasher: RandomState::new(),
            generations: Mutex::new(Generations {
                young: HashMap::new(),
                old: HashMap::new(),
            }),
            generation_max: (max / 2).max(1),
        }
    }

    /// How many values are remembered, dead ones included.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        let generations = self.generations.lock().unwrap();
        generations.young.len() + generations.old.len()
    }

    /// `identity` is whatever equal values have equal.
    fn share(&self, identity: impl Hash, value: Arc<T>) -> Arc<T> {
        let hash = self.hasher.hash_one(identity);
        let mut generations = self
            .generations
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let known = generations.young.get(&hash).and_then(Weak::upgrade);
        if let Some(known) = known.filter(|known| **known == *value) {
            return known;
        }
        let known = generations.old.get(&hash).and_then(Weak::upgrade);
        let shared = known.filter(|known| **known == *value).unwrap_or(value);
        if generations.young.len() >= self.generation_max {
            generations.old = mem::take(&mut generations.young);
        }
        generations.young.insert(hash, Arc::downgrade(&shared));
        shared
    }
}

impl Shared<Capabilities> {
    /// The capabilities, as one value with all equal ones that are in use.
    pub(crate) fn capabilities(&self, value: Capabilities) -> Arc<Capabilities> {
        let value = Arc::new(value);
        let same = Arc::clone(&value);
        let identity = (
            &same.subscribe,
            &same.publish,
            &same.presence,
            &same.history,
        );
        self.share(identity, value)
    }
}

impl Shared<[TopicFilter]> {
    /// The filters, as one value with all equal ones that are in use.
    pub(crate) fn filters(&self, value: Vec<TopicFilter>) -> Arc<[TopicFilter]> {
        let value: Arc<[TopicFilter]> = value.into();
        let same = Arc::clone(&value);
        self.share(&*same, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(shared: &Shared<[TopicFilter]>, text: &str) -> Arc<[TopicFilter]> {
        shared.filters(vec![TopicFilter::parse(text).unwrap()])
    }

    #[test]
    fn equal_values_are_one() {
        let shared = Shared::new(8);
        let first = filters(&shared, "a");
        assert!(Arc::ptr_eq(&first, &filters(&shared, "a")));
        assert!(!Arc::ptr_eq(&first, &filters(&shared, "b")));
    }

    #[test]
    fn capabilities_differ_by_operation() {
        let shared = Shared::new(8);
        let list = vec![TopicFilter::everything()];
        let subscribe = shared.capabilities(Capabilities {
            subscribe: list.clone(),
            ..Capabilities::default()
        });
        let publish = shared.capabilities(Capabilities {
            publish: list,
            ..Capabilities::default()
        });
        assert_ne!(subscribe, publish);
    }

    #[test]
    fn remembers_no_more_than_its_bound_and_keeps_what_is_asked_for() {
        let shared = Shared::new(8);
        let popular = filters(&shared, "popular");
        for number in 0..1000 {
            filters(&shared, &number.to_string());
            assert!(Arc::ptr_eq(&popular, &filters(&shared, "popular")));
            assert!(shared.len() <= 8);
        }
    }
}
