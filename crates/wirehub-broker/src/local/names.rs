//! The names of publications that a topic remembers.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use wirehub_model::Offset;

use crate::Idempotency;

/// The names of publications that a topic remembers, each until its time; so many at most.
#[derive(Debug, Default)]
pub(crate) struct Names {
    known: HashMap<Idempotency, Known>,
    /// In the order they came, which is nearly that of their ends.
    order: VecDeque<(Idempotency, Offset)>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    offset: Offset,
    until: Duration,
}

impl Names {
    /// The offset of the publication with this name, when it is remembered at `now`.
    pub(crate) fn find(&self, name: &Idempotency, now: Duration) -> Option<Offset> {
        let known = self.known.get(name)?;
        (known.until > now).then_some(known.offset)
    }

    /// Remembers a name; past `bound` the oldest is forgotten.
    pub(crate) fn insert(
        &mut self,
        name: Idempotency,
        offset: Offset,
        until: Duration,
        bound: usize,
    ) {
        self.known.insert(name.clone(), Known { offset, until });
        self.order.push_back((name, offset));
        while self.order.len() > bound {
            self.forget_first();
        }
    }

    /// Forgets names whose time is over.
    pub(crate) fn expire(&mut self, now: Duration) {
        while let Some((name, offset)) = self.order.front() {
            let over = match self.known.get(name) {
                Some(known) => known.until <= now || known.offset != *offset,
                None => true,
            };
            if !over {
                break;
            }
            self.forget_first();
        }
    }

    /// Forgets the first in order, unless the name was given to a later publication since.
    fn forget_first(&mut self) {
        let Some((name, offset)) = self.order.pop_front() else {
            return;
        };
        if self
            .known
            .get(&name)
            .is_some_and(|known| known.offset == offset)
        {
            self.known.remove(&name);
        }
    }

    /// Every name with its offset and its end, in the order they came; no end where the name was
    /// given again later.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Idempotency, Offset, Option<Duration>)> {
        self.order.iter().map(|(name, offset)| {
            let known = self.known.get(name);
            let known = known.filter(|known| known.offset == *offset);
            (name.clone(), *offset, known.map(|known| known.until))
        })
    }

    /// The same again, from all of them.
    pub(crate) fn resume(all: Vec<(Idempotency, Offset, Option<Duration>)>) -> Self {
        let mut names = Self::default();
        for (name, offset, until) in all {
            if let Some(until) = until {
                names.known.insert(name.clone(), Known { offset, until });
            }
            names.order.push_back((name, offset));
        }
        names
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.order.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wirehub_model::Key;

    fn name(key: &str) -> Idempotency {
        Idempotency {
            scope: "s".into(),
            key: Key::parse(key).unwrap(),
        }
    }

    #[test]
    fn forgets_by_time_and_by_number() {
        let second = Duration::from_secs(1);
        let mut names = Names::default();
        for (index, key) in ["a", "b", "c"].into_iter().enumerate() {
            names.insert(name(key), Offset(index as u64 + 1), second * 10, 2);
        }
        assert_eq!(names.find(&name("a"), second), None);
        assert_eq!(names.find(&name("c"), second), Some(Offset(3)));
        assert_eq!(names.find(&name("c"), second * 10), None);
        names.expire(second * 10);
        assert!(names.is_empty() && names.known.is_empty());
    }

    #[test]
    fn a_name_given_again_outlives_its_first_use() {
        let second = Duration::from_secs(1);
        let mut names = Names::default();
        names.insert(name("a"), Offset(1), second, 9);
        names.insert(name("a"), Offset(2), second * 5, 9);
        names.expire(second * 2);
        assert_eq!(names.find(&name("a"), second * 2), Some(Offset(2)));
    }
}
