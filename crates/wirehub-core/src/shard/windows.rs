//! Publications wait for each other at their home.

use std::sync::Arc;

use wirehub_model::{ConnectionId, Moment, Publication, Topic};

use crate::{Encode, Gathered, Relay, Shard, placement::ShardSet, windows::WindowBounds};

impl<E: Encode> Shard<E> {
    /// Has a publication wait for others of its topic, where its namespace says so and somebody
    /// wants it; returns whether it does.
    pub(super) fn gather(
        &mut self,
        now: Moment,
        publication: &Arc<Publication>,
        shards: ShardSet,
        exclude: Option<ConnectionId>,
    ) -> bool {
        let namespace = self.settings.namespaces.of_topic(&publication.topic);
        let Some(rules) = namespace.window.filter(|_| !shards.is_empty()) else {
            // The rules may have changed, or the subscribers be gone, while others wait.
            self.flush_window(now, &publication.topic);
            return false;
        };
        let limits = &self.settings.limits;
        let bounds = WindowBounds {
            each: limits.outbox_bytes / Self::OUTBOX_SHARE,
            all: limits.remembered_bytes,
        };
        let gathered = Gathered::one(Arc::clone(publication), exclude);
        let waits = self.windows.gather(now, rules, bounds, gathered);
        self.stats.conflated += u64::from(waits.conflated);
        if waits.full {
            self.flush_window(now, &publication.topic);
        }
        true
    }

    /// Sends what waits of a topic, so that everybody is where the topic stands. Whoever is told
    /// the topic's position must have it sent before.
    pub(super) fn flush_window(&mut self, now: Moment, topic: &Topic) {
        let Some(gathered) = self.windows.take(topic) else {
            return;
        };
        self.stats.windows_flushed += 1;
        let shards = self.home.interested(topic);
        if let [
            Gathered {
                publication,
                exclude,
                count: 1,
            },
        ] = &*gathered
        {
            self.spread_at_once(now, publication, shards, *exclude);
            return;
        }
        let me = self.settings.index;
        for shard in shards.iter().filter(|shard| *shard != me) {
            self.relay(shard, Relay::DeliverMany(Arc::clone(&gathered)));
        }
        if shards.iter().any(|shard| shard == me) {
            self.deliver_many(now, &gathered);
        }
    }

    /// Sends what waited long enough.
    pub(super) fn flush_due_windows(&mut self, now: Moment) {
        while let Some(topic) = self.windows.poll_due(now) {
            self.flush_window(now, &topic);
        }
    }
}
