//! What one client asked and heard.

use std::collections::{BTreeMap, BTreeSet};

use wirehub_model::{
    Command, ConnectionId, Epoch, HistoryQuery, Moment, Offset, Position, Topic, TopicFilter,
};

use super::presence::Roster;
use crate::{
    ground::Ground,
    letter,
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
    /// What it knows of each topic.
    pub(super) topics: Vec<Knowledge>,
    /// Numbers of the publications it heard.
    pub(super) heard: BTreeSet<u32>,
    /// Numbers of the direct messages it ever received.
    pub(super) received: BTreeSet<u32>,
    /// Numbers of those of its session.
    directs: BTreeSet<u32>,
    /// Those that came before it is known whether its session goes on: then they come again.
    aside: BTreeSet<u32>,
    /// The connections of its session.
    pub(super) names: Vec<ConnectionId>,
    /// Since when direct messages reach it without a break.
    pub(super) reached_since: Moment,
    /// What it left behind with its last connection.
    pub(super) parked: Option<Parked>,
    /// Subscriptions that a session may bring back.
    pub(super) returning: Vec<Standing>,
    /// What it named when it came back.
    pub(super) named: Vec<(Topic, Offset)>,
    /// Who it was told is on each topic that it watches.
    pub(super) rosters: BTreeMap<usize, Roster>,
    /// What it was told last, on this connection, of each topic of which it takes deltas.
    pub(super) told: BTreeMap<usize, Position>,
    /// What it is told of a topic that it begins with.
    pub(super) greeting: Option<Greeting>,
    /// Topics whose last values it was being told when the connection ended, and has not begun with
    /// again.
    pub(super) cut_short: BTreeSet<usize>,
    /// The connection has a session.
    pub(super) has_session: bool,
}

/// What a client knows of a topic.
#[derive(Clone, Debug, Default)]
pub(super) struct Knowledge {
    /// How far it has everything, while a subscription stands.
    pub(super) thread: Option<Position>,
    /// The last publication it heard on this connection or session.
    pub(super) last: Option<Position>,
    /// What it missed and is being sent.
    pub(super) run: Option<Run>,
    /// Up to where it acknowledged for sure, and perhaps.
    pub(super) acked: (Offset, Offset),
}

impl Knowledge {
    /// Whether it heard what is at an offset, or something after it.
    pub(super) fn has(&self, offset: Offset, epoch: Epoch) -> bool {
        let after = |last: Position| last.epoch == epoch && last.offset >= offset;
        self.last.is_some_and(after)
    }
}

/// Publications that a subscriber missed, on their way to it one after the other.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) epoch: Epoch,
    /// The run begins no earlier than here,
    pub(super) low: Offset,
    /// and no later than here.
    pub(super) next: Offset,
    pub(super) end: Offset,
    /// It may have heard some of it before.
    pub(super) again: bool,
}

/// A subscription that a client was told it has.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) filter: TopicFilter,
    /// When it was told.
    pub(super) since: Moment,
    /// Whether it acknowledges; `None` where its client cannot know which of its wishes reached the
    /// shard.
    pub(super) ack: Option<bool>,
    /// Whether it is told who is there; `None` as above.
    pub(super) watch: Option<bool>,
    /// What it says about itself; `None` while that may be one or another.
    pub(super) says: Option<Option<u32>>,
}

/// What a client left behind with its connection, for the session to bring back.
#[derive(Debug)]
pub(super) struct Parked {
    standings: Vec<Standing>,
    topics: Vec<Knowledge>,
    directs: BTreeSet<u32>,
    names: Vec<ConnectionId>,
    /// `None` when it was interrupted.
    reached_since: Moment,
}

/// The last values of a topic, as they were told to a client that begins.
#[derive(Debug)]
pub(super) struct Greeting {
    pub(super) client: usize,
    pub(super) topic: usize,
    /// Where the topic stood.
    pub(super) position: Position,
    /// The least and the most it may have of the topic; values after that are among what it missed.
    pub(super) known: (u64, u64),
    pub(super) values: Vec<u32>,
}

/// A request, as far as its answer is judged by it.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    Connect {
        resumes: bool,
    },
    Resume,
    Subscribe {
        filter: TopicFilter,
        since: Option<Position>,
        ack: bool,
        watch: bool,
        says: Option<u32>,
    },
    Unsubscribe(TopicFilter),
    Ack(Topic, Offset),
    Publish {
        number: u32,
    },
    Send {
        number: u32,
    },
    History(HistoryQuery),
    State(Topic, Option<u32>),
}

impl Witness {
    pub(super) fn new(user: usize, topics: usize) -> Self {
        Self {
            user,
            connection: None,
            closed: false,
            asked: BTreeMap::new(),
            standings: Vec::new(),
            topics: vec![Knowledge::default(); topics],
            heard: BTreeSet::new(),
            received: BTreeSet::new(),
            directs: BTreeSet::new(),
            aside: BTreeSet::new(),
            names: Vec::new(),
            reached_since: Moment::ZERO,
            parked: None,
            returning: Vec::new(),
            named: Vec::new(),
            rosters: BTreeMap::new(),
            told: BTreeMap::new(),
            greeting: None,
            cut_short: BTreeSet::new(),
            has_session: false,
        }
    }

    pub(super) fn asks(&mut self, ground: &Ground, id: u64, command: &Command) {
        let number = |payload| letter::number(payload).unwrap_or(u32::MAX);
        let asked = match command {
            Command::Connect { resume, .. } => {
                if let Some(resume) = resume {
                    self.named.clone_from(&resume.offsets);
                }
                Asked::Connect {
                    resumes: resume.is_some(),
                }
            }
            Command::Resume(resume) => {
                self.named.clone_from(&resume.offsets);
                Asked::Resume
            }
            Command::Subscribe(wish) => Asked::Subscribe {
                filter: wish.filter.clone(),
                since: wish.since,
                ack: wish.ack,
                watch: wish.presence,
                says: wish.state.as_ref().and_then(letter::number),
            },
            Command::Unsubscribe { filter } => Asked::Unsubscribe(filter.clone()),
            Command::Ack { topic, offset } => {
                if let Some(topic) = ground.number(topic) {
                    let (_, perhaps) = &mut self.topics[topic].acked;
                    *perhaps = (*offset).max(*perhaps);
                }
                Asked::Ack(topic.clone(), *offset)
            }
            Command::Publish(wish) => Asked::Publish {
                number: number(&wish.message.payload),
            },
            Command::Send { message, .. } => Asked::Send {
                number: number(&message.payload),
            },
            Command::State { topic, state } => {
                if let Some(standing) = self.standing_mut(topic) {
                    standing.says = None;
                }
                Asked::State(topic.clone(), state.as_ref().and_then(letter::number))
            }
            Command::History(query) => Asked::History(query.clone()),
            // Pongs carry no number, and no scenario asks for the rest.
            _ => return,
        };
        self.asked.insert(id, asked);
    }

    pub(super) fn welcomed(
        &mut self,
        now: Moment,
        connection: ConnectionId,
        has_session: bool,
    ) -> Verdict {
        if self.connection.is_some() {
            return broken(Promise::Answers, "a second welcome");
        }
        self.connection = Some(connection);
        self.has_session = has_session;
        self.names = vec![connection];
        self.reached_since = now;
        for asked in self.asked.values_mut() {
            if let Asked::Connect { resumes: true } = asked {
                *asked = Asked::Resume;
            }
        }
        self.asked
            .retain(|_, asked| !matches!(asked, Asked::Connect { .. }));
        Ok(())
    }

    pub(super) fn answered(&mut self, id: u64) -> Result<Asked, Breach> {
        match self.asked.remove(&id) {
            Some(asked) => Ok(asked),
            None => broken(Promise::Answers, format!("#{id} waits for no answer")),
        }
    }

    /// It has asked for its session and was not answered.
    fn comes_back(&self) -> bool {
        let mut asked = self.asked.values();
        asked.any(|asked| matches!(asked, Asked::Resume))
    }

    /// A direct message arrives; returns whether it is the first time.
    pub(super) fn receives(&mut self, number: u32) -> bool {
        if self.comes_back() {
            return self.aside.insert(number);
        }
        self.received.insert(number);
        self.directs.insert(number)
    }

    /// Its session is gone, so what it put aside is what it seems.
    pub(super) fn begins_anew(&mut self) {
        self.parked = None;
        self.received.extend(&self.aside);
        self.directs.append(&mut self.aside);
    }

    pub(super) fn parts(&mut self) {
        self.aside.clear();
        if self.comes_back() {
            // The client comes back to the session before, wherever that is by now. Whether the
            // homes have answered the connection in between, nobody knows: see `park`.
            if let Some(parked) = &mut self.parked {
                parked.names.append(&mut self.names);
                let standings = parked.standings.iter_mut();
                standings.for_each(|standing| standing.says = None);
            }
        } else if self.has_session {
            self.park();
        }
        self.connection = None;
        self.has_session = false;
        self.closed = false;
        self.asked.clear();
        self.standings.clear();
        self.returning.clear();
        self.rosters.clear();
        self.told.clear();
        self.cut_greeting();
        // What comes late on the way to another shard may come again there.
        self.topics.fill(Knowledge::default());
        self.directs.clear();
        self.names.clear();
    }

    /// It is told no more values.
    pub(super) fn cut_greeting(&mut self) {
        let cut = self.greeting.take();
        self.cut_short.extend(cut.map(|greeting| greeting.topic));
    }

    fn park(&mut self) {
        let mut standings = std::mem::take(&mut self.standings);
        // A member whose connection is lost again before its home has answered leaves, and comes
        // new the next time: what it said about itself is gone.
        self.returning
            .iter_mut()
            .for_each(|standing| standing.says = None);
        standings.append(&mut self.returning);
        for asked in self.asked.values() {
            let Asked::Subscribe {
                filter, ack, watch, ..
            } = asked
            else {
                continue;
            };
            // Whether the session has it, from before or because of this, its client cannot know.
            let known = standings.iter_mut().find(|known| known.filter == *filter);
            let (since, ack, watch) = (Moment::from_micros(u64::MAX), *ack, *watch);
            match known {
                Some(known) => {
                    known.since = since;
                    known.ack = known.ack.filter(|known| *known == ack);
                    known.watch = known.watch.filter(|known| *known == watch);
                    known.says = None;
                }
                None => standings.push(Standing {
                    filter: filter.clone(),
                    since,
                    ack: Some(ack),
                    watch: Some(watch),
                    says: None,
                }),
            }
        }
        self.parked = Some(Parked {
            standings,
            topics: self.topics.clone(),
            directs: std::mem::take(&mut self.directs),
            names: std::mem::take(&mut self.names),
            reached_since: self.reached_since,
        });
    }

    /// The session goes on.
    pub(super) fn resumed(&mut self, now: Moment, lost: u64) -> Verdict {
        let Some(parked) = self.parked.take() else {
            return broken(Promise::Answers, "resumed what was never left");
        };
        self.returning = parked.standings;
        self.names.extend(parked.names);
        self.directs = parked.directs;
        self.aside.clear();
        self.reached_since = if lost == 0 { parked.reached_since } else { now };
        for (known, before) in self.topics.iter_mut().zip(parked.topics) {
            known.acked = before.acked;
            known.last = before.last;
            // The client's own position, until the session says how it stands.
            known.thread = None;
            known.run = None;
        }
        Ok(())
    }

    pub(super) fn forgets(&mut self) {
        self.heard.clear();
        self.has_session = false;
        self.parked = None;
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

    /// Since when it hears a topic by filters with wildcards alone; `None` when it has a position.
    pub(super) fn came_widely(&self, ground: &Ground, topic: usize) -> Option<Moment> {
        let (name, _) = ground.topics.get(topic)?;
        let exact = |standing: &Standing| standing.filter.as_str() == name.as_str();
        if self.standings.iter().any(exact) {
            return None;
        }
        self.hears_since(ground, topic)
    }

    /// The subscription to exactly this topic.
    pub(super) fn standing_mut(&mut self, topic: &Topic) -> Option<&mut Standing> {
        let mut standings = self.standings.iter_mut();
        standings.find(|standing| standing.filter.as_str() == topic.as_str())
    }

    /// Ends a subscription, and the threads of the topics that it alone covered.
    pub(super) fn end(&mut self, ground: &Ground, filter: &TopicFilter) {
        self.standings.retain(|standing| standing.filter != *filter);
        let topic = filter.as_topic().and_then(|topic| ground.number(&topic));
        if let Some(topic) = topic {
            self.rosters.remove(&topic);
        }
        for topic in 0..self.topics.len() {
            if self.hears_since(ground, topic).is_none() {
                self.topics[topic].thread = None;
                self.topics[topic].run = None;
            }
        }
    }
}
