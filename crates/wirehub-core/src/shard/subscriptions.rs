//! Who receives what.

use wirehub_model::{
    ConnectionId, ErrorCode, Event, Moment, Refusal, Reply, Subscribe, Subscribed, Topic,
    TopicFilter,
};

use super::commands::Outcome;
use crate::{
    Encode, Shard,
    connection::Subscription,
    feeds::{Announce, Feed, FeedState, Waiting},
    permissions,
};

impl<E: Encode> Shard<E> {
    pub(super) fn subscribe(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        wish: &Subscribe,
    ) -> Outcome {
        let Some(connection) = self.connections.get(id) else {
            return Ok(None);
        };
        self.check_wish(wish)?;
        let namespaces = &self.settings.namespaces;
        match &wish.grant {
            Some(_) => permissions::granted(namespaces, &wish.filter)?,
            None => permissions::subscribe(namespaces, &connection.principal, &wish.filter)?,
        }
        self.enter_feed(now, id, wish, Announce::Reply(request))
    }

    /// Whether a wish can be granted to anybody.
    pub(super) fn check_wish(&self, wish: &Subscribe) -> Result<(), Refusal> {
        if wish.since.is_some() && wish.filter.as_topic().is_none() {
            return Err(Refusal::new(
                ErrorCode::BadRequest,
                "`since` needs a topic without wildcards; each topic stands at a place of its own",
            ));
        }
        if wish.pace.is_some() && wish.tags.is_some() {
            return Err(Refusal::new(
                ErrorCode::BadRequest,
                "a subscription has a throttle or a choice by tags, not both",
            ));
        }
        if wish.tags.is_some() {
            self.check_choice(&wish.filter)?;
        }
        if wish.ack {
            self.check_ack(&wish.filter)?;
        }
        Ok(())
    }

    /// Every filter is asked for every publication, so topics have to allow it.
    fn check_choice(&self, filter: &TopicFilter) -> Result<(), Refusal> {
        let mut touched = self.settings.namespaces.touched_by(filter);
        if touched.all(|namespace| namespace.tags_filter) {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::NotEnabled,
            "the topic allows no choice by tags; its namespace needs `tags_filter = true`",
        ))
    }

    /// What is not acknowledged can only come again where it is kept.
    fn check_ack(&self, filter: &TopicFilter) -> Result<(), Refusal> {
        let topic = filter.as_topic().ok_or_else(|| {
            Refusal::new(
                ErrorCode::BadRequest,
                "`ack` needs a topic without wildcards",
            )
        })?;
        if self.settings.namespaces.of_topic(&topic).history.is_on() {
            return Ok(());
        }
        Err(Refusal::new(
            ErrorCode::NotEnabled,
            "`ack` needs a topic that keeps history",
        ))
    }

    /// Makes a connection a subscriber, within the bounds.
    pub(super) fn enter_feed(
        &mut self,
        now: Moment,
        id: ConnectionId,
        wish: &Subscribe,
        announce: Announce,
    ) -> Outcome {
        let known = self.feeds.find(&wish.filter);
        self.check_bounds(id, &wish.filter, known)?;
        self.check_apart(id, wish)?;
        let presence = self.check_presence(id, wish, known)?;
        let lenient = wish.presence_if_allowed.then(|| Subscribe {
            presence: presence && self.may_watch(id, wish).is_ok(),
            ..wish.clone()
        });
        let wish = lenient.as_ref().unwrap_or(wish);
        let feed = match known {
            Some(feed) => feed,
            None => self.begin_feed(now, wish.filter.clone(), presence)?,
        };
        if let Some(topic) = wish.filter.as_topic()
            && (presence || self.is_given_something(&topic, wish))
        {
            return self.attach(now, id, feed, topic, wish, announce);
        }
        let manner = self.manner(wish);
        let (Some(entry), Some(connection)) =
            (self.feeds.get_mut(feed), self.connections.get_mut(id))
        else {
            return Ok(None);
        };
        let place = entry.join(id.slot(), &manner)?;
        connection.add_subscription(Subscription { feed, place }, wish.grant.as_deref());
        self.stats.subscriptions += 1;
        match &mut entry.state {
            FeedState::Live(position) => {
                let subscribed = Subscribed {
                    position: *position,
                    ..self.standing(now, id, feed)
                };
                self.announce(now, id, announce, &wish.filter, subscribed);
            }
            FeedState::Pending(pending) => pending.waiting.push(Waiting {
                connection: id,
                announce,
                manner,
                ticket: pending.ticket,
                since: None,
                acks: false,
                watch: false,
            }),
        }
        self.counted(feed);
        Ok(None)
    }

    /// Whether a subscriber of a topic may be given more than what is published from now on.
    fn is_given_something(&self, topic: &Topic, wish: &Subscribe) -> bool {
        let namespace = self.settings.namespaces.of_topic(topic);
        wish.since.is_some() || wish.ack || namespace.retained || namespace.keys > 0
    }

    fn check_bounds(
        &self,
        id: ConnectionId,
        filter: &TopicFilter,
        known: Option<u32>,
    ) -> Result<(), Refusal> {
        let Some(connection) = self.connections.get(id) else {
            return Ok(());
        };
        if known.is_some_and(|feed| connection.subscription(feed).is_some()) {
            return Err(Refusal::new(
                ErrorCode::AlreadySubscribed,
                "the connection has this subscription already",
            ));
        }
        if connection.subscriptions.len() >= self.settings.limits.subscriptions {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "the connection has as many subscriptions as it may; a filter with `+` or `#` may \
                 stand for several",
            ));
        }
        let subscribers = known
            .and_then(|feed| self.feeds.get(feed))
            .map_or(0, Feed::len);
        let mut namespaces = self.settings.namespaces.touched_by(filter);
        if namespaces.any(|namespace| subscribers >= namespace.subscribers) {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "the topic has as many subscribers as it may",
            ));
        }
        Ok(())
    }

    /// What is to be said of every subscription that begins, wherever it stands.
    pub(super) fn standing(&self, now: Moment, id: ConnectionId, feed: u32) -> Subscribed {
        let entry = self.feeds.get(feed);
        let keeps_history = entry.is_some_and(|entry| entry.keeps_history);
        let connection = self.connections.get(id);
        let grant = connection.and_then(|connection| connection.grant(feed));
        let subscription = connection.and_then(|connection| connection.subscription(feed));
        Subscribed {
            keeps_history,
            deltas: subscription.is_some_and(|subscription| subscription.place.takes_deltas()),
            expires_in: grant
                .and_then(|grant| grant.expires_at)
                .map(|end| end.since(now)),
            ..Subscribed::default()
        }
    }

    pub(super) fn unsubscribe(
        &mut self,
        now: Moment,
        id: ConnectionId,
        filter: &TopicFilter,
    ) -> Outcome {
        let left = self.feeds.find(filter).and_then(|feed| {
            let connection = self.connections.get_mut(id)?;
            connection.remove_subscription(feed)
        });
        let Some(subscription) = left else {
            return Err(Refusal::new(
                ErrorCode::NotSubscribed,
                "the connection has no such subscription; the filter must be written as it was",
            ));
        };
        let waiting = self.leave_feed(now, id, subscription);
        if waiting.is_none() {
            self.unsubscribed(id, filter, None);
        }
        if let Some(request) = waiting.and_then(|waiting| waiting.announce.request()) {
            let refusal = Refusal::new(
                ErrorCode::NotSubscribed,
                "the subscription was ended before it began",
            );
            self.refuse(id, Some(request), &refusal);
        }
        Ok(Some(Reply::Done))
    }

    /// Takes a subscriber out of a feed's list, and the feed out of the shard with its last one.
    /// Returns the subscriber's request, if it is still waiting for its answer.
    pub(super) fn leave_feed(
        &mut self,
        now: Moment,
        id: ConnectionId,
        subscription: Subscription,
    ) -> Option<Waiting> {
        let Subscription { feed, place } = subscription;
        let entry = self.feeds.get_mut(feed)?;
        let waiting = entry.forget(id);
        self.stats.subscriptions -= 1;
        if let Some(moved) = self.feeds.leave(feed, place)
            && let Some(connection) = self.connections.at_mut(moved)
        {
            connection.move_subscription(feed, place);
        }
        self.leave_roster(now, feed, id, waiting.as_ref());
        self.counted(feed);
        if self.feeds.get(feed).is_some_and(Feed::is_empty) {
            self.end_feed(now, feed);
        }
        waiting
    }

    /// Ends the subscriptions that a client's new credentials do not allow any longer.
    pub(super) fn revoke_subscriptions(&mut self, now: Moment, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let namespaces = &self.settings.namespaces;
        let principal = &connection.principal;
        let revoked: Vec<_> = connection
            .subscriptions
            .iter()
            // A proof opens its topic whatever the token says.
            .filter(|subscription| connection.grant(subscription.feed).is_none())
            .filter_map(|subscription| {
                let filter = self.feeds.get(subscription.feed)?.filter.clone();
                let kept = principal.auto_subscribe.contains(&filter);
                let refusal = permissions::subscribe(namespaces, principal, &filter).err();
                let refusal = refusal
                    .filter(|_| !kept)
                    .or_else(|| self.presence_refusal(id, subscription.feed, &filter))?;
                Some((subscription.feed, filter, refusal))
            })
            .collect();
        for (feed, filter, refusal) in revoked {
            self.revoke(now, id, feed, &filter, &refusal);
        }
    }

    /// Ends a subscription and tells the client why.
    pub(super) fn revoke(
        &mut self,
        now: Moment,
        id: ConnectionId,
        feed: u32,
        filter: &TopicFilter,
        refusal: &Refusal,
    ) {
        let connection = self.connections.get_mut(id);
        let left = connection.and_then(|connection| connection.remove_subscription(feed));
        let Some(subscription) = left else {
            return;
        };
        match self.leave_feed(now, id, subscription) {
            Some(waiting) => self.decline(now, id, waiting.announce, filter, refusal),
            None => {
                self.unsubscribed(id, filter, Some(refusal.code));
                let event = Event::Unsubscribed { filter, refusal };
                self.outbound.tell(id.slot(), &event, &mut self.stats);
            }
        }
    }
}
