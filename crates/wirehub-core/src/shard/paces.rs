//! Publications are held back for subscribers with a pace.

use smallvec::SmallVec;
use wirehub_model::{ConnectionId, ErrorCode, Moment, Refusal, Subscribe};

use super::batches::{Receivers, Together};
use crate::{
    Encode, Gathered, Shard,
    feeds::{Feed, Release},
};

/// Feeds that have subscribers with a pace.
pub(super) type PacedFeeds = SmallVec<[u32; 4]>;

impl<E: Encode> Shard<E> {
    /// Holds publications back for all subscribers of the feeds who have a pace, and sends what is
    /// due: after a silence, that is these.
    pub(super) fn deliver_paced(&mut self, now: Moment, feeds: &[u32], gathered: &[Gathered]) {
        let bytes_max = self.settings.limits.outbox_bytes / Self::OUTBOX_SHARE;
        for feed in feeds {
            let lists = self.feeds.get(*feed).map(Feed::paced_lists);
            for list in lists.into_iter().flatten() {
                for one in gathered {
                    let held = self.feeds.hold(*feed, list, one.clone(), bytes_max);
                    self.stats.conflated += held.conflated;
                    self.stats.dropped += held.dropped;
                }
                self.release_group(now, *feed, list);
            }
        }
    }

    /// Sends all that is held back for subscribers of a feed, due or not.
    pub(super) fn release_all(&mut self, now: Moment, feed: u32) {
        let lists = self.feeds.get(feed).map(Feed::paced_lists);
        for list in lists.into_iter().flatten() {
            if let Some(release) = self.feeds.release_early(now, feed, list) {
                self.send_released(feed, list, release);
            }
        }
    }

    /// Sends what is held back for a group, if that is due.
    fn release_group(&mut self, now: Moment, feed: u32, list: u8) {
        if let Some(release) = self.feeds.release(now, feed, list) {
            self.send_released(feed, list, release);
        }
    }

    fn send_released(&mut self, feed: u32, list: u8, release: Release) {
        self.stats.expired += release.expired;
        let Some(filter) = self.feeds.get(feed).map(|feed| feed.filter.clone()) else {
            return;
        };
        let (numbers, entries): (Vec<u64>, Vec<Gathered>) = release.entries.into_iter().unzip();
        for late in release.late.chunk_by(|one, other| one.0 == other.0) {
            let first = late.first().map_or(0, |(first, _)| *first);
            let from = numbers.partition_point(|number| *number < first);
            let slots: Vec<u32> = late.iter().map(|(_, slot)| *slot).collect();
            let together = Together {
                filter: &filter,
                gathered: entries.get(from..).unwrap_or_default(),
            };
            self.send_together(&together, &Receivers::Slots(&slots));
        }
        let skip: Vec<u32> = release.late.iter().map(|(_, slot)| *slot).collect();
        let together = Together {
            filter: &filter,
            gathered: &entries,
        };
        let lists = &[(feed, list)];
        self.send_together(&together, &Receivers::Lists { lists, skip: &skip });
    }

    /// Sends what was held back long enough.
    pub(super) fn release_due_groups(&mut self, now: Moment) {
        while let Some((feed, list)) = self.feeds.poll_due(now) {
            self.release_group(now, feed, list);
        }
    }

    /// Refuses subscriptions that would bring a connection the same publication twice, at once and
    /// held back, or one that another leaves out.
    pub(super) fn check_apart(&self, id: ConnectionId, wish: &Subscribe) -> Result<(), Refusal> {
        let Some(connection) = self.connections.get(id) else {
            return Ok(());
        };
        let is_apart = self.manner(wish).is_apart();
        let mut others = connection.subscriptions.iter().filter(|other| {
            let apart = is_apart || other.place.is_apart();
            let feed = self.feeds.get(other.feed).filter(|_| apart);
            feed.is_some_and(|feed| feed.filter.overlaps(&wish.filter))
        });
        if others.next().is_some() {
            return Err(Refusal::new(
                ErrorCode::BadRequest,
                "the subscription shares topics with another of the connection, and one of them is \
                 throttled or chooses by tags",
            ));
        }
        Ok(())
    }
}
