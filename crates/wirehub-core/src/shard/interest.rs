//! Which topics a shard wants to be sent, as it tells their homes.

use wirehub_model::{ErrorCode, Moment, Position, Refusal, Subscribed, Topic, TopicFilter};

use crate::{
    Encode, Relay, Shard,
    feeds::{FeedRules, FeedState, Pending, Waiting},
};

impl<E: Encode> Shard<E> {
    /// Sets up a feed and tells the homes of its topics.
    pub(super) fn begin_feed(
        &mut self,
        now: Moment,
        filter: TopicFilter,
        presence: bool,
    ) -> Result<u32, Refusal> {
        let me = self.settings.index;
        // With a broker even this shard may have to wait before it can answer itself.
        let at_once = !self.settings.brokered;
        let topic = filter.as_topic();
        let namespaces = &self.settings.namespaces;
        let rules = FeedRules {
            presence,
            keeps_history: topic
                .as_ref()
                .is_some_and(|topic| namespaces.of_topic(topic).history.is_on()),
        };
        let homes: Vec<u16> = match topic {
            Some(topic) => {
                let home = self.settings.placement.home(&topic);
                if home == me && at_once {
                    self.flush_window(now, &topic);
                    let position = self.note_interest(now, &topic, me)?;
                    return Ok(self
                        .feeds
                        .insert(filter, FeedState::Live(Some(position)), rules));
                }
                vec![home]
            }
            None if at_once => {
                self.home.subscribe_filter(&filter, me);
                self.others().collect()
            }
            None => (0..self.settings.placement.shards()).collect(),
        };
        if homes.is_empty() {
            return Ok(self.feeds.insert(filter, FeedState::Live(None), rules));
        }
        self.next_ticket = self.next_ticket.wrapping_add(1);
        let ticket = self.next_ticket;
        let pending = Pending {
            ticket,
            missing: homes.len() as u16,
            waiting: Vec::new(),
        };
        let state = FeedState::Pending(Box::new(pending));
        let feed = self.feeds.insert(filter.clone(), state, rules);
        for home in homes {
            let filter = filter.clone();
            let from = me;
            let interest = Relay::Interest {
                from,
                filter,
                ticket,
            };
            self.tell_shard(now, home, interest);
        }
        // A home that is this shard may have refused already.
        if self.feeds.get(feed).is_none() {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "the server holds as many topics as it may",
            ));
        }
        Ok(feed)
    }

    /// As a home: another shard wants to be sent what matches a filter.
    pub(super) fn interest(&mut self, now: Moment, from: u16, filter: TopicFilter, ticket: u32) {
        let result = match filter.as_topic() {
            Some(topic) => {
                self.flush_window(now, &topic);
                self.note_interest(now, &topic, from).map(Some)
            }
            None => {
                self.home.subscribe_filter(&filter, from);
                Ok(None)
            }
        };
        let answer = Relay::Interested {
            filter,
            ticket,
            result,
        };
        self.tell_shard(now, from, answer);
    }

    fn note_interest(
        &mut self,
        now: Moment,
        topic: &Topic,
        shard: u16,
    ) -> Result<Position, Refusal> {
        self.watching_interest(topic, |this| {
            let (limits, random) = (&this.settings.limits, &mut this.random);
            this.home.subscribe(now, topic, shard, limits, random)
        })
    }

    /// A home answered. Once all have, the subscribers who wait get their reply.
    pub(super) fn interested(
        &mut self,
        now: Moment,
        filter: &TopicFilter,
        ticket: u32,
        result: Result<Option<Position>, Refusal>,
    ) {
        let Some(feed) = self.feeds.find(filter) else {
            return;
        };
        let Some(entry) = self.feeds.get_mut(feed) else {
            return;
        };
        let FeedState::Pending(pending) = &mut entry.state else {
            return;
        };
        if pending.ticket != ticket {
            return;
        }
        pending.missing -= 1;
        match result {
            Ok(position) if pending.missing == 0 => {
                let waiting = std::mem::take(&mut pending.waiting);
                entry.state = FeedState::Live(position);
                self.answer_waiting(now, feed, filter, waiting, position);
            }
            Ok(_) => {}
            Err(refusal) => self.cancel_feed(now, feed, &refusal),
        }
    }

    fn answer_waiting(
        &mut self,
        now: Moment,
        feed: u32,
        filter: &TopicFilter,
        waiting: Vec<Waiting>,
        position: Option<Position>,
    ) {
        for Waiting {
            connection,
            announce,
            ..
        } in waiting
        {
            let subscriber = self.connections.get(connection);
            if subscriber.is_some_and(|subscriber| subscriber.subscription(feed).is_some()) {
                let subscribed = Subscribed {
                    position,
                    ..self.standing(now, connection, feed)
                };
                self.announce(now, connection, announce, filter, subscribed);
            }
        }
    }

    /// A home will not have the feed: nobody subscribed.
    fn cancel_feed(&mut self, now: Moment, feed: u32, refusal: &Refusal) {
        let Some(entry) = self.feeds.get(feed) else {
            return;
        };
        let filter = entry.filter.clone();
        // Each is taken out by itself: the feed ends with the last one.
        let mut waiting = entry.joining.clone();
        if let FeedState::Pending(pending) = &entry.state {
            waiting.extend_from_slice(&pending.waiting);
        }
        if waiting.is_empty() {
            self.end_feed(now, feed);
        }
        for waiting in waiting {
            let subscriber = self.connections.get_mut(waiting.connection);
            let left = subscriber.and_then(|subscriber| subscriber.remove_subscription(feed));
            if let Some(subscription) = left {
                self.stop_awaiting(now, feed, &waiting);
                self.leave_feed(now, waiting.connection, subscription);
                self.decline(now, waiting.connection, waiting.announce, &filter, refusal);
            }
        }
    }

    /// Everybody left a feed: homes are told so.
    pub(super) fn end_feed(&mut self, now: Moment, feed: u32) {
        let Some(entry) = self.feeds.remove(feed) else {
            return;
        };
        let me = self.settings.index;
        let homes: Vec<u16> = match entry.filter.as_topic() {
            Some(topic) => vec![self.settings.placement.home(&topic)],
            None => (0..self.settings.placement.shards()).collect(),
        };
        for home in homes {
            let filter = entry.filter.clone();
            self.tell_shard(now, home, Relay::Disinterest { from: me, filter });
        }
    }
}
