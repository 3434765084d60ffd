//! How the connections of this shard become members of topics, and cease to be.

use std::collections::BTreeMap;

use wirehub_model::{
    Access, ConnectionId, ErrorCode, Member, Moment, Operation, Refusal, Subscribe, Topic,
    TopicFilter,
};

use super::presence::not_enabled;
use crate::{
    Encode, Entrance, Session, Shard,
    connection::Connection,
    feeds::{Announce, Waiting},
    permissions,
    presence_relay::Roll,
    roster::Update,
};

impl<E: Encode> Shard<E> {
    /// Whether the subscribers of a filter are members of its topic, and whether the client may ask
    /// for what it asks.
    ///
    /// A feed keeps what its namespace said when it began: all its subscribers are members, or none
    /// is, whatever was reloaded since.
    pub(super) fn check_presence(
        &self,
        id: ConnectionId,
        wish: &Subscribe,
        known: Option<u32>,
    ) -> Result<bool, Refusal> {
        let topic = wish.filter.as_topic();
        let wants = wish.presence || wish.state.is_some();
        let Some(topic) = topic else {
            return if wants {
                Err(Refusal::new(
                    ErrorCode::BadRequest,
                    "presence needs a topic without `+` and `#`",
                ))
            } else {
                Ok(false)
            };
        };
        let namespaces = &self.settings.namespaces;
        let presence = match known.and_then(|feed| self.feeds.get(feed)) {
            Some(feed) => feed.presence,
            None => namespaces.of_topic(&topic).presence,
        };
        if wants && !presence {
            return Err(not_enabled());
        }
        self.check_state(wish.state.as_ref())?;
        if wish.presence {
            self.may_watch(id, wish)?;
        }
        Ok(presence)
    }

    /// Whether the client may see who is on the topic it wishes to subscribe to.
    pub(super) fn may_watch(&self, id: ConnectionId, wish: &Subscribe) -> Result<(), Refusal> {
        let (Some(connection), Some(topic)) = (self.connections.get(id), wish.filter.as_topic())
        else {
            return Ok(());
        };
        let access = self.settings.namespaces.of_topic(&topic).read_presence;
        let granted = wish.grant.as_ref().is_some_and(|grant| grant.presence);
        if granted && access != Access::Nobody {
            return Ok(());
        }
        permissions::read(access, &connection.principal, Operation::Presence, &topic)
    }

    /// As whom a subscriber begins, if the feed's subscribers are members of its topic.
    pub(super) fn entrance(
        &mut self,
        now: Moment,
        id: ConnectionId,
        feed: u32,
        wish: &Subscribe,
        announce: Announce,
    ) -> Option<Box<Entrance>> {
        let entry = self.feeds.get(feed).filter(|entry| entry.presence)?;
        let topic = entry.filter.as_topic()?;
        let member = Member {
            state: wish.state.clone(),
            ..self.connections.get(id)?.as_member(wish.grant.as_deref())
        };
        let was = match announce {
            Announce::Resumed(was) => was,
            Announce::Reply(_) | Announce::Event => None,
        };
        let watch = wish.presence;
        if watch {
            self.watchers.expect(feed);
        }
        self.hold_one(now, &topic);
        Some(Box::new(Entrance { member, watch, was }))
    }

    /// A subscriber goes: takes it out of the roster of its topic, if that has one, unless its
    /// session goes on without it. `waiting` is what it waited for, if it had not begun.
    pub(super) fn leave_roster(
        &mut self,
        now: Moment,
        feed: u32,
        id: ConnectionId,
        waiting: Option<&Waiting>,
    ) {
        let Some(entry) = self.feeds.get(feed).filter(|entry| entry.presence) else {
            return;
        };
        let topic = entry.filter.as_topic();
        match waiting {
            Some(waiting) => self.stop_awaiting(now, feed, waiting),
            None if self.watchers.end(feed, id.slot()) => self.unwatch(now, feed),
            None => {}
        }
        let connection = self.connections.get(id);
        let stays = connection.is_some_and(Connection::is_handed_over) && waiting.is_none();
        if let Some(topic) = topic.filter(|_| !stays) {
            self.let_go_one(&topic);
            self.leave_home(now, topic, id);
        }
    }

    /// A subscriber that would have been told who comes and goes will not begin.
    pub(super) fn stop_awaiting(&mut self, now: Moment, feed: u32, waiting: &Waiting) {
        if waiting.watch && self.watchers.give_up(feed) {
            self.unwatch(now, feed);
        }
    }

    /// Tells the home that nobody here wants to know who comes and goes.
    fn unwatch(&mut self, now: Moment, feed: u32) {
        let entry = self.feeds.get(feed);
        if let Some(topic) = entry.and_then(|entry| entry.filter.as_topic()) {
            let from = self.settings.index;
            let home = self.settings.placement.home(&topic);
            self.tell_roll(now, home, Roll::Unwatch { from, topic });
        }
    }

    /// Tells the home of a topic that a connection is a member no longer.
    pub(super) fn leave_home(&mut self, now: Moment, topic: Topic, connection: ConnectionId) {
        let home = self.settings.placement.home(&topic);
        self.tell_roll(now, home, Roll::Leave { topic, connection });
    }

    /// The memberships of a session are in this shard's care: their homes are told that it lives.
    pub(super) fn hold(&mut self, now: Moment, session: &Session) {
        for topic in session.memberships() {
            self.hold_one(now, &topic);
        }
    }

    /// They are not any more.
    pub(super) fn let_go(&mut self, session: &Session) {
        for topic in session.memberships() {
            self.let_go_one(&topic);
        }
    }

    fn hold_one(&mut self, now: Moment, topic: &Topic) {
        let home = self.settings.placement.home(topic);
        if home != self.settings.index {
            self.holdings.add(now, home);
        }
    }

    pub(super) fn let_go_one(&mut self, topic: &Topic) {
        let home = self.settings.placement.home(topic);
        if home != self.settings.index {
            self.holdings.remove(home);
        }
    }

    /// A home gave this shard up while it was silent, so everybody has to be announced again. What
    /// members said about themselves is lost, and what the tokens of those say who are away.
    pub(super) fn rejoin(&mut self, now: Moment, home: u16) {
        let at_home = |topic: &Topic| self.settings.placement.home(topic) == home;
        let mut topics: BTreeMap<Topic, (Vec<Member>, bool)> = BTreeMap::new();
        for (number, feed) in self.feeds.iter().filter(|(_, feed)| feed.presence) {
            let Some(topic) = feed.filter.as_topic().filter(at_home) else {
                continue;
            };
            let here = feed.slots().filter_map(|slot| self.connections.at(slot));
            let members = here.map(|connection| connection.as_member(connection.grant(number)));
            topics.insert(topic, (members.collect(), self.watchers.any(number)));
        }
        for session in self.sessions.iter() {
            for topic in session.memberships().filter(at_home) {
                let (members, _) = topics.entry(topic).or_default();
                members.push(Member {
                    connection: session.connection,
                    user: session.user.clone(),
                    info: None,
                    state: None,
                });
            }
        }
        let from = self.settings.index;
        for (topic, (members, watch)) in topics {
            let rejoin = Roll::Rejoin {
                from,
                topic,
                members,
                watch,
            };
            self.tell_roll(now, home, rejoin);
        }
    }

    /// Whether a subscriber is told who comes and goes, or will be.
    pub(super) fn is_watching(&self, id: ConnectionId, feed: u32) -> bool {
        let entry = self.feeds.get(feed);
        let mut joining = entry.into_iter().flat_map(|entry| &entry.joining);
        self.watchers.contains(feed, id.slot())
            || joining.any(|waiting| waiting.watch && waiting.connection == id)
    }

    /// Whether a connection is, or is about to become, a member of the topic.
    pub(super) fn is_member(&self, id: ConnectionId, topic: &Topic) -> bool {
        let Some(feed) = self.feeds.find_topic(topic) else {
            return false;
        };
        let connection = self.connections.get(id);
        self.feeds.get(feed).is_some_and(|entry| entry.presence)
            && connection.is_some_and(|connection| connection.subscription(feed).is_some())
    }

    /// A client's new token says something else about its user: everybody who sees it as a member
    /// is told.
    pub(super) fn info_changed(&mut self, now: Moment, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let info = connection.principal.info.clone();
        let feeds = connection.subscriptions.iter();
        let named = |feed| connection.grant(feed).is_some_and(|it| it.info.is_some());
        let feeds = feeds.filter(|subscription| !named(subscription.feed));
        let feeds = feeds.filter_map(|subscription| self.feeds.get(subscription.feed));
        let topics = feeds
            .filter(|entry| entry.presence)
            .filter_map(|entry| entry.filter.as_topic());
        for topic in topics.collect::<Vec<_>>() {
            let roll = Roll::Update {
                topic: topic.clone(),
                connection: id,
                update: Update::Info(info.clone()),
                origin: None,
            };
            self.tell_home(now, &topic, roll);
        }
    }

    /// Why a subscription with presence is not allowed any longer, if so.
    pub(super) fn presence_refusal(
        &self,
        id: ConnectionId,
        feed: u32,
        filter: &TopicFilter,
    ) -> Option<Refusal> {
        let watches = self.is_watching(id, feed);
        let topic = filter.as_topic().filter(|_| watches)?;
        let principal = &self.connections.get(id)?.principal;
        let access = self.settings.namespaces.of_topic(&topic).read_presence;
        permissions::read(access, principal, Operation::Presence, &topic).err()
    }
}
