//! Subscribers are told when something of their topic may be missing: the topic began again, or the
//! broker could not tell of everything.

use std::sync::Arc;

use wirehub_model::{
    CloseReason, ConnectionId, ErrorCode, Event, Gap, Moment, Offset, Position, Publication,
    Recovery, Refusal, Subscribed, Topic, TopicFilter,
};

use crate::{
    AfterGap, Encode, Relay, Shard, batch::Patience, feeds::FeedState, placement::ShardSet,
};

impl<E: Encode> Shard<E> {
    /// As the home: tells shards that what was published before this publication may be missing.
    pub(super) fn spread_gap(
        &mut self,
        now: Moment,
        publication: &Arc<Publication>,
        shards: ShardSet,
        gap: Gap,
    ) {
        let Publication {
            topic, position, ..
        } = &**publication;
        // What waits was published before, and its offsets may be of another epoch.
        self.flush_window(now, topic);
        let position = Position {
            offset: Offset(position.offset.0.saturating_sub(1)),
            ..*position
        };
        for shard in shards.iter() {
            let relay = Relay::Gap {
                topic: topic.clone(),
                position,
                gap,
            };
            self.tell_shard(now, shard, relay);
        }
    }

    /// Something of a topic may be missing up to a position, from which it goes on.
    pub(super) fn gap(&mut self, now: Moment, topic: &Topic, position: Position, gap: Gap) {
        let Some(number) = self.feeds.find_topic(topic) else {
            return;
        };
        self.release_all(now, number);
        let Some(feed) = self.feeds.get_mut(number) else {
            return;
        };
        let FeedState::Live(here) = &mut feed.state else {
            return;
        };
        *here = Some(position);
        let (told, anew) = self.by_what_they_do(number);
        let filter = TopicFilter::from(topic);
        self.tell_of_gap(&filter, position, gap, &told);
        for id in anew {
            self.begin_anew(now, id, number, &filter);
        }
    }

    /// The slots of a feed's subscribers who are told, and those who have to subscribe anew. Those
    /// of a topic without history were given no position that could mislead them.
    fn by_what_they_do(&self, feed: u32) -> (Vec<u32>, Vec<ConnectionId>) {
        let (mut told, mut anew) = (Vec::new(), Vec::new());
        let Some(feed) = self.feeds.get(feed) else {
            return (told, anew);
        };
        for slot in feed.slots() {
            match self.outbound.after_gap(slot) {
                AfterGap::GoesOn => told.push(slot),
                AfterGap::BeginsAnew if feed.keeps_history => {
                    anew.extend(self.connections.at(slot).map(|one| one.id));
                }
                AfterGap::BeginsAnew | AfterGap::KnowsNothing => {}
            }
        }
        (told, anew)
    }

    fn tell_of_gap(&mut self, filter: &TopicFilter, position: Position, gap: Gap, slots: &[u32]) {
        let recovery = Recovery::Incomplete(gap);
        let subscribed = Subscribed {
            position: Some(position),
            recovery: Some(recovery),
            ..Subscribed::default()
        };
        let event = Event::Subscribed {
            filter,
            subscribed: &subscribed,
        };
        let mut fan_out = self.outbound.fan_out(&event, Patience::default(), None);
        self.outbound.deliver(&mut fan_out, slots);
        let told = self.outbound.finish(&fan_out, None, &mut self.stats);
        self.stats.gaps[gap as usize] += told;
    }

    /// A subscriber comes back to the topic by itself, and is told then what it may have missed.
    fn begin_anew(&mut self, now: Moment, id: ConnectionId, feed: u32, filter: &TopicFilter) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        if connection.principal.auto_subscribe.contains(filter) {
            // What the token subscribes begins with the connection.
            return self.close(now, id, CloseReason::ServiceRestart);
        }
        let refusal = Refusal::new(
            ErrorCode::NotResumable,
            "something of the topic may be missing; subscribe anew",
        );
        self.revoke(now, id, feed, filter, &refusal);
    }
}
