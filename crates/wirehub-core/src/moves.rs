//! Where sessions went.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use wirehub_model::{ConnectionId, Moment, SessionToken, UserId};

use crate::session::Session;

/// How long after a session went to another connection something may still be on its way to the
/// old one: a message from shard to shard takes far less.
const UNDERWAY: Duration = Duration::from_secs(10);

/// A session that went on on another connection.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) from: ConnectionId,
    pub(crate) to: ConnectionId,
    user: Option<UserId>,
    secret: u128,
}

impl Move {
    pub(crate) fn new(session: &Session, to: ConnectionId) -> Self {
        Self {
            from: session.connection,
            to,
            user: session.user.clone(),
            secret: session.secret,
        }
    }

    /// Whether `token` proves that the session was this user's.
    pub(crate) fn belongs_to(&self, token: &SessionToken, user: Option<&UserId>) -> bool {
        // Both are looked at, so that the time tells nothing of the secret.
        token.proves(self.secret) & (self.user.as_ref() == user)
    }
}

/// The sessions that left this shard. What still comes for them here is sent after them, so that
/// no direct message falls between two shards; and so is a client that was not told where its
/// session went.
#[derive(Debug, Default)]
pub(crate) struct Moves {
    moves: HashMap<ConnectionId, Move>,
    /// Until when something may be on its way to the old connection, in order.
    underway: VecDeque<(Moment, ConnectionId)>,
    /// Until when each is known, in order.
    ends: VecDeque<(Moment, ConnectionId)>,
}

impl Moves {
    /// Notes that a session goes on elsewhere, and knows it for as long as its client may come
    /// back; past `limit` the oldest is forgotten.
    pub(crate) fn push(&mut self, now: Moment, moved: Move, within: Duration, limit: usize) {
        while self.moves.len() >= limit.max(1)
            && let Some((_, oldest)) = self.ends.pop_front()
        {
            self.moves.remove(&oldest);
        }
        self.underway.push_back((now + UNDERWAY, moved.from));
        self.ends
            .push_back((now + within.max(UNDERWAY), moved.from));
        self.moves.insert(moved.from, moved);
    }

    /// A session that was on its way came back.
    pub(crate) fn forget(&mut self, from: ConnectionId) {
        if self.moves.remove(&from).is_some() {
            self.underway.retain(|(_, moved)| *moved != from);
            self.ends.retain(|(_, moved)| *moved != from);
        }
    }

    /// Where the session of a connection went.
    pub(crate) fn of_connection(&self, from: ConnectionId) -> Option<&Move> {
        self.moves.get(&from)
    }

    /// Where the sessions of a user went a moment ago.
    pub(crate) fn of_user(&self, user: &UserId) -> Vec<Move> {
        let underway = self.underway.iter();
        let moves = underway.filter_map(|(_, from)| self.moves.get(from));
        let theirs = moves.filter(|moved| moved.user.as_ref() == Some(user));
        theirs.cloned().collect()
    }

    /// When the oldest need not be known any longer.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        let fronts = [self.underway.front(), self.ends.front()];
        let times = fronts.into_iter().flatten().map(|(until, _)| *until);
        times.min()
    }

    /// Forgets those that need not be known any longer.
    pub(crate) fn handle_timeout(&mut self, now: Moment) {
        while pop_due(&mut self.underway, now).is_some() {}
        while let Some(ended) = pop_due(&mut self.ends, now) {
            self.moves.remove(&ended);
        }
        if self.ends.is_empty() {
            *self = Self::default();
        }
    }
}

fn pop_due(queue: &mut VecDeque<(Moment, ConnectionId)>, now: Moment) -> Option<ConnectionId> {
    let (until, connection) = *queue.front()?;
    if until > now {
        return None;
    }
    queue.pop_front();
    Some(connection)
}
