//! The values of a topic.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use wirehub_model::{Epoch, Key, Offset};

use crate::{Entry, Record, Retention, Slot};

/// The last publication of a topic, and the last with each key.
#[derive(Debug, Default)]
pub(crate) struct Values {
    last: Option<Entry>,
    keyed: HashMap<Key, Entry>,
    /// The keys by the offset of their value.
    order: BTreeMap<Offset, Key>,
    weight: usize,
}

impl Values {
    /// Takes a publication as far as the retention wants it, and says which places changed.
    pub(crate) fn take(&mut self, entry: &Entry, retention: &Retention) -> Vec<Slot> {
        let mut slots = Vec::new();
        if retention.retained {
            self.set(Slot::Last, entry.clone());
            slots.push(Slot::Last);
        }
        if retention.keys > 0
            && let Some(key) = &entry.record.key
        {
            let slot = Slot::Key(key.clone());
            self.set(slot.clone(), entry.clone());
            slots.push(slot);
        }
        slots
    }

    /// Puts an entry into its place.
    pub(crate) fn set(&mut self, slot: Slot, entry: Entry) {
        self.clear(&slot);
        self.weight += entry.weight();
        match slot {
            Slot::Last => self.last = Some(entry),
            Slot::Key(key) => {
                self.order.insert(entry.record.position.offset, key.clone());
                self.keyed.insert(key, entry);
            }
        }
    }

    fn clear(&mut self, slot: &Slot) {
        let before = match slot {
            Slot::Last => self.last.take(),
            Slot::Key(key) => self.keyed.remove(key),
        };
        let Some(before) = before else { return };
        self.weight -= before.weight();
        if let Slot::Key(_) = slot {
            self.order.remove(&before.record.position.offset);
        }
    }

    /// Forgets what the retention does not want, or not any more; says which places.
    pub(crate) fn trim(&mut self, retention: &Retention, now: Duration) -> Vec<Slot> {
        let mut gone = Vec::new();
        let last_goes =
            |entry: &Entry| !retention.retained || retention.is_over(&entry.record, now);
        if self.last.as_ref().is_some_and(last_goes) {
            gone.push(Slot::Last);
        }
        // Nearly the order of their ends: whoever set an end of its own waits for those before it,
        // and is left out of answers meanwhile.
        for (index, key) in self.order.values().enumerate() {
            let over_number = self.order.len() - index > retention.keys;
            let over = self
                .keyed
                .get(key)
                .is_none_or(|entry| retention.is_over(&entry.record, now));
            if !over_number && !over {
                break;
            }
            gone.push(Slot::Key(key.clone()));
        }
        for slot in &gone {
            self.clear(slot);
        }
        gone
    }

    /// Forgets everything; says which places held something.
    pub(crate) fn forget(&mut self) -> Vec<Slot> {
        let held = self.all().map(|(slot, _)| slot).collect();
        *self = Self::default();
        held
    }

    /// What is worth something at `now`, in the order of offsets; a publication in two places once.
    pub(crate) fn list(&self, retention: &Retention, now: Duration) -> Vec<Arc<Record>> {
        let keyed = self.order.values().filter_map(|key| self.keyed.get(key));
        let mut list: Vec<_> = keyed
            .chain(&self.last)
            .filter(|entry| !retention.is_over(&entry.record, now))
            .map(|entry| Arc::clone(&entry.record))
            .collect();
        list.sort_by_key(|record| record.position.offset);
        list.dedup_by_key(|record| record.position.offset);
        list
    }

    /// Every place that holds something.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Slot, &Entry)> {
        let keyed = self.keyed.iter();
        let keyed = keyed.map(|(key, entry)| (Slot::Key(key.clone()), entry));
        keyed.chain(self.last.iter().map(|entry| (Slot::Last, entry)))
    }

    /// Gives every value another epoch.
    pub(crate) fn renew(&mut self, epoch: Epoch) {
        for entry in self.keyed.values_mut().chain(&mut self.last) {
            *entry = entry.in_epoch(epoch);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.last.is_none() && self.keyed.is_empty()
    }

    /// Bytes in memory, estimated.
    pub(crate) const fn weight(&self) -> usize {
        self.weight
    }
}
