//! Where sessions went.

use std::{collections::VecDeque, time::Duration};

use wirehub_model::{ConnectionId, Moment, UserId};

/// How long after a session went to another connection something may still be on its way to the
/// old one: a message from shard to shard takes far less.
const UNDERWAY: Duration = Duration::from_secs(10);

/// A session that went on on another connection.
#[derive(Clone, Debug)]
pub(crate) struct Move {
    pub(crate) from: ConnectionId,
    pub(crate) to: ConnectionId,
    user: Option<UserId>,
}

/// The sessions that left this shard a moment ago. What still comes for them here is sent after
/// them, so that no direct message falls between two shards.
#[derive(Debug, Default)]
pub(crate) struct Moves(VecDeque<(Moment, Move)>);

impl Moves {
    /// Notes that a session goes on elsewhere; past `limit` the oldest is forgotten.
    pub(crate) fn push(
        &mut self,
        now: Moment,
        from: ConnectionId,
        to: ConnectionId,
        user: Option<UserId>,
        limit: usize,
    ) {
        while self.0.len() >= limit.max(1) {
            self.0.pop_front();
        }
        self.0.push_back((now + UNDERWAY, Move { from, to, user }));
    }

    /// A session that was on its way came back.
    pub(crate) fn forget(&mut self, from: ConnectionId) {
        self.0.retain(|(_, moved)| moved.from != from);
    }

    /// Where the session of a connection went.
    pub(crate) fn of_connection(&self, from: ConnectionId) -> Option<&Move> {
        let mut moves = self.0.iter().map(|(_, moved)| moved);
        moves.find(|moved| moved.from == from)
    }

    /// Where the sessions of a user went.
    pub(crate) fn of_user(&self, user: &UserId) -> Vec<Move> {
        let moves = self.0.iter().map(|(_, moved)| moved);
        let theirs = moves.filter(|moved| moved.user.as_ref() == Some(user));
        theirs.cloned().collect()
    }

    /// When the oldest need not be known any longer.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.0.front().map(|(until, _)| *until)
    }

    /// Forgets those that need not be known any longer.
    pub(crate) fn handle_timeout(&mut self, now: Moment) {
        while self.poll_timeout().is_some_and(|until| until <= now) {
            self.0.pop_front();
        }
        if self.0.is_empty() {
            self.0 = VecDeque::new();
        }
    }
}
