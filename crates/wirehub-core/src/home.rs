//! The topics this shard is home to.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use wirehub_model::{Epoch, ErrorCode, Moment, Offset, Position, Refusal, Topic, TopicFilter};

use crate::{filter_trie::FilterTrie, placement::ShardSet, random::Random};

/// How long a topic that nobody listens or publishes to keeps its place in the stream.
const IDLE: Duration = Duration::from_secs(300);

/// Gives publications their offsets and knows which shards want them.
///
/// Every publication of a topic passes through its home, so the order of offsets is the order in
/// which each shard gets to see them.
#[derive(Debug)]
pub(crate) struct Home {
    topics: HashMap<Topic, HomeTopic>,
    /// Shards with subscriptions by wildcard.
    filters: FilterTrie<ShardSet>,
    /// Topics to be looked at when they may have become idle, oldest first.
    idle: VecDeque<(Moment, Topic)>,
    topics_max: usize,
}

#[derive(Debug)]
struct HomeTopic {
    position: Position,
    interest: ShardSet,
    used_at: Moment,
    /// There is an entry in the idle queue.
    queued: bool,
}

/// The place of a publication and who wants it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) position: Position,
    pub(crate) shards: ShardSet,
}

impl Home {
    pub(crate) fn new(topics_max: usize) -> Self {
        Self {
            topics: HashMap::new(),
            filters: FilterTrie::default(),
            idle: VecDeque::new(),
            topics_max,
        }
    }

    /// How many topics it keeps.
    pub(crate) fn len(&self) -> usize {
        self.topics.len()
    }

    pub(crate) const fn set_limit(&mut self, topics_max: usize) {
        self.topics_max = topics_max;
    }

    /// Gives a publication its place.
    pub(crate) fn place(
        &mut self,
        now: Moment,
        topic: &Topic,
        random: &mut Random,
    ) -> Result<Placed, Refusal> {
        let entry = self.enter(now, topic, random)?;
        entry.position.offset = entry.position.offset.next();
        let position = entry.position;
        let mut shards = entry.interest;
        if shards.is_empty() {
            self.watch_idle(now, topic);
        }
        self.filters.matches(topic, |interested| {
            shards = shards.union(*interested);
        });
        Ok(Placed { position, shards })
    }

    /// Notes that a shard wants a topic's publications; answers where the topic stands.
    pub(crate) fn subscribe(
        &mut self,
        now: Moment,
        topic: &Topic,
        shard: u16,
        random: &mut Random,
    ) -> Result<Position, Refusal> {
        let entry = self.enter(now, topic, random)?;
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
    pub(crate) fn unsubscribe(&mut self, now: Moment, filter: &TopicFilter, shard: u16) {
        if let Some(topic) = filter.as_topic() {
            if let Some(entry) = self.topics.get_mut(&topic) {
                entry.interest.remove(shard);
                if entry.interest.is_empty() {
                    entry.used_at = now;
                    self.watch_idle(now, &topic);
                }
            }
        } else if let Some(shards) = self.filters.get_mut(filter) {
            shards.remove(shard);
            if shards.is_empty() {
                self.filters.remove(filter);
            }
        }
    }

    /// When the next topic may have become idle.
    pub(crate) fn poll_timeout(&self) -> Option<Moment> {
        self.idle.front().map(|(when, _)| *when)
    }

    /// Forgets topics that have been idle.
    pub(crate) fn handle_timeout(&mut self, now: Moment) {
        while let Some((when, _)) = self.idle.front()
            && *when <= now
            && let Some((_, topic)) = self.idle.pop_front()
        {
            let Some(entry) = self.topics.get_mut(&topic) else {
                continue;
            };
            entry.queued = false;
            let until = entry.used_at + IDLE;
            if !entry.interest.is_empty() {
                continue;
            }
            if until <= now {
                self.topics.remove(&topic);
            } else {
                entry.queued = true;
                self.idle.push_back((until, topic));
            }
        }
    }

    fn enter(
        &mut self,
        now: Moment,
        topic: &Topic,
        random: &mut Random,
    ) -> Result<&mut HomeTopic, Refusal> {
        if !self.topics.contains_key(topic) && self.topics.len() >= self.topics_max {
            return Err(Refusal::new(
                ErrorCode::LimitReached,
                "the server holds as many topics as it may",
            ));
        }
        let entry = self
            .topics
            .entry(topic.clone())
            .or_insert_with(|| HomeTopic {
                position: Position {
                    epoch: Epoch::new(random.bits()),
                    offset: Offset(0),
                },
                interest: ShardSet::default(),
                used_at: now,
                queued: false,
            });
        entry.used_at = now;
        Ok(entry)
    }

    fn watch_idle(&mut self, now: Moment, topic: &Topic) {
        if let Some(entry) = self.topics.get_mut(topic)
            && !entry.queued
        {
            entry.queued = true;
            self.idle.push_back((now + IDLE, topic.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(name: &str) -> Topic {
        Topic::parse(name).unwrap()
    }

    fn shards(placed: &Placed) -> Vec<u16> {
        placed.shards.iter().collect()
    }

    #[test]
    fn counts_publications_and_finds_interested_shards() {
        let mut random = Random::new(1);
        let mut home = Home::new(10);
        let now = Moment::ZERO;
        let place = home.subscribe(now, &topic("a/b"), 3, &mut random).unwrap();
        assert_eq!(place.offset, Offset(0));
        home.subscribe_filter(&TopicFilter::parse("a/+").unwrap(), 5);

        let first = home.place(now, &topic("a/b"), &mut random).unwrap();
        assert_eq!(first.position.offset, Offset(1));
        assert_eq!(first.position.epoch, place.epoch);
        assert_eq!(shards(&first), [3, 5]);

        home.unsubscribe(now, &TopicFilter::parse("a/b").unwrap(), 3);
        home.unsubscribe(now, &TopicFilter::parse("a/+").unwrap(), 5);
        let second = home.place(now, &topic("a/b"), &mut random).unwrap();
        assert_eq!(second.position.offset, Offset(2));
        assert_eq!(shards(&second), []);
    }

    #[test]
    fn forgets_idle_topics_and_begins_a_new_epoch() {
        let mut random = Random::new(1);
        let mut home = Home::new(10);
        let first = home.place(Moment::ZERO, &topic("a"), &mut random).unwrap();

        let later = home.poll_timeout().unwrap();
        assert_eq!(later, Moment::ZERO + IDLE);
        home.handle_timeout(later);
        assert_eq!((home.len(), home.poll_timeout()), (0, None));

        let second = home.place(later, &topic("a"), &mut random).unwrap();
        assert_eq!(second.position.offset, Offset(1));
        assert_ne!(second.position.epoch, first.position.epoch);
    }

    #[test]
    fn keeps_topics_in_use() {
        let mut random = Random::new(1);
        let mut home = Home::new(10);
        home.place(Moment::ZERO, &topic("used"), &mut random)
            .unwrap();
        home.place(Moment::ZERO, &topic("heard"), &mut random)
            .unwrap();
        let half = Moment::ZERO + IDLE / 2;
        home.place(half, &topic("used"), &mut random).unwrap();
        home.subscribe(half, &topic("heard"), 0, &mut random)
            .unwrap();

        home.handle_timeout(Moment::ZERO + IDLE);
        assert_eq!(home.len(), 2);
        home.handle_timeout(half + IDLE);
        assert_eq!(home.len(), 1);
    }

    #[test]
    fn holds_no_more_topics_than_it_may() {
        let mut random = Random::new(1);
        let mut home = Home::new(1);
        let now = Moment::ZERO;
        assert!(home.place(now, &topic("a"), &mut random).is_ok());
        assert!(home.place(now, &topic("a"), &mut random).is_ok());
        let refusal = home.place(now, &topic("b"), &mut random).unwrap_err();
        assert_eq!(refusal.code, ErrorCode::LimitReached);
    }
}
