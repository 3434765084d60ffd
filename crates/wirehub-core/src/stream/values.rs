//! What a topic said last, and last about each thing.

use std::{collections::BTreeMap, sync::Arc};

use wirehub_model::{Key, Moment, Namespace, Offset, Payload, Position, Publication};

use super::weight;

/// The last publication of a topic and the last one with each key, for whoever comes new.
#[derive(Debug, Default)]
pub(crate) struct Values {
    last: Option<Arc<Publication>>,
    keys: BTreeMap<Key, Offset>,
    by_offset: BTreeMap<Offset, Arc<Publication>>,
    weight: usize,
    /// None of them is too old before this moment; `None` when none ever is.
    due: Option<Moment>,
}

impl Values {
    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_none() && self.by_offset.is_empty()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.by_offset.len() + usize::from(self.last.is_some())
    }

    /// Bytes they take in memory.
    pub(crate) const fn weight(&self) -> usize {
        self.weight
    }

    /// Takes in the newest publication. One that says `null` takes the place of the value before
    /// it and leaves it empty.
    pub(crate) fn push(&mut self, publication: &Arc<Publication>, rules: &Namespace) {
        let gone = is_null(publication);
        self.due = Moment::earlier(self.due, ends(publication, rules));
        if rules.retained {
            self.set_last((!gone).then(|| Arc::clone(publication)));
        }
        self.push_keyed(publication, gone, rules);
    }

    /// Takes in a value that a broker kept of a topic that stands at `position`.
    pub(crate) fn load(&mut self, value: &Arc<Publication>, position: Position, rules: &Namespace) {
        self.due = Moment::earlier(self.due, ends(value, rules));
        if rules.retained && value.position == position {
            self.set_last(Some(Arc::clone(value)));
        }
        self.push_keyed(value, false, rules);
    }

    fn push_keyed(&mut self, publication: &Arc<Publication>, gone: bool, rules: &Namespace) {
        if rules.keys == 0 {
            return;
        }
        let Some(key) = &publication.key else {
            return;
        };
        self.forget(key);
        if gone {
            return;
        }
        while self.by_offset.len() >= rules.keys {
            self.forget_oldest();
        }
        let offset = publication.position.offset;
        self.weight += weight(publication);
        self.keys.insert(key.clone(), offset);
        self.by_offset.insert(offset, Arc::clone(publication));
    }

    /// Lets those go that are too old, or that the rules keep no longer.
    pub(crate) fn trim(&mut self, now: Moment, rules: &Namespace) {
        let over =
            |publication: &Arc<Publication>| ends(publication, rules).is_some_and(|end| end <= now);
        if self
            .last
            .as_ref()
            .is_some_and(|last| !rules.retained || over(last))
        {
            self.set_last(None);
        }
        while self.by_offset.len() > rules.keys {
            self.forget_oldest();
        }
        let old: Vec<Key> = self
            .by_offset
            .values()
            .filter(|publication| over(publication))
            .filter_map(|publication| publication.key.clone())
            .collect();
        old.iter().for_each(|key| self.forget(key));
        let left = self.by_offset.values().chain(&self.last);
        self.due = left.filter_map(|left| ends(left, rules)).min();
    }

    /// No later than this one of them is too old.
    pub(crate) const fn due(&self) -> Option<Moment> {
        self.due
    }

    /// What a subscriber that comes new is told, in the order it was said.
    pub(crate) fn all(&self, now: Moment, rules: &Namespace) -> Vec<Arc<Publication>> {
        let last = self.last.iter().filter(|last| {
            let offset = last.position.offset;
            !self.by_offset.contains_key(&offset)
        });
        let fresh =
            |publication: &&Arc<Publication>| ends(publication, rules).is_none_or(|end| end > now);
        // The last publication of all has the highest offset.
        let values = self.by_offset.values().chain(last);
        values.filter(fresh).cloned().collect()
    }

    /// Lets all go that were published up to an offset.
    pub(crate) fn forget_upto(&mut self, upto: Offset) {
        let is_within = |publication: &Arc<Publication>| publication.position.offset <= upto;
        if self.last.as_ref().is_some_and(is_within) {
            self.set_last(None);
        }
        while self
            .by_offset
            .first_key_value()
            .is_some_and(|(first, _)| *first <= upto)
        {
            self.forget_oldest();
        }
    }

    /// Lets the oldest one go.
    pub(crate) fn forget_one(&mut self) {
        if self.by_offset.is_empty() {
            self.set_last(None);
        } else {
            self.forget_oldest();
        }
    }

    fn set_last(&mut self, last: Option<Arc<Publication>>) {
        self.weight += last.as_ref().map_or(0, |last| weight(last));
        let before = std::mem::replace(&mut self.last, last);
        self.weight -= before.map_or(0, |before| weight(&before));
    }

    fn forget(&mut self, key: &Key) {
        if let Some(offset) = self.keys.remove(key)
            && let Some(before) = self.by_offset.remove(&offset)
        {
            self.weight -= weight(&before);
        }
    }

    fn forget_oldest(&mut self) {
        if let Some((_, oldest)) = self.by_offset.pop_first() {
            self.weight -= weight(&oldest);
            if let Some(key) = &oldest.key {
                self.keys.remove(key);
            }
        }
    }
}

/// When a value is not kept any longer.
fn ends(publication: &Publication, rules: &Namespace) -> Option<Moment> {
    let kept = rules.retained_ttl.map(|ttl| publication.accepted_at + ttl);
    Moment::earlier(kept, publication.expires_at)
}

fn is_null(publication: &Publication) -> bool {
    matches!(&publication.message.payload, Payload::Json(text) if text.trim_ascii() == b"null")
}
