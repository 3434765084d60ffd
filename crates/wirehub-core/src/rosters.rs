//! Who is on the topics this shard is home to, and what is told of it.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use wirehub_model::{
    ConnectionId, ErrorCode, Limits, Member, Moment, Occupancy, PresenceChange, PresenceKind,
    PresencePage, Refusal, Topic,
};

use crate::{
    lease::Leases,
    placement::ShardSet,
    roster::{Roster, Update},
};

mod elsewhere;

pub(crate) use elsewhere::Word;

/// The shortest time between two counts of a topic whose members are not told one by one.
const COUNT_SPAN: Duration = Duration::from_secs(1);

/// The rosters of a home. Every change of a topic's members passes through here, so all shards get
/// to see them in the same order.
///
/// While a topic has more members than are told one by one, its watchers are told how many there
/// are, at most once a second. Single events begin again with a count that is below half of that,
/// so that a topic at the edge does not go back and forth. After a count, what a watcher knows of
/// the members is not complete any more; it asks for them again.
///
/// In a cluster those of other nodes are members too. Each node leads its own and follows the
/// others, so watchers see the changes of each node in the order that it made them.
#[derive(Debug)]
pub(crate) struct Rosters {
    /// The shard that this is.
    me: u16,
    /// The number of the node among others, which are told of the members here.
    cluster: Option<u16>,
    words: VecDeque<Word>,
    /// Those who watch the hub want to know of every change.
    watched: bool,
    changes: VecDeque<Arc<PresenceChange>>,
    /// Topics with members, in an order that is the same in every run.
    topics: BTreeMap<Topic, Room>,
    /// Those of this node.
    members: u64,
    /// Those of others.
    elsewhere: u64,
    leases: Leases,
    /// When the topics have to be counted that changed since they were last.
    counts: BTreeSet<(Moment, Topic)>,
    news: VecDeque<News>,
}

/// The members of a topic and who wants to know.
#[derive(Debug, Default)]
struct Room {
    roster: Roster,
    watching: ShardSet,
    /// There were too many to tell them one by one when it was last looked at.
    counted: bool,
    counted_at: Option<Moment>,
}

/// Something that shards have to be told.
#[derive(Debug)]
pub(crate) struct News {
    pub(crate) shards: ShardSet,
    pub(crate) told: Told,
}

#[derive(Debug)]
pub(crate) enum Told {
    Change(Arc<PresenceChange>),
    Occupancy(Topic, Occupancy),
}

impl Rosters {
    pub(crate) const fn new(me: u16, watched: bool) -> Self {
        Self {
            me,
            cluster: None,
            words: VecDeque::new(),
            watched,
            changes: VecDeque::new(),
            topics: BTreeMap::new(),
            members: 0,
            elsewhere: 0,
            leases: Leases::new(),
            counts: BTreeSet::new(),
            news: VecDeque::new(),
        }
    }

    /// How many members of this node all topics have.
    pub(crate) const fn members(&self) -> u64 {
        self.members
    }

    /// The memory they take.
    pub(crate) const fn bytes(&self) -> usize {
        let member = size_of::<Member>() + size_of::<(ConnectionId, Arc<Member>)>();
        (self.members + self.elsewhere) as usize * member
    }

    /// A connection becomes a member. Returns who is there, itself included, for `watch`: the shard
    /// that has a watcher in it from now on; otherwise only how many. A connection that is a member
    /// already stays as it is.
    ///
    /// # Errors
    /// When the topic has as many members as it may.
    pub(crate) fn join(
        &mut self,
        now: Moment,
        topic: &Topic,
        member: Arc<Member>,
        watch: Option<u16>,
        limits: &Limits,
    ) -> Result<PresencePage, Refusal> {
        let known = self.topics.get(topic).map(|room| &room.roster);
        if !known.is_some_and(|roster| roster.contains(member.connection)) {
            if known.map_or(0, Roster::len) >= limits.members {
                return Err(Refusal::new(
                    ErrorCode::LimitReached,
                    "the topic has as many members as it may",
                ));
            }
            let room = self.topics.entry(topic.clone()).or_default();
            let edge = room.roster.join(Arc::clone(&member));
            self.say_enter(topic, &member);
            self.count_in(now, member.connection);
            self.tell(now, topic, limits, PresenceKind::Joined, member, edge);
        }
        // Who watches from now on has the member in its page and is not told that it joined.
        Ok(self.watch(topic, watch, limits))
    }

    /// A connection is a member no longer. When it is none, this does nothing.
    pub(crate) fn leave(
        &mut self,
        now: Moment,
        topic: &Topic,
        connection: ConnectionId,
        limits: &Limits,
    ) {
        let Some(room) = self.topics.get_mut(topic) else {
            return;
        };
        let Some((member, edge)) = room.roster.leave(connection) else {
            return;
        };
        self.say_leave(topic, connection);
        self.count_out(connection);
        self.tell(now, topic, limits, PresenceKind::Left, member, edge);
        self.close_if_empty(topic);
    }

    /// A member's client or token says something new about it.
    ///
    /// # Errors
    /// When the connection is no member.
    pub(crate) fn update(
        &mut self,
        now: Moment,
        topic: &Topic,
        connection: ConnectionId,
        update: Update,
        limits: &Limits,
    ) -> Result<(), Refusal> {
        let room = self.topics.get_mut(topic);
        let Some((member, differs)) = room.and_then(|room| room.roster.update(connection, update))
        else {
            return Err(no_member());
        };
        if differs {
            self.say_enter(topic, &member);
            self.tell(now, topic, limits, PresenceKind::Changed, member, false);
        }
        Ok(())
    }

    /// A member goes on with another connection: its session was resumed. Neither a leave nor a
    /// join is told, but a change that says which connection it `was`. The member keeps its state.
    /// When the old connection is no member any more, this is a join. Other nodes see it come
    /// before it goes.
    ///
    /// # Errors
    /// As for [`join`](Self::join).
    pub(crate) fn replace(
        &mut self,
        now: Moment,
        topic: &Topic,
        old: ConnectionId,
        member: Member,
        watch: Option<u16>,
        limits: &Limits,
    ) -> Result<PresencePage, Refusal> {
        let connection = member.connection;
        let room = self.topics.get_mut(topic);
        let roster = room.map(|room| &mut room.roster);
        let known = roster.filter(|roster| roster.contains(old) && !roster.contains(connection));
        let Some(roster) = known else {
            return self.join(now, topic, Arc::new(member), watch, limits);
        };
        if let Some(member) = roster.replace(old, member) {
            self.say_enter(topic, &member);
            self.say_leave(topic, old);
            self.count_out(old);
            self.count_in(now, connection);
            let change = PresenceChange {
                was: Some(old),
                ..change(topic, PresenceKind::Changed, member, false)
            };
            self.tell_change(now, limits, change);
        }
        Ok(self.watch(topic, watch, limits))
    }

    /// A shard has no watchers of the topic any more.
    pub(crate) fn unwatch(&mut self, topic: &Topic, shard: u16) {
        if let Some(room) = self.topics.get_mut(topic) {
            room.watching.remove(shard);
        }
    }

    /// At most `limit` members of a topic.
    pub(crate) fn page(
        &self,
        topic: &Topic,
        after: Option<ConnectionId>,
        limit: usize,
    ) -> PresencePage {
        let room = self.topics.get(topic);
        room.map_or_else(PresencePage::default, |room| room.roster.page(after, limit))
    }

    /// Another shard with members here lives. Returns whether it has as many here as it thinks;
    /// otherwise it was given up, and has to announce them again.
    pub(crate) fn renew(&mut self, shard: u16, members: u64) -> bool {
        self.leases.renew(shard, members)
    }

    /// A shard that was given up announces members again; those that are known stay as they are.
    /// What its watchers know is not complete any more, and a count tells them so.
    pub(crate) fn rejoin(
        &mut self,
        now: Moment,
        topic: &Topic,
        members: Vec<Member>,
        watch: Option<u16>,
        limits: &Limits,
    ) {
        for member in members {
            // Where there is no room any more, it is asked for again with the next lease.
            let _ = self.join(now, topic, Arc::new(member), None, limits);
        }
        let Some((room, shard)) = self.topics.get_mut(topic).zip(watch) else {
            return;
        };
        if !room.watching.contains(shard) {
            room.watching.add(shard);
            let mut shards = ShardSet::default();
            shards.add(shard);
            self.news.push_back(News {
                shards,
                told: Told::Occupancy(topic.clone(), room.roster.occupancy()),
            });
        }
    }

    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        let count = self.counts.first().map(|(when, _)| *when);
        let look = self.leases.poll_timeout();
        count.into_iter().chain(look).min()
    }

    /// Tells counts that are due, and drops the members of shards that are no more.
    pub(crate) fn handle_timeout(&mut self, now: Moment, limits: &Limits) {
        for shard in self.leases.handle_timeout(now) {
            self.drop_shard(now, shard, limits);
        }
        while let Some((when, _)) = self.counts.first()
            && *when <= now
            && let Some((_, topic)) = self.counts.pop_first()
        {
            let room = self.topics.get(&topic);
            if room.is_some_and(|room| room.counted) {
                self.tell_count(now, &topic, limits);
            }
        }
    }

    /// The next thing that shards have to be told.
    pub(crate) fn poll_news(&mut self) -> Option<News> {
        self.news.pop_front()
    }

    /// Whether those who watch the hub want to know of every change.
    pub(crate) const fn set_watched(&mut self, watched: bool) {
        self.watched = watched;
    }

    /// The next change that those who watch the hub have to be told.
    pub(crate) fn poll_change(&mut self) -> Option<Arc<PresenceChange>> {
        self.changes.pop_front()
    }

    /// This goes through all members of all topics: a shard dies rarely, and an index by shard
    /// would cost every member memory at all times.
    fn drop_shard(&mut self, now: Moment, shard: u16, limits: &Limits) {
        let (mut lost, cluster) = (Vec::new(), self.cluster);
        for (topic, room) in &mut self.topics {
            room.watching.remove(shard);
            let here = room.roster.of_shard(shard);
            let here = here.filter(|it| cluster.is_none_or(|node| it.node() == node));
            lost.extend(here.map(|connection| (topic.clone(), connection)));
        }
        for (topic, connection) in lost {
            self.leave(now, &topic, connection, limits);
        }
    }

    fn count_in(&mut self, now: Moment, connection: ConnectionId) {
        if !self.is_here(connection) {
            self.elsewhere += 1;
            return;
        }
        self.members += 1;
        if connection.shard() != self.me {
            self.leases.add(now, connection.shard());
        }
    }

    fn count_out(&mut self, connection: ConnectionId) {
        if !self.is_here(connection) {
            self.elsewhere -= 1;
            return;
        }
        self.members -= 1;
        if connection.shard() != self.me {
            self.leases.remove(connection.shard());
        }
    }

    fn close_if_empty(&mut self, topic: &Topic) {
        let room = self.topics.get(topic);
        if room.is_some_and(|room| room.roster.is_empty()) {
            self.topics.remove(topic);
        }
    }

    fn watch(&mut self, topic: &Topic, watch: Option<u16>, limits: &Limits) -> PresencePage {
        let Some(room) = self.topics.get_mut(topic) else {
            return PresencePage::default();
        };
        let limit = match watch {
            Some(shard) => {
                room.watching.add(shard);
                limits.members_listed
            }
            None => 0,
        };
        room.roster.page(None, limit)
    }

    fn tell(
        &mut self,
        now: Moment,
        topic: &Topic,
        limits: &Limits,
        kind: PresenceKind,
        member: Arc<Member>,
        edge: bool,
    ) {
        self.tell_change(now, limits, change(topic, kind, member, edge));
    }

    /// Tells a change, or counts where there are too many.
    fn tell_change(&mut self, now: Moment, limits: &Limits, change: PresenceChange) {
        let Some(room) = self.topics.get_mut(&change.topic) else {
            return;
        };
        let change = Arc::new(change);
        // Each node tells those who watch the hub of its own members, so that they hear it once.
        let connection = change.member.connection;
        let is_here = self.cluster.is_none_or(|node| connection.node() == node);
        if self.watched && is_here {
            self.changes.push_back(Arc::clone(&change));
        }
        if !room.counted && room.roster.len() <= limits.members_told {
            if !room.watching.is_empty() {
                self.news.push_back(News {
                    shards: room.watching,
                    told: Told::Change(change),
                });
            }
            return;
        }
        room.counted = true;
        // What a member says about itself changes no count.
        if change.kind != PresenceKind::Changed {
            self.tell_count(now, &change.topic, limits);
        }
    }

    /// Tells how many there are, now or when the last count is old enough.
    fn tell_count(&mut self, now: Moment, topic: &Topic, limits: &Limits) {
        let Some(room) = self.topics.get_mut(topic) else {
            return;
        };
        if !room.watching.is_empty() {
            let next = room.counted_at.map_or(now, |last| last + COUNT_SPAN);
            if next > now {
                self.counts.insert((next, topic.clone()));
                return;
            }
            room.counted_at = Some(now);
            self.news.push_back(News {
                shards: room.watching,
                told: Told::Occupancy(topic.clone(), room.roster.occupancy()),
            });
        }
        room.counted = room.roster.len().saturating_mul(2) >= limits.members_told;
    }
}

fn change(topic: &Topic, kind: PresenceKind, member: Arc<Member>, edge: bool) -> PresenceChange {
    PresenceChange {
        topic: topic.clone(),
        kind,
        member,
        edge,
        was: None,
    }
}

/// The refusal for a client that speaks as a member and is none.
pub(crate) fn no_member() -> Refusal {
    Refusal::new(
        ErrorCode::NotSubscribed,
        "the connection is not subscribed to the topic by its name",
    )
}

#[cfg(test)]
mod tests;
