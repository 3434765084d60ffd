//! The members of one topic.

use std::{
    collections::{BTreeMap, HashMap},
    ops::Bound,
    sync::Arc,
};

use wirehub_model::{ConnectionId, Member, Occupancy, Payload, PresencePage, UserId};

/// Who is on one topic, found by connection and counted by user.
///
/// Joining and leaving cost the logarithm of the crowd and a page costs its length, so a topic may
/// have a hundred thousand members and more.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    members: BTreeMap<ConnectionId, Arc<Member>>,
    /// How many connections each user has among the members.
    users: HashMap<UserId, u32>,
}

/// What a member's client or its token says anew.
#[derive(Clone, Debug)]
pub(crate) enum Update {
    State(Option<Payload>),
    Info(Option<Arc<str>>),
}

impl Roster {
    pub(crate) fn len(&self) -> usize {
        self.members.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(crate) fn contains(&self, connection: ConnectionId) -> bool {
        self.members.contains_key(&connection)
    }

    pub(crate) fn get(&self, connection: ConnectionId) -> Option<&Arc<Member>> {
        self.members.get(&connection)
    }

    /// Everybody, in the order of connections.
    pub(crate) fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.values()
    }

    /// Everybody's connections, in their order.
    pub(crate) fn connections(&self) -> impl Iterator<Item = ConnectionId> {
        self.members.keys().copied()
    }

    pub(crate) fn occupancy(&self) -> Occupancy {
        Occupancy {
            connections: self.members.len() as u64,
            users: self.users.len() as u64,
        }
    }

    /// Takes in a connection that is no member yet; returns whether it is its user's first.
    pub(crate) fn join(&mut self, member: Arc<Member>) -> bool {
        let first = match &member.user {
            None => true,
            Some(user) => {
                let count = self.users.entry(user.clone()).or_insert(0);
                *count += 1;
                *count == 1
            }
        };
        self.members.insert(member.connection, member);
        first
    }

    /// Takes out a connection; returns the member and whether it was its user's last connection.
    pub(crate) fn leave(&mut self, connection: ConnectionId) -> Option<(Arc<Member>, bool)> {
        let member = self.members.remove(&connection)?;
        let last = match &member.user {
            None => true,
            Some(user) => match self.users.get_mut(user) {
                Some(count) if *count > 1 => {
                    *count -= 1;
                    false
                }
                _ => {
                    self.users.remove(user);
                    true
                }
            },
        };
        Some((member, last))
    }

    /// Takes in a connection, in place of what was known of it; returns whether it is its user's
    /// first. One that only changes is not.
    pub(crate) fn put(&mut self, member: Arc<Member>) -> bool {
        let before = self.leave(member.connection);
        let first = self.join(member);
        first && before.is_none()
    }

    /// Changes a member. Returns it, and whether it is any different now; `None` when there is no
    /// such member.
    pub(crate) fn update(
        &mut self,
        connection: ConnectionId,
        update: Update,
    ) -> Option<(Arc<Member>, bool)> {
        let member = self.members.get_mut(&connection)?;
        let differs = match &update {
            Update::State(state) => member.state != *state,
            Update::Info(info) => member.info != *info,
        };
        if differs {
            let member = Arc::make_mut(member);
            match update {
                Update::State(state) => member.state = state,
                Update::Info(info) => member.info = info,
            }
        }
        Some((Arc::clone(member), differs))
    }

    /// Puts a member's new connection in the place of its old one, whose state it keeps. Returns
    /// the member as it is now; `None` when the old connection is no member.
    pub(crate) fn replace(&mut self, old: ConnectionId, mut member: Member) -> Option<Arc<Member>> {
        let (before, _) = self.leave(old)?;
        member.state.clone_from(&before.state);
        let member = Arc::new(member);
        self.join(Arc::clone(&member));
        Some(member)
    }

    /// At most `limit` members after a connection, in the order of connections.
    pub(crate) fn page(&self, after: Option<ConnectionId>, limit: usize) -> PresencePage {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rest = self.members.range((start, Bound::Unbounded));
        let members = rest.by_ref().take(limit);
        PresencePage {
            occupancy: self.occupancy(),
            members: members.map(|(_, member)| Arc::clone(member)).collect(),
            more: rest.next().is_some(),
        }
    }

    /// The members whose connections a shard serves.
    pub(crate) fn of_shard(&self, shard: u16) -> impl Iterator<Item = ConnectionId> {
        let connections = self.members.keys().copied();
        connections.filter(move |connection| connection.shard() == shard)
    }
}

#[cfg(test)]
mod tests;
