//! Members whose connections other nodes serve, and what those nodes are told of the ones here.

use std::{collections::BTreeMap, sync::Arc};

use wirehub_model::{ConnectionId, Limits, Member, Moment, PresenceChange, PresenceKind, Topic};

use super::Rosters;

/// Something that a broker has to be told of a member on this node.
#[derive(Debug)]
pub(crate) enum Word {
    /// It is there, and as it is now.
    Enter(Topic, Arc<Member>),
    /// It is not.
    Leave(Topic, ConnectionId),
}

impl Rosters {
    /// Has other nodes told of the members here: this one has a number among them.
    pub(crate) fn within_cluster(self, node: u16) -> Self {
        Self {
            cluster: Some(node),
            ..self
        }
    }

    /// The next thing that the broker has to be told.
    pub(crate) fn poll_word(&mut self) -> Option<Word> {
        self.words.pop_front()
    }

    /// Whether a connection is one of this node.
    pub(super) fn is_here(&self, connection: ConnectionId) -> bool {
        self.cluster.is_none_or(|node| connection.node() == node)
    }

    /// The broker is to be told of a member here.
    pub(super) fn say_enter(&mut self, topic: &Topic, member: &Arc<Member>) {
        if self.cluster.is_some() && self.is_here(member.connection) {
            let word = Word::Enter(topic.clone(), Arc::clone(member));
            self.words.push_back(word);
        }
    }

    /// The broker is to be told that somebody is not here any more.
    pub(super) fn say_leave(&mut self, topic: &Topic, connection: ConnectionId) {
        if self.cluster.is_some() && self.is_here(connection) {
            self.words.push_back(Word::Leave(topic.clone(), connection));
        }
    }

    /// Another node's member came, changed or went. What is said of those here is an echo.
    pub(crate) fn heard(&mut self, now: Moment, change: PresenceChange, limits: &Limits) {
        let PresenceChange {
            topic,
            kind,
            member,
            ..
        } = change;
        if self.is_here(member.connection) {
            return;
        }
        match kind {
            PresenceKind::Joined | PresenceKind::Changed => self.put(now, &topic, member, limits),
            PresenceKind::Left => self.leave(now, &topic, member.connection, limits),
        }
    }

    /// Takes over who is on a topic elsewhere, as `listed`, and has the broker told where it is
    /// wrong about those here.
    pub(crate) fn compare(
        &mut self,
        now: Moment,
        topic: &Topic,
        listed: Vec<Arc<Member>>,
        limits: &Limits,
    ) {
        self.correct(topic, &listed);
        let room = self.topics.get(topic);
        let known = room.into_iter().flat_map(|room| room.roster.connections());
        let known: Vec<_> = known.filter(|known| !self.is_here(*known)).collect();
        let listed: BTreeMap<_, _> = listed
            .into_iter()
            .filter(|member| !self.is_here(member.connection))
            .map(|member| (member.connection, member))
            .collect();
        // Who comes is told before who goes: a user that only changed its node was never away.
        let gone = known.into_iter().filter(|it| !listed.contains_key(it));
        let gone: Vec<_> = gone.collect();
        for member in listed.into_values() {
            self.put(now, topic, member, limits);
        }
        for connection in gone {
            self.leave(now, topic, connection, limits);
        }
    }

    /// Has the broker told where its list is wrong about the members here.
    pub(crate) fn correct(&mut self, topic: &Topic, listed: &[Arc<Member>]) {
        let here = listed.iter().filter(|it| self.is_here(it.connection));
        let mut here: BTreeMap<_, _> = here.map(|it| (it.connection, it)).collect();
        let room = self.topics.get(topic);
        let members = room.into_iter().flat_map(|room| room.roster.members());
        let members = members.filter(|it| self.is_here(it.connection));
        let missing = members.filter(|member| here.remove(&member.connection) != Some(member));
        let missing: Vec<_> = missing.cloned().collect();
        let surplus: Vec<_> = here.into_keys().collect();
        for member in missing {
            self.say_enter(topic, &member);
        }
        for connection in surplus {
            self.say_leave(topic, connection);
        }
    }

    /// A topic is not followed any longer, so nothing is known of the members elsewhere. Nobody
    /// watches it: whoever does is a member here, and subscribes.
    pub(crate) fn forget_elsewhere(&mut self, topic: &Topic) {
        let Some(room) = self.topics.get(topic) else {
            return;
        };
        let elsewhere = room.roster.connections().filter(|it| !self.is_here(*it));
        let elsewhere: Vec<_> = elsewhere.collect();
        for connection in elsewhere {
            if let Some(room) = self.topics.get_mut(topic)
                && room.roster.leave(connection).is_some()
            {
                self.count_out(connection);
            }
        }
        self.close_if_empty(topic);
    }

    /// The topics that have members here.
    pub(crate) fn topics_here(&self) -> Vec<Topic> {
        let here = |connection| self.is_here(connection);
        let topics = self.topics.iter();
        let topics = topics.filter(|(_, room)| room.roster.connections().any(here));
        topics.map(|(topic, _)| topic.clone()).collect()
    }

    /// A member elsewhere is as it is now.
    fn put(&mut self, now: Moment, topic: &Topic, member: Arc<Member>, limits: &Limits) {
        let room = self.topics.entry(topic.clone()).or_default();
        let kind = match room.roster.get(member.connection) {
            Some(known) if *known == member => return,
            Some(_) => PresenceKind::Changed,
            None => PresenceKind::Joined,
        };
        let edge = room.roster.put(Arc::clone(&member));
        if kind == PresenceKind::Joined {
            self.count_in(now, member.connection);
        }
        self.tell(now, topic, limits, kind, member, edge);
    }
}
