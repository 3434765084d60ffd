//! How many subscribe to each channel, over all shards.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use wirehub_core::Occurrence;
use wirehub_events::Occurred;
use wirehub_model::Topic;

/// The last that each shard said of each topic that has subscribers.
#[derive(Debug, Default)]
pub(super) struct Counts(Mutex<HashMap<Topic, BTreeMap<u16, u64>>>);

impl Counts {
    /// Takes in what shards said, and returns how it stands with each topic that they spoke of.
    /// What is told twice counts once.
    pub(super) fn take(&self, occurrences: &[Arc<Occurred>]) -> Vec<(Topic, u64)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut changed = BTreeSet::new();
        for occurred in occurrences {
            let Occurrence::Counted {
                topic,
                shard,
                subscribers,
            } = occurred.occurrence()
            else {
                continue;
            };
            let shards = counts.entry(topic.clone()).or_default();
            shards.insert(*shard, *subscribers);
            changed.insert(topic.clone());
        }
        let total = |topic: Topic| {
            let shards = counts.get_mut(&topic)?;
            shards.retain(|_, subscribers| *subscribers > 0);
            let total = shards.values().sum();
            if total == 0 {
                counts.remove(&topic);
            }
            Some((topic, total))
        };
        changed.into_iter().filter_map(total).collect()
    }
}
