//! How a subscriber begins where its topic's home says.
//!
//! A subscriber that has to be given something (what it missed, what was said last) asks the home,
//! and joins the feed only when the answer comes. The home answers on the same way that its
//! deliveries come, so those that are on this shard by then are in the answer, and those that come
//! later are not: there is no gap and nothing twice.

use std::sync::Arc;

use wirehub_model::{
    ConnectionId, ErrorCode, Event, Gap, Moment, Offset, Position, Publication, Recovery, Refusal,
    Reply, Subscribe, Subscribed, Topic, TopicFilter,
};

use super::commands::Outcome;
use crate::{
    Encode, Entrance, Occurrence, OccurrenceKind, Relay, Shard,
    connection::Subscription,
    feeds::{Announce, FeedState, Manner, Waiting},
    home::{Attachment, Rules},
    place::Place,
};

impl<E: Encode> Shard<E> {
    /// Makes a connection a subscriber of a feed once the topic's home has answered.
    pub(super) fn attach(
        &mut self,
        now: Moment,
        subscriber: ConnectionId,
        feed: u32,
        topic: Topic,
        wish: &Subscribe,
        announce: Announce,
    ) -> Outcome {
        let since = wish.since;
        self.next_ticket = self.next_ticket.wrapping_add(1);
        let ticket = self.next_ticket;
        let manner = self.manner(wish);
        let place = Place::joining(manner.is_apart());
        let (Some(entry), Some(connection)) = (
            self.feeds.get_mut(feed),
            self.connections.get_mut(subscriber),
        ) else {
            return Ok(None);
        };
        entry.joining.push(Waiting {
            connection: subscriber,
            announce,
            manner,
            ticket,
            since,
            acks: wish.ack,
            watch: wish.presence,
        });
        connection.add_subscription(Subscription { feed, place }, wish.grant.as_deref());
        self.stats.subscriptions += 1;
        self.counted(feed);
        let home = self.settings.placement.home(&topic);
        let entrance = self.entrance(now, subscriber, feed, wish, announce);
        let attach = Relay::Attach {
            subscriber,
            ticket,
            topic,
            since,
            entrance,
        };
        self.tell_shard(now, home, attach);
        Ok(None)
    }

    /// As the home: what a subscriber is given.
    pub(super) fn attachment(
        &mut self,
        now: Moment,
        topic: &Topic,
        since: Option<Position>,
        entrance: Option<Box<Entrance>>,
    ) -> Result<Attachment, Refusal> {
        self.flush_window(now, topic);
        let rules = Rules {
            namespace: self.settings.namespaces.of_topic(topic),
            limits: &self.settings.limits,
        };
        let random = &mut self.random;
        let attachment = self.home.attach(now, topic, since, rules, random);
        match entrance {
            Some(entrance) => self.enter(now, topic, *entrance, attachment),
            None => attachment,
        }
    }

    /// As the home: tells a subscriber's shard what it is given.
    pub(super) fn answer_attach(
        &mut self,
        now: Moment,
        subscriber: ConnectionId,
        ticket: u32,
        topic: Topic,
        result: Result<Attachment, Refusal>,
    ) {
        let attached = Relay::Attached {
            subscriber,
            ticket,
            topic,
            result,
        };
        self.tell_shard(now, subscriber.shard(), attached);
    }

    /// The home has answered.
    pub(super) fn attached(
        &mut self,
        now: Moment,
        subscriber: ConnectionId,
        ticket: u32,
        topic: &Topic,
        result: Result<Attachment, Refusal>,
    ) {
        let Some(feed) = self.feeds.find_topic(topic) else {
            return;
        };
        let Some(entry) = self.feeds.get_mut(feed) else {
            return;
        };
        let Some(waiting) = entry.joined(subscriber, ticket) else {
            return;
        };
        let joined = result.and_then(|attachment| {
            let place = entry.join(subscriber.slot(), &waiting.manner)?;
            Ok((place, attachment))
        });
        match joined {
            Ok((place, attachment)) => {
                if let Some(connection) = self.connections.get_mut(subscriber) {
                    connection.move_subscription(feed, place);
                }
                self.start(now, topic, feed, &waiting, attachment);
            }
            Err(refusal) => {
                self.stop_awaiting(now, feed, &waiting);
                let connection = self.connections.get_mut(subscriber);
                let left = connection.and_then(|connection| connection.remove_subscription(feed));
                if let Some(subscription) = left {
                    self.leave_feed(now, subscriber, subscription);
                }
                let filter = TopicFilter::from(topic);
                self.decline(now, subscriber, waiting.announce, &filter, &refusal);
            }
        }
    }

    /// Tells a subscriber how its subscription stands, and everything it is given.
    fn start(
        &mut self,
        now: Moment,
        topic: &Topic,
        feed: u32,
        waiting: &Waiting,
        attachment: Attachment,
    ) {
        let Attachment {
            position,
            recovery,
            mut missed,
            mut values,
            presence,
        } = attachment;
        if let Some(wanted) = waiting.manner.wanted() {
            for given in [&mut missed, &mut values] {
                given.retain(|publication| wanted.matches(&publication.message));
            }
        }
        let subscriber = waiting.connection;
        let filter = TopicFilter::from(topic);
        let subscribed = Subscribed {
            position: Some(position),
            recovery,
            presence: presence.filter(|_| waiting.watch),
            has_values: values.iter().any(|value| {
                let end = value.expires_at;
                end.is_none_or(|end| end > now)
            }),
            ..self.standing(now, subscriber, feed)
        };
        if !subscribed.has_values && missed.is_empty() {
            self.found_empty(topic);
        }
        if waiting.watch {
            self.watchers.begin(feed, subscriber.slot());
        }
        if waiting.acks
            && let Some(connection) = self.connections.get_mut(subscriber)
        {
            // Where it missed something it stays where it was until it acknowledges what comes: it
            // may be gone before it hears that it did.
            let acks = &mut connection.carry().acks;
            acks.insert(feed, waiting.since.unwrap_or(position));
        }
        self.stats.recovered_publications += missed.len() as u64;
        self.announce(now, subscriber, waiting.announce, &filter, subscribed);
        if matches!(waiting.manner, Manner::Deltas) {
            let all = values.iter().chain(&missed);
            return self.replay_deltas(now, subscriber, feed, all);
        }
        for publication in values {
            self.replay(now, subscriber, &publication, true);
        }
        for publication in missed {
            self.replay(now, subscriber, &publication, false);
        }
    }

    /// A client has dealt with everything of a topic up to `offset`.
    pub(super) fn ack(&mut self, id: ConnectionId, topic: &Topic, offset: Offset) -> Outcome {
        let feed = self.feeds.find_topic(topic);
        let here = feed.and_then(|feed| match self.feeds.get(feed)?.state {
            FeedState::Live(position) => position,
            FeedState::Pending(_) => None,
        });
        let connection = self.connections.get_mut(id);
        let acked = feed.zip(connection);
        let Some(acked) = acked.and_then(|(feed, connection)| connection.acked_mut(feed)) else {
            return Err(Refusal::new(
                ErrorCode::NotSubscribed,
                "the connection has no such subscription with `ack`",
            ));
        };
        self.stats.acks += 1;
        match here {
            // It began again, or was ahead of the topic.
            Some(here) if acked.epoch != here.epoch || acked.offset > here.offset => {
                *acked = Position { offset, ..here };
            }
            _ => acked.offset = acked.offset.max(offset),
        }
        Ok(Some(Reply::Done))
    }

    /// Tells a subscriber that its subscription began.
    pub(super) fn announce(
        &mut self,
        now: Moment,
        subscriber: ConnectionId,
        announce: Announce,
        filter: &TopicFilter,
        mut subscribed: Subscribed,
    ) {
        if matches!(announce, Announce::Resumed(_)) && subscribed.recovery.is_none() {
            subscribed.recovery = Some(Recovery::Incomplete(Gap::NoPosition));
        }
        if let Some(recovery) = subscribed.recovery {
            self.stats.recovered[recovery.index()] += 1;
        }
        self.occurred(OccurrenceKind::Subscribed, |shard| {
            Some(Occurrence::Subscribed {
                connection: subscriber,
                user: shard.user_of(subscriber),
                filter: filter.clone(),
            })
        });
        match announce {
            Announce::Reply(request) => {
                self.reply(subscriber, request, Ok(Reply::Subscribed(subscribed)));
            }
            Announce::Event | Announce::Resumed(_) => {
                let event = Event::Subscribed {
                    filter,
                    subscribed: &subscribed,
                };
                self.outbound
                    .tell(subscriber.slot(), &event, &mut self.stats);
                self.settle_announced(now, subscriber);
            }
        }
    }

    /// Tells a subscriber that its subscription does not begin.
    pub(super) fn decline(
        &mut self,
        now: Moment,
        subscriber: ConnectionId,
        announce: Announce,
        filter: &TopicFilter,
        refusal: &Refusal,
    ) {
        match announce {
            Announce::Reply(request) => self.refuse(subscriber, request, refusal),
            // It did not ask here, so only the filter says what this is about.
            Announce::Event | Announce::Resumed(_) => {
                let event = Event::Unsubscribed { filter, refusal };
                self.outbound
                    .tell(subscriber.slot(), &event, &mut self.stats);
                self.settle_announced(now, subscriber);
            }
        }
    }

    /// Tells one subscriber what was published before, unless it expired meanwhile.
    fn replay(
        &mut self,
        now: Moment,
        subscriber: ConnectionId,
        publication: &Arc<Publication>,
        retained: bool,
    ) {
        if publication.expires_at.is_some_and(|end| end <= now) {
            self.stats.expired += 1;
            return;
        }
        let patience = self.patience(publication);
        self.outbound.replay(
            subscriber.slot(),
            publication,
            retained,
            patience,
            &mut self.stats,
        );
    }
}
