//! What one client asked and heard.

use std::collections::{BTreeMap, BTreeSet};

use wirehub_model::{Command, ConnectionId, Moment, Position, TopicFilter};

use crate::{
    ground::Ground,
    promise::{Breach, Promise, Verdict, broken},
};

/// One client, as the judge sees it.
#[derive(Debug)]
pub(super) struct Witness {
    pub(super) user: usize,
    /// The connection, from its welcome to its end.
    pub(super) connection: Option<ConnectionId>,
    /// It was told goodbye.
    pub(super) closed: bool,
    /// Requests that wait for their answers.
    pub(super) asked: BTreeMap<u64, Asked>,
    pub(super) standings: Vec<Standing>,
    /// How far it has everything of each topic, while a subscription stands.
    pub(super) threads: Vec<Option<Position>>,
    /// The last publication heard of each topic on this connection.
    pub(super) last: Vec<Option<Position>>,
    /// Numbers of the publications it heard.
    pub(super) heard: BTreeSet<u32>,
    /// Numbers of the direct messages it heard on this connection.
    pub(super) directs: BTreeSet<u32>,
}

/// A subscription that a client was told it has.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) filter: TopicFilter,
    /// When it was told.
    pub(super) since: Moment,
}

/// A request, as far as its answer is judged by it.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Connect,
    Subscribe {
        filter: TopicFilter,
        since: Option<Position>,
    },
    Unsubscribe(TopicFilter),
    Publish {
        number: u32,
    },
    Send,
}

impl Witness {
    pub(super) fn new(user: usize, topics: usize) -> Self {
        Self {
            user,
            connection: None,
            closed: false,
            asked: BTreeMap::new(),
            standings: Vec::new(),
            threads: vec![None; topics],
            last: vec![None; topics],
            heard: BTreeSet::new(),
            directs: BTreeSet::new(),
        }
    }

    pub(super) fn asks(&mut self, id: u64, command: &Command) {
        let asked = match command {
            Command::Ping => return,
            Command::Connect { .. } => Asked::Connect,
            Command::Subscribe(wish) => Asked::Subscribe {
                filter: wish.filter.clone(),
                since: wish.since,
            },
            Command::Unsubscribe { filter } => Asked::Unsubscribe(filter.clone()),
            Command::Publish(wish) => {
                let number = crate::letter::number(&wish.message.payload);
                Asked::Publish {
                    number: number.unwrap_or(u32::MAX),
                }
            }
            Command::Send { .. } => Asked::Send,
            // No scenario asks for it yet.
            _ => return,
        };
        self.asked.insert(id, asked);
    }

    pub(super) fn welcomed(&mut self, connection: ConnectionId) -> Verdict {
        if self.connection.is_some() {
            return broken(Promise::Answers, "a second welcome");
        }
        self.connection = Some(connection);
        self.asked
            .retain(|_, asked| !matches!(asked, Asked::Connect));
        Ok(())
    }

    pub(super) fn answered(&mut self, id: u64) -> Result<Asked, Breach> {
        match self.asked.remove(&id) {
            Some(asked) => Ok(asked),
            None => broken(Promise::Answers, format!("#{id} waits for no answer")),
        }
    }

    pub(super) fn parts(&mut self) {
        self.connection = None;
        self.closed = false;
        self.asked.clear();
        self.standings.clear();
        self.threads.fill(None);
        // What comes late on the way to another shard may come again there.
        self.last.fill(None);
        self.directs.clear();
    }

    pub(super) fn forgets(&mut self) {
        self.heard.clear();
    }

    /// Since when it hears a topic without a break; `None` when it is not subscribed.
    pub(super) fn hears_since(&self, ground: &Ground, topic: usize) -> Option<Moment> {
        let (name, _) = ground.topics.get(topic)?;
        let matching = self
            .standings
            .iter()
            .filter(|standing| standing.filter.matches(name));
        matching.map(|standing| standing.since).min()
    }

    /// Ends a subscription, and the threads of the topics that it alone covered.
    pub(super) fn end(&mut self, ground: &Ground, filter: &TopicFilter) -> bool {
        let before = self.standings.len();
        self.standings.retain(|standing| standing.filter != *filter);
        for topic in 0..self.threads.len() {
            if self.hears_since(ground, topic).is_none() {
                self.threads[topic] = None;
            }
        }
        self.standings.len() < before
    }
}
