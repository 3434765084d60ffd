//! A node: its shards, and the relays on their way between them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use wirehub_core::{OccurrenceKinds, Placement, Relay, Shard, ShardSettings, Stats, Told};
use wirehub_model::{Limits, Moment, Namespaces, Topic};

use crate::{
    dice::Dice,
    feature::Feature,
    knobs::{HEARTBEAT, Knobs},
    letter::{Clerk, Post},
    mutant::Mutant,
};

/// What a node is started with, each time.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) shards: u16,
    pub(crate) limits: Arc<Limits>,
    pub(crate) namespaces: Arc<Namespaces>,
    pub(crate) resume_within: Duration,
    pub(crate) brokered: bool,
    pub(crate) post: Post,
    pub(crate) mutant: Option<Mutant>,
}

/// One life of a node, from its start to its crash.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) shards: Vec<Member>,
    placement: Placement,
    /// What the broker told and has not arrived, by shard.
    told: BTreeMap<u16, (Moment, VecDeque<Told>)>,
    /// Relays on their way, by sender and receiver, with when the last one arrives.
    relays: BTreeMap<(u16, u16), (Moment, VecDeque<Relay>)>,
}

/// A shard and what its runtime knows.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) shard: Shard<Clerk>,
    /// The link in each slot.
    pub(crate) seats: BTreeMap<u32, usize>,
    /// Something happened since the last turn ended.
    pub(crate) in_turn: bool,
}

impl Plan {
    pub(crate) fn new(knobs: &Knobs, namespaces: Namespaces, mutant: Option<Mutant>) -> Self {
        Self {
            shards: knobs.shards,
            limits: Arc::new(knobs.limits()),
            namespaces: Arc::new(namespaces),
            resume_within: knobs.resume_within,
            brokered: knobs.has(Feature::Broker),
            post: Post::default(),
            mutant,
        }
    }

    /// Starts a node.
    pub(crate) fn start(&self, now: Moment, dice: &mut Dice) -> Node {
        let placement = Placement::seeded(self.shards, dice.bits());
        let member = |index| {
            let settings = ShardSettings {
                index,
                placement: placement.clone(),
                limits: Arc::clone(&self.limits),
                namespaces: Arc::clone(&self.namespaces),
                brokered: self.brokered,
                heartbeat: HEARTBEAT,
                expiry_grace: Duration::from_secs(5),
                resume_within: self.resume_within,
                reconnects_per_second: 2,
                occurrences: OccurrenceKinds::NONE,
                seed: dice.bits(),
                now,
            };
            let clerk = Clerk {
                post: self.post.clone(),
                mutant: self.mutant,
            };
            Member {
                shard: Shard::new(settings, clerk),
                seats: BTreeMap::new(),
                in_turn: false,
            }
        };
        Node {
            shards: (0..self.shards).map(member).collect(),
            placement,
            told: BTreeMap::new(),
            relays: BTreeMap::new(),
        }
    }
}

impl Node {
    pub(crate) fn member(&mut self, shard: u16) -> &mut Member {
        &mut self.shards[usize::from(shard)]
    }

    /// When the first shard wants to be woken, and which.
    pub(crate) fn next_timeout(&self) -> Option<(Moment, u16)> {
        let due = (0..).zip(&self.shards).filter_map(|(index, member)| {
            let when = member.shard.poll_timeout()?;
            Some((when, index))
        });
        due.min()
    }

    /// Puts a relay on its way; it arrives at the returned moment, behind those before it.
    pub(crate) fn send(&mut self, (from, to): (u16, u16), relay: Relay, arrives: Moment) -> Moment {
        let (until, queue) = self.relays.entry((from, to)).or_default();
        *until = arrives.max(*until);
        queue.push_back(relay);
        *until
    }

    /// The shard that is home to a topic.
    pub(crate) fn home(&self, topic: &Topic) -> u16 {
        self.placement.home(topic)
    }

    /// Puts something that the broker says on its way, behind what it said before.
    pub(crate) fn tell(&mut self, shard: u16, told: Told, arrives: Moment) -> Moment {
        let (until, queue) = self.told.entry(shard).or_default();
        *until = arrives.max(*until);
        queue.push_back(told);
        *until
    }

    /// What the broker said next to a shard.
    pub(crate) fn next_told(&mut self, shard: u16) -> Option<Told> {
        self.told.get_mut(&shard)?.1.pop_front()
    }

    /// The relays on their way from one shard to another.
    pub(crate) fn queue(&mut self, from: u16, to: u16) -> &mut VecDeque<Relay> {
        &mut self.relays.entry((from, to)).or_default().1
    }

    /// The counters of all shards.
    pub(crate) fn stats(&self) -> Stats {
        let mut sum = Stats::default();
        for member in &self.shards {
            sum.merge(&member.shard.stats());
        }
        sum
    }
}
