//! A broker that keeps what it acknowledged, whatever becomes of the node.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use wirehub_core::{Append, Ask, Opened, Told};
use wirehub_model::{
    Epoch, ErrorCode, Key, Moment, Offset, Position, Publication, Published, Refusal, Topic,
    TopicFilter, UserId,
};

use crate::{dice::Dice, ground::Ground, knobs::Knobs};

/// One broker for all lives of the node. It does one thing after the other.
#[derive(Debug, Default)]
pub(crate) struct Store {
    topics: BTreeMap<Topic, Kept>,
    /// What the node asked and has not been done.
    asks: VecDeque<(u16, Ask)>,
    /// What the node wants to be told of.
    open: BTreeSet<Topic>,
    filters: BTreeSet<TopicFilter>,
    /// It is away and refuses everything.
    pub(crate) away: bool,
}

/// What is kept of a topic: everything.
#[derive(Debug)]
struct Kept {
    epoch: Epoch,
    log: Vec<Arc<Publication>>,
    receipts: BTreeMap<(Option<UserId>, Key), Position>,
}

/// Something that the broker says, and to whom.
#[derive(Debug)]
pub(crate) enum Say {
    /// To the shard that asked.
    Answer(u16, Told),
    /// To the home of the topic.
    Publication(Arc<Publication>, Told),
}

impl Store {
    /// Takes in what a shard asks.
    pub(crate) fn ask(&mut self, shard: u16, ask: Ask) {
        self.asks.push_back((shard, ask));
    }

    /// Does what was asked first.
    pub(crate) fn work(
        &mut self,
        now: Moment,
        knobs: &Knobs,
        ground: &Ground,
        dice: &mut Dice,
    ) -> Vec<Say> {
        let Some((shard, ask)) = self.asks.pop_front() else {
            return Vec::new();
        };
        match ask {
            Ask::Append(append, origin) => {
                let (result, mut says) = self.append(*append, dice);
                says.push(Say::Answer(shard, Told::Appended(origin, result)));
                says
            }
            Ask::Open(topic) => {
                let result = self.opened(now, &topic, knobs, ground, dice);
                vec![Say::Answer(shard, Told::Opened(topic, result))]
            }
            Ask::Close(topic) => {
                self.open.remove(&topic);
                Vec::new()
            }
            Ask::Subscribe(filter) => {
                let result = self.check();
                if result.is_ok() {
                    self.filters.insert(filter.clone());
                }
                vec![Say::Answer(shard, Told::Subscribed(filter, result))]
            }
            Ask::Unsubscribe(filter) => {
                self.filters.remove(&filter);
                Vec::new()
            }
            // Nobody in the simulation asks for it.
            Ask::Forget(_, origin) => vec![Say::Answer(shard, Told::Forgotten(origin, Ok(())))],
        }
    }

    /// The node is gone, with everything it asked and everything it wanted. Of what the last
    /// `forgotten` publications of each topic were, a bad store knows nothing any more.
    pub(crate) fn lose_node(&mut self, forgotten: usize) {
        self.asks.clear();
        self.open.clear();
        self.filters.clear();
        for kept in self.topics.values_mut() {
            kept.log.truncate(kept.log.len().saturating_sub(forgotten));
        }
    }

    /// What it would tell the node of, by their number.
    pub(crate) fn followed(&self) -> usize {
        self.open.len() + self.filters.len()
    }

    fn check(&self) -> Result<(), Refusal> {
        if self.away {
            return Err(Refusal::new(ErrorCode::Overloaded, "the broker is away"));
        }
        Ok(())
    }

    fn kept(&mut self, topic: &Topic, dice: &mut Dice) -> &mut Kept {
        self.topics.entry(topic.clone()).or_insert_with(|| Kept {
            epoch: Epoch::new(dice.bits()),
            log: Vec::new(),
            receipts: BTreeMap::new(),
        })
    }

    fn append(
        &mut self,
        append: Append,
        dice: &mut Dice,
    ) -> (Result<Published, Refusal>, Vec<Say>) {
        if let Err(refusal) = self.check() {
            return (Err(refusal), Vec::new());
        }
        let told = self.open.contains(&append.topic)
            || self
                .filters
                .iter()
                .any(|filter| filter.matches(&append.topic));
        let kept = self.kept(&append.topic, dice);
        let owner = append.from.as_ref().and_then(|from| from.user.clone());
        let receipt = append.idempotency_key.map(|key| (owner, key));
        let before = receipt
            .as_ref()
            .and_then(|receipt| kept.receipts.get(receipt));
        if let Some(position) = before.copied() {
            let published = Published {
                position,
                duplicate: true,
            };
            return (Ok(published), Vec::new());
        }
        let position = Position {
            epoch: kept.epoch,
            offset: Offset(kept.log.len() as u64 + 1),
        };
        if let Some(receipt) = receipt {
            kept.receipts.insert(receipt, position);
        }
        let from = append.from.as_ref().map(|from| from.connection);
        let exclude = from.filter(|_| !append.echo);
        let publication = Arc::new(Publication {
            topic: append.topic,
            message: append.message,
            key: append.key,
            position,
            from: append.from,
            accepted_at: append.accepted_at,
            expires_at: append.expires_at,
            trace: None,
        });
        kept.log.push(Arc::clone(&publication));
        let published = Published {
            position,
            duplicate: false,
        };
        let told = told.then(|| {
            let told = Told::Publication(Arc::clone(&publication), exclude);
            Say::Publication(publication, told)
        });
        (Ok(published), told.into_iter().collect())
    }

    fn opened(
        &mut self,
        now: Moment,
        topic: &Topic,
        knobs: &Knobs,
        ground: &Ground,
        dice: &mut Dice,
    ) -> Result<Opened, Refusal> {
        self.check()?;
        self.open.insert(topic.clone());
        let kept = self.kept(topic, dice);
        let position = Position {
            epoch: kept.epoch,
            offset: Offset(kept.log.len() as u64),
        };
        let rules = knobs.history;
        let young = kept
            .log
            .iter()
            .filter(|it| now.since(it.accepted_at) < rules.ttl);
        let history: Vec<_> = young.cloned().collect();
        let skipped = history.len().saturating_sub(rules.size);
        Ok(Opened {
            position,
            history: history.into_iter().skip(skipped).collect(),
            values: match ground.keeps_values(topic, knobs) {
                true => values(&kept.log, knobs.keys),
                false => Vec::new(),
            },
        })
    }
}

/// The last publication, and the last with each of so many keys, in their order.
fn values(log: &[Arc<Publication>], keys: usize) -> Vec<Arc<Publication>> {
    let mut kept: BTreeMap<Offset, Arc<Publication>> = BTreeMap::new();
    for publication in log.iter().filter(|publication| publication.key.is_some()) {
        kept.retain(|_, known| known.key != publication.key);
        kept.insert(publication.position.offset, Arc::clone(publication));
        while kept.len() > keys {
            kept.pop_first();
        }
    }
    let last = log
        .last()
        .map(|last| (last.position.offset, Arc::clone(last)));
    kept.extend(last);
    kept.into_values().collect()
}
