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
    /// Delivers publications that go out together to those of the feeds who choose, one by one:
    /// hardly two of them choose the same.
    pub(super) fn deliver_chosen_each(&mut self, feeds: &[u32], gathered: &[Gathered]) {
        for feed in feeds {
            for one in gathered {
                let publication = &*one.publication;
                let patience = self.patience(publication);
                let skip = self.skipped(one.exclude);
                let Some(feed) = self.feeds.get(*feed).filter(|feed| feed.choosers.is_some())
                else {
                    break;
                };
                let event = Event::Publication(publication);
                let mut fan_out = self.outbound.fan_out(&event, patience, skip);
                deliver(&mut self.outbound, &mut fan_out, feed, publication);
                self.outbound
                    .finish(&fan_out, Some(publication), &mut self.stats);
            }
        }
    }
}
