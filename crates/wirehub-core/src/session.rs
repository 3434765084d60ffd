//! What goes on when a connection is lost.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use wirehub_model::{
    ConnectionId, Epoch, Grant, Moment, Pace, Position, Resume, SessionToken, Subscribe,
    TagsFilter, Topic, TopicFilter, UserId,
};

use crate::{growth, letterbox::Letterbox};

/// A session without its connection: everything that another connection needs to go on with it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The connection that carried it.
    pub(crate) connection: ConnectionId,
    pub(crate) secret: u128,
    pub(crate) user: Option<UserId>,
    pub(crate) subscriptions: Box<[Kept]>,
    pub(crate) letters: Letterbox,
}

/// A subscription of a session.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What is subscribed.
    pub filter: TopicFilter,
    /// The life of the topic that the client's offsets are of: the one it was told, or named itself
    /// when it was told none yet. `None` with wildcards, or when there was neither.
    pub epoch: Option<Epoch>,
    /// The client acknowledges.
    pub acks: bool,
    /// Up to where it did so; `None` when its beginning has not been told.
    pub acked: Option<Position>,
    /// Its connection is a member of the topic, and stays one. One that has asked but was not
    /// answered is none: it leaves by itself, since what it asked may arrive late.
    pub member: bool,
    /// It was told who comes and goes.
    pub watches: bool,
    /// The application ended it while the client was away, who is told so when it comes back.
    pub ended: bool,
    /// What only few subscriptions have.
    pub terms: Option<Box<Terms>>,
}

/// What is not as usual about a subscription.
#[derive(Clone, Debug)]
pub struct Terms {
    /// How publications are held back for it.
    pub pace: Option<Pace>,
    /// What it chooses by tags.
    pub tags: Option<Arc<TagsFilter>>,
    /// What stands in place of its client's capabilities.
    pub grant: Option<Grant>,
}

impl Terms {
    /// Keeps what there is, and nothing where everything is as usual.
    #[must_use]
    pub fn of(
        pace: Option<Pace>,
        tags: Option<Arc<TagsFilter>>,
        grant: Option<Grant>,
    ) -> Option<Box<Self>> {
        let usual = pace.is_none() && tags.is_none() && grant.is_none();
        (!usual).then(|| Box::new(Self { pace, tags, grant }))
    }
}

impl Session {
    /// The topics that the lost connection is still a member of.
    pub(crate) fn memberships(&self) -> impl Iterator<Item = Topic> {
        let kept = self.subscriptions.iter().filter(|kept| kept.member);
        kept.filter_map(|kept| kept.filter.as_topic())
    }

    /// Whether `token` proves that `user` may go on with this session.
    pub(crate) fn belongs_to(&self, token: &SessionToken, user: Option<&UserId>) -> bool {
        // Both are looked at, so that the time tells nothing of the secret.
        token.proves(self.secret) & (self.user.as_ref() == user)
    }
}

impl Kept {
    /// What stands in place of the client's capabilities.
    pub(crate) fn grant(&self) -> Option<&Grant> {
        self.terms.as_ref()?.grant.as_ref()
    }

    /// The wish that goes on with the subscription, for a client that says what it has.
    pub(crate) fn wish(&self, resume: &Resume) -> Subscribe {
        let topic = self.filter.as_topic();
        let named = topic.and_then(|topic| {
            let mut offsets = resume.offsets.iter();
            let (_, offset) = offsets.find(|(named, _)| *named == topic)?;
            Some(Position {
                epoch: self.epoch?,
                offset: *offset,
            })
        });
        let terms = self.terms.as_deref();
        Subscribe {
            since: self.acked.or(named),
            ack: self.acks,
            presence: self.watches,
            pace: terms.and_then(|terms| terms.pace),
            tags: terms.and_then(|terms| terms.tags.clone()),
            grant: self.grant().cloned().map(Box::new),
            ..Subscribe::to(self.filter.clone())
        }
    }
}

/// The sessions of a shard that have lost their connection, for as long as their clients may come
/// back.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    parked: BTreeMap<ConnectionId, Session>,
    users: HashMap<UserId, Vec<ConnectionId>>,
    /// Until when each is kept, in order; some are gone already.
    ends: VecDeque<(Moment, ConnectionId)>,
}

impl Sessions {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.parked.len()
    }

    /// The memory they take, what they keep for their clients aside.
    pub(crate) fn bytes(&self) -> usize {
        self.parked.len() * size_of::<(ConnectionId, Session)>()
            + self.ends.capacity() * size_of::<(Moment, ConnectionId)>()
            + growth::table_bytes(&self.users)
    }

    /// Keeps a session until `end`.
    pub(crate) fn park(&mut self, end: Moment, session: Session) {
        let connection = session.connection;
        if let Some(user) = &session.user {
            self.users.entry(user.clone()).or_default().push(connection);
        }
        self.parked.insert(connection, session);
        self.ends.push_back((end, connection));
    }

    /// All of them.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.parked.values()
    }

    /// Visits all of them.
    pub(crate) fn each(&mut self, visit: impl FnMut(&mut Session)) {
        self.parked.values_mut().for_each(visit);
    }

    /// The session that this connection carried.
    pub(crate) fn get_mut(&mut self, connection: ConnectionId) -> Option<&mut Session> {
        self.parked.get_mut(&connection)
    }

    /// Does something with each of a user's sessions.
    pub(crate) fn each_of(&mut self, user: &UserId, mut visit: impl FnMut(&mut Session)) {
        for connection in self.users.get(user).into_iter().flatten() {
            self.parked
                .get_mut(connection)
                .into_iter()
                .for_each(&mut visit);
        }
    }

    /// Takes out the session that this connection carried.
    pub(crate) fn take(&mut self, connection: ConnectionId) -> Option<Session> {
        let session = self.parked.remove(&connection)?;
        if let Some(user) = &session.user
            && let Some(all) = self.users.get_mut(user)
        {
            all.retain(|known| *known != connection);
            if all.is_empty() {
                self.users.remove(user);
            }
        }
        if self.parked.is_empty() {
            // The last one is gone: give the memory of a bad hour back.
            self.users = HashMap::new();
            self.ends = VecDeque::new();
        }
        Some(session)
    }

    /// Takes out the one that was parked first.
    pub(crate) fn take_oldest(&mut self) -> Option<Session> {
        while let Some((_, connection)) = self.ends.pop_front() {
            let oldest = self.take(connection);
            if oldest.is_some() {
                return oldest;
            }
        }
        None
    }

    /// Those that have waited long enough, and for how much longer.
    pub(crate) fn overdue(&self, now: Moment) -> impl Iterator<Item = (ConnectionId, Duration)> {
        let ended = self.ends.iter().take_while(move |(end, _)| *end < now);
        let parked = ended.filter(|(_, connection)| self.parked.contains_key(connection));
        parked.map(move |(end, connection)| (*connection, now.since(*end)))
    }

    /// When the next one has waited long enough.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.ends.front().map(|(end, _)| *end)
    }

    /// Takes out one that has waited long enough.
    pub(crate) fn next_ended(&mut self, now: Moment) -> Option<Session> {
        while self.poll_timeout().is_some_and(|end| end <= now) {
            let (_, connection) = self.ends.pop_front()?;
            let ended = self.take(connection);
            if ended.is_some() {
                return ended;
            }
        }
        None
    }
}
