//! Subscribers are told what changed instead of the whole.

use std::sync::Arc;

use wirehub_model::{ConnectionId, Event, Moment, Publication, Subscribe};

use crate::{
    Encode, Gathered, Shard,
    feeds::{Manner, deltas::Deltas},
};

impl<E: Encode> Shard<E> {
    /// How a subscriber is going to be told. It gets deltas where it asks for them and the topic
    /// allows it; what is held back or left out has no one publication before it that all have.
    pub(super) fn manner(&self, wish: &Subscribe) -> Manner {
        let allows = |topic| self.settings.namespaces.of_topic(&topic).deltas;
        match (wish.pace, &wish.tags) {
            (Some(pace), _) => Manner::Paced(pace),
            (None, Some(wanted)) => Manner::Chosen(Arc::clone(wanted)),
            (None, None) if wish.deltas && wish.filter.as_topic().is_some_and(allows) => {
                Manner::Deltas
            }
            (None, None) => Manner::Plain,
        }
    }

    /// Delivers publications that go out together to those who take deltas, one by one. Returns
    /// their slots.
    pub(super) fn deliver_each(&mut self, feed: Option<u32>, gathered: &[Gathered]) -> Vec<u32> {
        let Some(feed) = feed.filter(|feed| self.feeds.deltas_mut(*feed).is_some()) else {
            return Vec::new();
        };
        for one in gathered {
            let publication = &one.publication;
            let patience = self.patience(publication);
            let skip = self.skipped(one.exclude);
            let event = Event::Publication(publication);
            let Self {
                feeds, outbound, ..
            } = self;
            let fan_out = outbound.fan_out(&event, patience, skip);
            if let Some(deltas) = feeds.deltas_mut(feed) {
                outbound.deliver_deltas(&fan_out, deltas, publication, patience, &mut self.stats);
            }
        }
        let deltas = self.feeds.deltas_mut(feed);
        deltas.map_or_else(Vec::new, |deltas| Deltas::slots(deltas).collect())
    }

    /// Tells a subscriber who takes deltas what was published before: the first whole, and of each
    /// other what changed since the one in front of it.
    pub(super) fn replay_deltas<'a>(
        &mut self,
        now: Moment,
        subscriber: ConnectionId,
        feed: u32,
        publications: impl Iterator<Item = &'a Arc<Publication>>,
    ) {
        let slot = subscriber.slot();
        let mut before: Option<&Arc<Publication>> = None;
        for publication in publications {
            if publication.expires_at.is_some_and(|end| end <= now) {
                self.stats.expired += 1;
                continue;
            }
            let patience = self.patience(publication);
            let known = before.map(Arc::as_ref);
            let outbound = &mut self.outbound;
            let kept = outbound.replay_delta(slot, publication, known, patience, &mut self.stats);
            before = kept.then_some(publication);
        }
        let connection = self.connections.get(subscriber);
        let subscription = connection.and_then(|connection| connection.subscription(feed));
        if let (Some(last), Some(subscription), Some(deltas)) =
            (before, subscription, self.feeds.deltas_mut(feed))
        {
            deltas.catch_up(subscription.place.index(), last);
        }
    }
}
