//! Subscribers get what they choose by tags.

use wirehub_model::{Event, Publication};

use crate::{
    Encode, Gathered, Shard,
    feeds::Feed,
    outbound::{FanOut, Outbound},
};

/// Delivers a publication to those of a feed who choose it.
pub(super) fn deliver<E: Encode>(
    outbound: &mut Outbound<E>,
    fan_out: &mut FanOut<'_>,
    feed: &Feed,
    publication: &Publication,
) {
    for choosers in feed.choosers.iter() {
        for slot in choosers.wanting(&publication.message) {
            outbound.deliver(fan_out, &[slot]);
        }
    }
}

impl<E: Encode> Shard<E> {
    /// Delivers publications that go out together to those of a feed who choose, one by one: hardly
    /// two of them choose the same.
    pub(super) fn deliver_chosen_each(&mut self, feed: u32, gathered: &[Gathered]) {
        let choosing = |feed: &&Feed| feed.choosers.is_some();
        if self.feeds.get(feed).filter(choosing).is_none() {
            return;
        }
        for one in gathered {
            let publication = &*one.publication;
            let patience = self.patience(publication);
            let skip = self.skipped(one.exclude);
            let event = Event::Publication(publication);
            let Self {
                feeds, outbound, ..
            } = self;
            let mut fan_out = outbound.fan_out(&event, patience, skip);
            if let Some(feed) = feeds.get(feed) {
                deliver(outbound, &mut fan_out, feed, publication);
            }
            outbound.finish(&fan_out, Some(publication), &mut self.stats);
        }
    }
}
