//! Who is on topics.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    ops::Bound,
    sync::Arc,
};

use wirehub_model::{ConnectionId, Member, Occupancy, PresenceChange, PresenceKind, Topic, UserId};

use crate::{BrokerError, Members, MembersQuery, NodeName};

/// The members of all topics, over all nodes.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    topics: HashMap<Topic, Crowd>,
    version: u64,
}

/// The members of one topic.
#[derive(Debug, Default)]
struct Crowd {
    members: BTreeMap<(ConnectionId, NodeName), Arc<Member>>,
    /// Connections of each user.
    users: HashMap<UserId, u64>,
}

/// A change, and the version of the topic with it.
pub(crate) type Versioned = (PresenceChange, u64);

impl Roster {
    /// A member comes or changes; says what is new about that. So many are enough for a topic.
    pub(crate) fn enter(
        &mut self,
        topic: &Topic,
        node: &NodeName,
        member: Member,
        bound: usize,
    ) -> Result<Vec<Versioned>, BrokerError> {
        let place = (member.connection, node.clone());
        let crowd = self.topics.entry(topic.clone()).or_default();
        let mut changes = Vec::new();
        match crowd.members.get(&place) {
            Some(before) if **before == member => return Ok(Vec::new()),
            Some(before) if before.user == member.user => {
                let member = Arc::new(member);
                crowd.members.insert(place, Arc::clone(&member));
                let edge = member.user.is_none();
                changes.push((PresenceKind::Changed, member, edge));
                return Ok(self.number(topic, changes));
            }
            Some(_) => changes.extend(crowd.remove(&place)),
            None if crowd.members.len() >= bound => {
                return Err(BrokerError::TooManyMembers(bound));
            }
            None => {}
        }
        changes.push(crowd.insert(place, Arc::new(member)));
        Ok(self.number(topic, changes))
    }

    /// A member goes; says what is new about that.
    pub(crate) fn leave(
        &mut self,
        topic: &Topic,
        node: &NodeName,
        connection: ConnectionId,
    ) -> Vec<Versioned> {
        let Some(crowd) = self.topics.get_mut(topic) else {
            return Vec::new();
        };
        let gone = crowd.remove(&(connection, node.clone()));
        if crowd.members.is_empty() {
            self.topics.remove(topic);
        }
        self.number(topic, gone.into_iter().collect())
    }

    fn number(
        &mut self,
        topic: &Topic,
        changes: Vec<(PresenceKind, Arc<Member>, bool)>,
    ) -> Vec<Versioned> {
        let version = &mut self.version;
        let number = |(kind, member, edge)| {
            *version += 1;
            let topic = topic.clone();
            let change = PresenceChange {
                topic,
                kind,
                member,
                edge,
                was: None,
            };
            (change, *version)
        };
        changes.into_iter().map(number).collect()
    }

    /// Everybody, and the version.
    pub(crate) fn all(&self) -> (u64, Vec<(Topic, NodeName, Member)>) {
        let all = self.topics.iter().flat_map(|(topic, crowd)| {
            let members = crowd.members.iter();
            members.map(|((_, node), member)| (topic.clone(), node.clone(), (**member).clone()))
        });
        (self.version, all.collect())
    }

    /// Goes on with a version.
    pub(crate) const fn resume(&mut self, version: u64) {
        self.version = version;
    }

    /// A part of the members of a topic.
    pub(crate) fn page(&self, query: &MembersQuery) -> Members {
        let version = self.version;
        let Some(crowd) = self.topics.get(&query.topic) else {
            return Members {
                occupancy: Occupancy::default(),
                members: Vec::new(),
                more: false,
                version,
            };
        };
        let from = query
            .after
            .as_ref()
            .map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = crowd.members.range((from, Bound::Unbounded));
        let members = rest.by_ref().take(query.limit);
        let members = members.map(|((_, node), member)| (node.clone(), Arc::clone(member)));
        Members {
            occupancy: Occupancy {
                connections: crowd.members.len() as u64,
                users: crowd.users.len() as u64,
            },
            members: members.collect(),
            more: rest.next().is_some(),
            version,
        }
    }
}

impl Crowd {
    fn insert(
        &mut self,
        place: (ConnectionId, NodeName),
        member: Arc<Member>,
    ) -> (PresenceKind, Arc<Member>, bool) {
        let edge = member.user.as_ref().is_none_or(|user| {
            let connections = self.users.entry(user.clone()).or_default();
            *connections += 1;
            *connections == 1
        });
        self.members.insert(place, Arc::clone(&member));
        (PresenceKind::Joined, member, edge)
    }

    fn remove(
        &mut self,
        place: &(ConnectionId, NodeName),
    ) -> Option<(PresenceKind, Arc<Member>, bool)> {
        let member = self.members.remove(place)?;
        let edge = member.user.as_ref().is_none_or(|user| {
            let Entry::Occupied(mut connections) = self.users.entry(user.clone()) else {
                return true;
            };
            *connections.get_mut() -= 1;
            let last = *connections.get() == 0;
            if last {
                connections.remove();
            }
            last
        });
        Some((PresenceKind::Left, member, edge))
    }
}
