//! How a home follows topics whose order a broker gives.

use std::{collections::HashMap, sync::Arc};

use wirehub_model::{Gap, Moment, Position, Publication, Topic, TopicFilter};

use super::{Home, HomeTopic, Rules};
use crate::{Relay, broker::Opened, ledger::Holding, placement::ShardSet, stream::Stream};

/// Whether a home knows how a topic stands.
#[derive(Debug)]
pub(super) enum Follow {
    /// It says so itself: there is no broker.
    Lead,
    /// The broker was asked.
    Opening(Box<Opening>),
    /// It was told, and is told what is published.
    Open,
}

/// What waits for the broker's answer.
#[derive(Debug, Default)]
pub(super) struct Opening {
    /// Questions of shards, in their order.
    waiting: Vec<Relay>,
    /// Publications that came before the answer and may be in it.
    arrived: Vec<Arc<Publication>>,
    /// Up to where the broker has forgotten what may be in the answer.
    forgotten: Option<Position>,
}

/// Filters the broker was asked about, with the questions that wait for its answer.
#[derive(Debug, Default)]
pub(super) struct OpeningFilters(HashMap<TopicFilter, Vec<Relay>>);

/// What becomes of a question for a topic or filter that a broker leads.
#[derive(Debug)]
pub(crate) enum Question {
    /// It can be answered.
    Answer(Relay),
    /// It waits for an answer of the broker that is due.
    Waits,
    /// It waits, and the broker has to be asked.
    Ask,
}

/// What a publication that the broker tells of comes to.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Arrival {
    /// The shards that want it.
    pub(crate) shards: ShardSet,
    /// What was published before it did not come, and why not.
    pub(crate) gap: Option<Gap>,
}

/// Publications that may arrive while a topic is opened, before the oldest of them are forgotten.
/// Who begins meanwhile is told honestly that they cannot be recovered.
const ARRIVED: usize = 10_000;

impl Home {
    /// Keeps a question about a topic until it is known how the topic stands.
    pub(crate) fn ask_topic(
        &mut self,
        now: Moment,
        topic: &Topic,
        question: Relay,
        rules: Rules<'_>,
    ) -> Question {
        if !self.topics.contains_key(topic) {
            if !question.begins() || self.topics.len() >= rules.limits.topics {
                // Nobody follows it; whoever asks is told so where it is refused.
                return Question::Answer(question);
            }
            let mut opening = Opening::default();
            opening.waiting.push(question);
            self.follow(now, topic, opening);
            return Question::Ask;
        }
        let Some(entry) = self.topics.get_mut(topic) else {
            return Question::Answer(question);
        };
        match &mut entry.follow {
            Follow::Opening(opening) => {
                opening.waiting.push(question);
                Question::Waits
            }
            Follow::Open => match self.ahead.keep(now, topic, entry.position, question) {
                Some(question) => Question::Answer(question),
                None => Question::Waits,
            },
            Follow::Lead => Question::Answer(question),
        }
    }

    /// The questions of those who had come further than a topic, which is there now.
    pub(crate) fn caught_up(&mut self, topic: &Topic) -> Vec<Relay> {
        let entry = self.topics.get(topic);
        entry.map_or_else(Vec::new, |entry| self.ahead.reached(topic, entry.position))
    }

    /// The questions of those for whom their topic has not come far enough in time.
    pub(crate) fn never_caught_up(&mut self, now: Moment) -> Vec<Relay> {
        self.ahead.overdue(now)
    }

    /// The broker says how a topic stands; returns the questions that waited for that.
    pub(crate) fn opened(
        &mut self,
        now: Moment,
        topic: &Topic,
        opened: Opened,
        rules: Rules<'_>,
    ) -> Vec<Relay> {
        let Some(entry) = self.topics.get_mut(topic) else {
            return Vec::new();
        };
        let Follow::Opening(opening) = std::mem::replace(&mut entry.follow, Follow::Open) else {
            return Vec::new();
        };
        entry.position = opened.position;
        let opened = opened.without(opening.forgotten);
        let mut stream = Stream::default();
        let logged = stream.load(now, opened, rules.namespace);
        self.ledger.book(Holding::default(), Holding::of(&stream));
        for offset in logged {
            self.ledger.logged(topic, offset);
        }
        entry.stream = (!stream.is_empty()).then(|| Box::new(stream));
        for publication in opening.arrived {
            self.arrived(now, &publication, rules);
        }
        self.look_again(topic, rules.namespace);
        opening.waiting
    }

    /// The broker does not say how a topic stands; returns the questions that waited for that.
    pub(crate) fn not_opened(&mut self, topic: &Topic) -> Vec<Relay> {
        let opening = self.topics.get_mut(topic).map(|entry| &mut entry.follow);
        let Some(Follow::Opening(opening)) = opening else {
            return Vec::new();
        };
        let waiting = std::mem::take(&mut opening.waiting);
        self.topics.remove(topic);
        waiting
    }

    /// The broker tells of a publication; returns what that comes to, unless it is known.
    pub(crate) fn arrived(
        &mut self,
        now: Moment,
        publication: &Arc<Publication>,
        rules: Rules<'_>,
    ) -> Option<Arrival> {
        let topic = &publication.topic;
        let mut arrival = Arrival::default();
        if let Some(entry) = self.topics.get_mut(topic) {
            match &mut entry.follow {
                Follow::Opening(opening) => opening.keep(publication),
                Follow::Open | Follow::Lead => {
                    let (known, new) = (entry.position, publication.position);
                    if known.epoch == new.epoch && new.offset <= known.offset {
                        return None;
                    }
                    entry.position = new;
                    entry.used_at = now;
                    arrival.shards = entry.interest;
                    arrival.gap = gap_between(known, new);
                    if rules.namespace.remembers() || entry.stream.is_some() {
                        self.remember(now, publication, None, rules);
                    }
                }
            }
        }
        self.filters.matches(topic, |interested| {
            arrival.shards = arrival.shards.union(*interested);
        });
        Some(arrival)
    }

    /// Keeps a question about a filter with wildcards until the broker knows of the filter.
    pub(crate) fn ask_filter(&mut self, filter: &TopicFilter, question: Relay) -> Question {
        if let Some(waiting) = self.opening_filters.0.get_mut(filter) {
            waiting.push(question);
            return Question::Waits;
        }
        if !question.begins() || self.filters.get_mut(filter).is_some() {
            return Question::Answer(question);
        }
        let waiting = vec![question];
        self.opening_filters.0.insert(filter.clone(), waiting);
        Question::Ask
    }

    /// The broker knows of a filter, or will not; returns the questions that waited for that.
    pub(crate) fn filter_answered(&mut self, filter: &TopicFilter) -> Vec<Relay> {
        self.opening_filters.0.remove(filter).unwrap_or_default()
    }

    /// Whether any shard wants what matches a filter with wildcards.
    pub(crate) fn wants(&mut self, filter: &TopicFilter) -> bool {
        self.filters.get_mut(filter).is_some()
    }

    /// Topics that nobody has used for a while, and that need not be followed any longer.
    pub(crate) fn next_unfollowed(&mut self) -> Option<Topic> {
        self.unfollowed.pop()
    }

    /// Forgets a topic that is idle, and what is kept of it here.
    pub(super) fn unfollow(&mut self, topic: Topic) {
        let Some(entry) = self.topics.remove(&topic) else {
            return;
        };
        if let Some(stream) = &entry.stream {
            self.ledger.book(Holding::of(stream), Holding::default());
        }
        if matches!(entry.follow, Follow::Open) {
            self.unfollowed.push(topic);
        }
    }
}

impl HomeTopic {
    /// Whether the broker was asked how it stands and has not said it.
    pub(super) const fn is_opening(&self) -> bool {
        matches!(self.follow, Follow::Opening(_))
    }

    /// The broker has forgotten what was published up to there, which its answer may still hold.
    pub(super) fn forget_when_opened(&mut self, upto: Position) {
        if let Follow::Opening(opening) = &mut self.follow {
            opening.forgotten = Some(upto);
            let kept = |publication: &Arc<Publication>| !is_within(publication, upto);
            opening.arrived.retain(kept);
        }
    }
}

impl Opened {
    /// The same without what was forgotten up to there.
    fn without(mut self, forgotten: Option<Position>) -> Self {
        if let Some(upto) = forgotten {
            let kept = |publication: &Arc<Publication>| !is_within(publication, upto);
            self.history.retain(kept);
            self.values.retain(kept);
        }
        self
    }
}

/// Why publications between two that came one after the other are missing, unless there are none.
fn gap_between(known: Position, new: Position) -> Option<Gap> {
    if known.epoch != new.epoch {
        return Some(Gap::UnknownEpoch);
    }
    (new.offset > known.offset.next()).then_some(Gap::Expired)
}

/// Whether a publication is not behind a position.
fn is_within(publication: &Publication, upto: Position) -> bool {
    let position = publication.position;
    position.epoch == upto.epoch && position.offset <= upto.offset
}

impl Opening {
    fn keep(&mut self, publication: &Arc<Publication>) {
        if self.arrived.len() == ARRIVED {
            self.arrived.clear();
        }
        self.arrived.push(Arc::clone(publication));
    }
}

impl Relay {
    /// Whether it makes a home follow a topic it does not know.
    const fn begins(&self) -> bool {
        !matches!(self, Self::Disinterest { .. } | Self::Presence(_))
    }
}
