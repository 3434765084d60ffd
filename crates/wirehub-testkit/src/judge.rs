//! The naive reference: what everybody asked and heard, and whether that fits together.
//!
//! The judge sees the hub from outside, as its clients do. It is told every request when it is
//! made and every letter when it is read, and knows nothing of shards, relays or outboxes.

use std::{rc::Rc, sync::Arc};

use wirehub_core::Stats;
use wirehub_model::{Command, ConnectionId, ErrorCode, Member, Moment, Position};

use crate::{
    feature::{Feature, Features},
    ground::Ground,
    judge::witness::{Greeting, Witness},
    knobs::Knobs,
    letter::Letter,
    promise::{Breach, Promise, Verdict, broken},
    record::Record,
    store::is_guest,
};

mod answers;
mod deltas;
mod presence;
mod publications;
mod rest;
mod subscribed;
mod values;
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
    directs: Vec<Direct>,
    witnesses: Vec<Witness>,
    /// Places that a client did not see and that nobody could explain when it happened.
    gaps: Vec<(usize, usize, Position)>,
    greetings: Vec<Greeting>,
    features: Features,
    /// The bound on subscriptions is low enough to be reached.
    limited: bool,
    keeps_history: bool,
    /// How many keys a topic with values keeps.
    keys: usize,
    /// Who is on each topic, by what a broker knows.
    pub(crate) rolls: Option<Vec<Vec<Arc<Member>>>>,
    /// How many things members have said about themselves.
    states: u32,
}

/// A direct message.
#[derive(Debug)]
struct Direct {
    whom: Whom,
    at: Moment,
    /// Its sender was told that it is on its way.
    accepted: bool,
}

impl Judge {
    /// A judge over clients of these users.
    pub(crate) fn new(ground: Rc<Ground>, users: &[usize], knobs: &Knobs) -> Self {
        let topics = ground.topics.len();
        let limited = knobs.subscriptions < ground.filters.len();
        Self {
            ground,
            record: Record::new(topics, knobs.has(Feature::Broker)),
            directs: Vec::new(),
            witnesses: users
                .iter()
                .map(|user| Witness::new(*user, topics))
                .collect(),
            gaps: Vec::new(),
            greetings: Vec::new(),
            features: knobs.features,
            limited,
            keeps_history: knobs.history.is_on(),
            keys: knobs.keys,
            rolls: None,
            states: 0,
        }
    }

    /// Enters a direct message that is going to be sent; returns its number.
    pub(crate) fn enter_direct(&mut self, whom: Whom, at: Moment) -> u32 {
        self.directs.push(Direct {
            whom,
            at,
            accepted: false,
        });
        self.directs.len() as u32 - 1
    }

    /// The number of something new that a member says about itself.
    pub(crate) const fn next_state(&mut self) -> u32 {
        self.states += 1;
        self.states
    }

    fn direct_accepted(&mut self, number: u32) {
        if let Some(direct) = self.directs.get_mut(number as usize) {
            direct.accepted = true;
        }
    }

    /// A client makes a request.
    pub(crate) fn says(&mut self, client: usize, id: Option<u64>, command: &Command) {
        if let (Some(witness), Some(id)) = (self.witnesses.get_mut(client), id) {
            witness.asks(&self.ground, id, command);
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
            Letter::Retained(_) => {}
            // A slow reader that is sent away is not told the rest.
            Letter::Close(_) => witness.cut_greeting(),
            _ => self.greetings.extend(witness.greeting.take()),
        }
        match letter {
            Letter::Welcome {
                connection,
                session,
                ..
            } => witness.welcomed(now, *connection, session.is_some()),
            Letter::Reply { id, reply } => {
                let asked = witness.answered(*id)?;
                self.judge_reply(client, now, asked, reply)
            }
            Letter::Refused { id, refusal } => self.judge_refusal(client, *id, refusal.code),
            Letter::Publication(heard) => self.judge_publication(client, heard),
            Letter::Delta { heard, since } => self.judge_delta(client, heard, *since),
            Letter::Batch(entries) => entries
                .iter()
                .try_for_each(|(heard, count)| self.judge_entry(client, heard, *count)),
            Letter::Retained(heard) => self.judge_value(client, heard),
            Letter::Subscribed { filter, subscribed } => {
                self.judge_returned(client, now, filter, subscribed)
            }
            Letter::Presence(change) => self.judge_change(client, change),
            Letter::Direct { number } => self.judge_direct(client, *number),
            Letter::Close(_) => {
                witness.closed = true;
                Ok(())
            }
            Letter::Pong | Letter::Spread | Letter::Heartbeat | Letter::HeartbeatReply => Ok(()),
            // It was asked for anew before the session came, or the broker was away.
            Letter::Unsubscribed { filter, code }
                if (*code == ErrorCode::LimitReached && self.limited)
                    || (*code == ErrorCode::Overloaded
                        && self.features.has(Feature::BrokerTrouble)) =>
            {
                witness
                    .returning
                    .retain(|standing| standing.filter != *filter);
                Ok(())
            }
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
        let direct = number.and_then(|number| self.directs.get(number as usize));
        let (Some(number), Some(Direct { whom, .. })) = (number, direct) else {
            return broken(Promise::Directs, "a direct message that nobody sent");
        };
        let Some(witness) = self.witnesses.get_mut(client) else {
            return Ok(());
        };
        let is_for_it = match whom {
            Whom::User(user) => witness.user == *user,
            Whom::Connection(connection) => witness.names.contains(connection),
        };
        if !is_for_it {
            return broken(Promise::Directs, format!("d{number} was for {whom:?}"));
        }
        if !witness.receives(number) {
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
        let members = (0..self.ground.topics.len())
            .flat_map(|topic| self.members(topic).into_keys())
            .filter(|connection| !is_guest(*connection))
            .count();
        let counted = (
            stats.connections,
            stats.subscriptions,
            stats.waiting_bytes,
            stats.members,
        );
        let seen = ([0, open, 0], subscriptions, 0, members as u64);
        if counted == seen {
            return Ok(());
        }
        Err(Breach {
            promise: Promise::Counters,
            found: format!(
                "connections, subscriptions, waiting bytes and members: {counted:?} are counted, \
                 clients see {seen:?}"
            ),
        })
    }
}
