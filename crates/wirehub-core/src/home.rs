//! The topics this shard is home to.

use std::{collections::HashMap, sync::Arc, time::Duration};

use wirehub_model::{
    Epoch, ErrorCode, Limits, Moment, Namespace, Namespaces, Offset, Position, Publication,
    Refusal, Topic, TopicFilter,
};

use crate::{
    Draft,
    agenda::Agenda,
    filter_trie::FilterTrie,
    growth,
    ledger::{Holding, Ledger},
    placement::ShardSet,
    random::Random,
    stream::{Receipt, Stream},
};

mod ahead;
mod follow;
mod recall;

pub(crate) use follow::Question;

use ahead::Ahead;
use follow::{Follow, Opening, OpeningFilters};
pub use recall::Attachment;

/// How long a topic that nobody listens or publishes to keeps its place in the stream.
const IDLE: Duration = Duration::from_secs(300);

/// Gives publications their offsets, remembers them, and knows which shards want them.
///
/// Every publication of a topic passes through its home, so the order of offsets is the order in
/// which each shard gets to see them.
#[derive(Debug)]
pub(crate) struct Home {
    topics: HashMap<Topic, HomeTopic>,
    /// Shards with subscriptions by wildcard.
    filters: FilterTrie<ShardSet>,
    /// When topics have something to forget, or may have become idle.
    agenda: Agenda,
    ledger: Ledger,
    /// Filters with wildcards that the broker was asked about.
    opening_filters: OpeningFilters,
    /// Topics that the broker may stop telling of.
    unfollowed: Vec<Topic>,
    /// Questions of those who know more than the broker has told.
    ahead: Ahead,
}

#[derive(Debug)]
struct HomeTopic {
    position: Position,
    interest: ShardSet,
    used_at: Moment,
    /// The entry in the agenda that counts.
    due: Option<Moment>,
    follow: Follow,
    /// What was published, as far as the rules keep it.
    stream: Option<Box<Stream>>,
}

/// What holds for a topic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) namespace: &'a Namespace,
    pub(crate) limits: &'a Limits,
}

/// What became of a draft.
#[derive(Debug)]
pub(crate) enum Placed {
    /// It has its place, and these shards want it.
    New(Arc<Publication>, ShardSet),
    /// It was published before, at this place.
    Before(Position),
}

impl Home {
    pub(crate) fn new() -> Self {
        Self {
            topics: HashMap::new(),
            filters: FilterTrie::default(),
            agenda: Agenda::default(),
            ledger: Ledger::default(),
            opening_filters: OpeningFilters::default(),
            unfollowed: Vec::new(),
            ahead: Ahead::default(),
        }
    }

    /// How many topics it keeps.
    pub(crate) fn len(&self) -> usize {
        self.topics.len()
    }

    /// The memory they take, without what they remember.
    pub(crate) fn bytes(&self) -> usize {
        growth::table_bytes(&self.topics)
    }

    /// How much it remembers.
    pub(crate) const fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Gives a publication its place, and remembers it.
    pub(crate) fn place(
        &mut self,
        now: Moment,
        draft: Draft,
        rules: Rules<'_>,
        random: &mut Random,
    ) -> Result<Placed, Refusal> {
        let entry = self.enter(now, &draft.topic, rules.limits, random)?;
        let key = draft.idempotency_key;
        let receipt = key.map(|key| Receipt::new(draft.from.as_ref(), key));
        let known = receipt.as_ref().zip(entry.stream.as_ref());
        if let Some(before) = known.and_then(|(receipt, stream)| stream.receipts.find(now, receipt))
        {
            return Ok(Placed::Before(before));
        }
        entry.position.offset = entry.position.offset.next();
        let publication = Arc::new(Publication {
            topic: draft.topic,
            message: draft.message,
            key: draft.key,
            position: entry.position,
            from: draft.from,
            accepted_at: draft.accepted_at,
            expires_at: draft.expires_at,
            trace: draft.trace,
        });
        let mut shards = entry.interest;
        if rules.namespace.remembers() || receipt.is_some() || entry.stream.is_some() {
            self.remember(now, &publication, receipt, rules);
        } else if shards.is_empty() {
            self.look_again(&publication.topic, rules.namespace);
        }
        self.filters.matches(&publication.topic, |interested| {
            shards = shards.union(*interested);
        });
        Ok(Placed::New(publication, shards))
    }

    /// The shards that want a topic's publications.
    pub(crate) fn interested(&self, topic: &Topic) -> ShardSet {
        let entry = self.topics.get(topic);
        let mut shards = entry.map_or_else(ShardSet::default, |entry| entry.interest);
        self.filters.matches(topic, |interested| {
            shards = shards.union(*interested);
        });
        shards
    }

    /// Whether any shard has subscribers of a topic, those of filters with wildcards aside.
    pub(crate) fn has_subscribers(&self, topic: &Topic) -> bool {
        let entry = self.topics.get(topic);
        entry.is_some_and(|entry| !entry.interest.is_empty())
    }

    /// Notes that a shard wants a topic's publications; answers where the topic stands.
    pub(crate) fn subscribe(
        &mut self,
        now: Moment,
        topic: &Topic,
        shard: u16,
        limits: &Limits,
        random: &mut Random,
    ) -> Result<Position, Refusal> {
        let entry = self.enter(now, topic, limits, random)?;
        entry.interest.add(shard);
        Ok(entry.position)
    }

    /// Notes that a shard wants what matches a filter with wildcards.
    pub(crate) fn subscribe_filter(&mut self, filter: &TopicFilter, shard: u16) {
        match self.filters.get_mut(filter) {
            Some(shards) => shards.add(shard),
            None => {
                let mut shards = ShardSet::default();
                shards.add(shard);
                self.filters.insert(filter, shards);
            }
        }
    }

    /// Notes that a shard wants it no longer.
    pub(crate) fn unsubscribe(
        &mut self,
        now: Moment,
        filter: &TopicFilter,
        shard: u16,
        namespaces: &Namespaces,
    ) {
        if let Some(topic) = filter.as_topic() {
            if let Some(entry) = self.topics.get_mut(&topic) {
                entry.interest.remove(shard);
                if entry.interest.is_empty() {
                    entry.used_at = now;
                    self.look_again(&topic, namespaces.of_topic(&topic));
                }
            }
        } else if let Some(shards) = self.filters.get_mut(filter) {
            shards.remove(shard);
            if shards.is_empty() {
                self.filters.remove(filter);
            }
        }
    }

    /// When the next topic has to be looked at.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        let parts = [self.agenda.poll_timeout(), self.ahead.poll_timeout()];
        parts.into_iter().flatten().min()
    }

    /// Forgets what is too old, and topics that have been idle.
    pub(crate) fn handle_timeout(&mut self, now: Moment, namespaces: &Namespaces) {
        while let Some((at, topic)) = self.agenda.next(now) {
            let Some(entry) = self.topics.get_mut(&topic) else {
                continue;
            };
            if entry.due != Some(at) {
                continue;
            }
            entry.due = None;
            let rules = namespaces.of_topic(&topic);
            if let Some(stream) = &mut entry.stream {
                let before = Holding::of(stream);
                stream.trim(now, rules);
                self.ledger.book(before, Holding::of(stream));
                entry.stream.take_if(|stream| stream.is_empty());
            }
            if entry.is_idle(now) {
                self.unfollow(topic);
            } else {
                self.look_again(&topic, rules);
            }
        }
    }

    fn enter(
        &mut self,
        now: Moment,
        topic: &Topic,
        limits: &Limits,
        random: &mut Random,
    ) -> Result<&mut HomeTopic, Refusal> {
        if !self.topics.contains_key(topic) && self.topics.len() >= limits.topics {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "the server holds as many topics as it may",
            ));
        }
        let entry = self
            .topics
            .entry(topic.clone())
            .or_insert_with(|| HomeTopic::new(now, Epoch::new(random.bits()), Follow::Lead));
        entry.used_at = now;
        Ok(entry)
    }

    /// Begins to follow a topic.
    fn follow(&mut self, now: Moment, topic: &Topic, opening: Opening) {
        let follow = Follow::Opening(Box::new(opening));
        let entry = HomeTopic::new(now, Epoch::new(0), follow);
        self.topics.insert(topic.clone(), entry);
    }

    /// Enters a topic's next deadline into the agenda.
    fn look_again(&mut self, topic: &Topic, rules: &Namespace) {
        let Some(entry) = self.topics.get_mut(topic) else {
            return;
        };
        entry.stream.take_if(|stream| stream.is_empty());
        if let Some(due) = entry.next_look(rules) {
            entry.due = Some(self.agenda.enter(due, topic, entry.due));
        }
    }
}

impl HomeTopic {
    fn new(now: Moment, epoch: Epoch, follow: Follow) -> Self {
        Self {
            position: Position {
                epoch,
                offset: Offset(0),
            },
            interest: ShardSet::default(),
            used_at: now,
            due: None,
            follow,
            stream: None,
        }
    }

    /// Whether it is worth nothing without somebody who listens. What a broker leads is kept there.
    fn is_unused(&self) -> bool {
        let kept = match self.follow {
            Follow::Lead => self.stream.is_some(),
            Follow::Opening(_) => true,
            Follow::Open => false,
        };
        self.interest.is_empty() && !kept
    }

    /// When there is something to be done about it, as far as is known now.
    fn next_look(&self, rules: &Namespace) -> Option<Moment> {
        let forget = self.stream.as_ref().and_then(|stream| stream.due(rules));
        let idle = self.is_unused().then(|| self.used_at + IDLE);
        forget.into_iter().chain(idle).min()
    }

    /// Whether it can be forgotten.
    fn is_idle(&self, now: Moment) -> bool {
        self.is_unused() && self.used_at + IDLE <= now
    }
}

#[cfg(test)]
mod tests;
