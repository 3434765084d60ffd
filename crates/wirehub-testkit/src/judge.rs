//! The naive reference: what everybody asked and heard, and whether that fits together.
//!
//! The judge sees the hub from outside, as its clients do. It is told every request when it is
//! made and every letter when it is read, and knows nothing of shards, relays or outboxes.

use std::rc::Rc;

use wirehub_core::Stats;
use wirehub_model::{Command, ConnectionId, Moment, Position};

use crate::{
    ground::Ground,
    judge::witness::Witness,
    letter::Letter,
    promise::{Breach, Promise, Verdict, broken},
    record::Record,
};

mod answers;
mod rest;
mod witness;

/// Whom a direct message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whom {
    User(usize),
    Connection(ConnectionId),
}

/// Something that happened to a client and is no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Note {
    /// Its connection is over.
    Parts,
    /// It lost its memory.
    Forgets,
}

/// Judges a scenario.
#[derive(Debug)]
pub(crate) struct Judge {
    ground: Rc<Ground>,
    pub(crate) record: Record,
    directs: Vec<Whom>,
    witnesses: Vec<Witness>,
    /// Places that a client did not see and that nobody could explain when it happened.
    gaps: Vec<(usize, usize, Position)>,
    limited: bool,
}

impl Judge {
    /// A judge over clients of these users; `limited` says that the bound on subscriptions is low
    /// enough to be reached.
    pub(crate) fn new(ground: Rc<Ground>, users: &[usize], limited: bool) -> Self {
        let topics = ground.topics.len();
        Self {
            ground,
            record: Record::new(topics),
            directs: Vec::new(),
            witnesses: users
                .iter()
                .map(|user| Witness::new(*user, topics))
                .collect(),
            gaps: Vec::new(),
            limited,
        }
    }

    /// Enters a direct message that is going to be sent; returns its number.
    pub(crate) fn enter_direct(&mut self, whom: Whom) -> u32 {
        self.directs.push(whom);
        self.directs.len() as u32 - 1
    }

    /// A client makes a request.
    pub(crate) fn says(&mut self, client: usize, id: Option<u64>, command: &Command) {
        if let (Some(witness), Some(id)) = (self.witnesses.get_mut(client), id) {
            witness.asks(id, command);
        }
    }

    /// Something happened to a client.
    pub(crate) fn note(&mut self, client: usize, note: Note) {
        if let Some(witness) = self.witnesses.get_mut(client) {
            match note {
                Note::Parts => witness.parts(),
                Note::Forgets => witness.forgets(),
            }
        }
    }

    /// A client reads a letter.
    pub(crate) fn hears(&mut self, client: usize, now: Moment, letter: &Letter) -> Verdict {
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        if witness.closed {
            return broken(Promise::Framing, format!("{letter:?} after the goodbye"));
        }
        match letter {
            Letter::Welcome { connection, .. } => witness.welcomed(*connection),
            Letter::Reply { id, reply } => {
                let asked = witness.answered(*id)?;
                self.judge_reply(client, now, asked, reply)
            }
            Letter::Refused { id, refusal } => self.judge_refusal(client, *id, refusal.code),
            Letter::Publication(heard) => self.judge_publication(client, heard),
            Letter::Direct { number } => self.judge_direct(client, *number),
            Letter::Close(_) => {
                witness.closed = true;
                Ok(())
            }
            Letter::Pong | Letter::Heartbeat | Letter::HeartbeatReply => Ok(()),
            Letter::Unsubscribed { filter, code } => {
                let name = code.name();
                broken(
                    Promise::Reach,
                    format!("nobody takes {filter} away: {name}"),
                )
            }
            Letter::Reconnect | Letter::Other(_) => {
                broken(Promise::Answers, format!("nobody asked for {letter:?}"))
            }
        }
    }

    fn judge_direct(&mut self, client: usize, number: Option<u32>) -> Verdict {
        let whom = number.and_then(|number| self.directs.get(number as usize));
        let (Some(number), Some(whom)) = (number, whom) else {
            return broken(Promise::Directs, "a direct message that nobody sent");
        };
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        let is_for_it = match whom {
            Whom::User(user) => witness.user == *user,
            Whom::Connection(connection) => witness.connection == Some(*connection),
        };
        if !is_for_it {
            return broken(Promise::Directs, format!("d{number} was for {whom:?}"));
        }
        if !witness.directs.insert(number) {
            return broken(Promise::Directs, format!("d{number} came twice"));
        }
        Ok(())
    }

    /// The clients that are in, and their subscriptions, against the counters.
    pub(crate) fn judge_counters(&self, stats: &Stats) -> Verdict {
        let open = self
            .witnesses
            .iter()
            .filter(|witness| witness.connection.is_some());
        let (open, subscriptions) = open.fold((0, 0), |(open, sum), witness| {
            (open + 1, sum + witness.standings.len() as u64)
        });
        let counted = (stats.connections, stats.subscriptions, stats.waiting_bytes);
        let seen = ([0, open, 0], subscriptions, 0);
        if counted == seen {
            return Ok(());
        }
        Err(Breach {
            promise: Promise::Counters,
            found: format!(
                "connections, subscriptions and waiting bytes: {counted:?} are counted, clients \
                 see {seen:?}"
            ),
        })
    }
}
