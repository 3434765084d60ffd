//! Who on this shard subscribes to what.

use std::collections::{BTreeSet, HashMap};

use slab::Slab;
use wirehub_model::{ConnectionId, Moment, Position, Topic, TopicFilter};

use crate::{connection::Subscription, filter_trie::FilterTrie, growth};
use choosers::Choosers;
use deltas::Deltas;
use group::Group;
pub(crate) use group::Release;
pub(crate) use manner::Manner;

mod choosers;
pub(crate) mod deltas;
mod group;
mod groups;
mod manner;

/// One filter with its subscribers on this shard.
#[derive(Debug)]
pub(crate) struct Feed {
    pub(crate) filter: TopicFilter,
    /// Slots of the subscribers who are told everything, at once and whole; each knows its own
    /// place in the list.
    pub(crate) subscribers: Vec<u32>,
    /// Those with a pace.
    pub(crate) groups: Vec<Group>,
    /// Those who take deltas.
    pub(crate) deltas: Option<Box<Deltas>>,
    /// Those who choose.
    pub(crate) choosers: Option<Box<Choosers>>,
    /// Subscribers whose topic's home has not said yet what they are given. Nothing is delivered to
    /// them before: its answer stands for all that was.
    pub(crate) joining: Vec<Waiting>,
    pub(crate) state: FeedState,
    /// Its subscribers are members of its topic. Set when the feed begins.
    pub(crate) presence: bool,
    /// Its topic keeps history. Set when the feed begins.
    pub(crate) keeps_history: bool,
}

/// What the namespace of a feed said when it began, and what holds while there are subscribers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FeedRules {
    pub(crate) presence: bool,
    pub(crate) keeps_history: bool,
}

impl Feed {
    /// What a subscriber waits for that is to be given something by the topic's home.
    pub(crate) fn joining(&self, connection: ConnectionId) -> Option<&Waiting> {
        let mut joining = self.joining.iter();
        joining.find(|waiting| waiting.connection == connection)
    }

    /// Answers a subscriber no longer; returns the request it waited for.
    pub(crate) fn forget(&mut self, connection: ConnectionId) -> Option<Waiting> {
        let all = match &mut self.state {
            FeedState::Pending(pending) => Some(&mut pending.waiting),
            FeedState::Live(_) => None,
        };
        let mut all = all.into_iter().chain([&mut self.joining]);
        all.find_map(|waiting| take(waiting, |waiting| waiting.connection == connection))
    }

    /// Takes out the subscriber that waits for the answer to this question.
    pub(crate) fn joined(&mut self, connection: ConnectionId, ticket: u32) -> Option<Waiting> {
        take(&mut self.joining, |waiting| {
            (waiting.connection, waiting.ticket) == (connection, ticket)
        })
    }
}

fn take(waiting: &mut Vec<Waiting>, wanted: impl FnMut(&Waiting) -> bool) -> Option<Waiting> {
    let place = waiting.iter().position(wanted)?;
    Some(waiting.swap_remove(place))
}

/// Whether the homes of the feed's topics know that this shard listens.
#[derive(Debug)]
pub(crate) enum FeedState {
    /// They were asked. What arrives before they answer belongs to an earlier interest and is not
    /// delivered: the answer's position says where the feed begins.
    Pending(Box<Pending>),
    /// They know. For a single topic, this is the last publication that was delivered.
    Live(Option<Position>),
}

/// Answers that are due.
#[derive(Debug)]
pub(crate) struct Pending {
    /// Tells the answers to this question from those to an earlier one.
    pub(crate) ticket: u32,
    /// How many homes have not answered.
    pub(crate) missing: u16,
    /// Subscribers who wait for their reply.
    pub(crate) waiting: Vec<Waiting>,
}

/// A subscriber who waits for its reply.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) connection: ConnectionId,
    pub(crate) announce: Announce,
    /// How it is going to be told.
    pub(crate) manner: Manner,
    /// The number of the question that it waits for.
    pub(crate) ticket: u32,
    /// Up to where it has everything, as it said.
    pub(crate) since: Option<Position>,
    /// It will acknowledge, from there on.
    pub(crate) acks: bool,
    /// It will be told who comes and goes.
    pub(crate) watch: bool,
}

/// How a subscriber is told that its subscription began.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Announce {
    /// By the answer to its request, if that had a number.
    Reply(Option<u64>),
    /// By an event: it did not ask on this connection.
    Event,
    /// By an event that also says whether anything was missed: its session goes on. Where the lost
    /// connection is a member of the topic, that is named.
    Resumed(Option<ConnectionId>),
}

impl Announce {
    /// The number of the request, if there is one.
    pub(crate) const fn request(self) -> Option<u64> {
        match self {
            Self::Reply(request) => request,
            Self::Event | Self::Resumed(_) => None,
        }
    }
}

/// All feeds of a shard, found by filter and by topic.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    slab: Slab<Feed>,
    by_filter: HashMap<TopicFilter, u32>,
    wildcards: FilterTrie<u32>,
    /// When groups with a pace are due: feeds and lists.
    due: BTreeSet<(Moment, u32, u8)>,
}

impl Feeds {
    /// How many feeds there are.
    pub(crate) fn len(&self) -> usize {
        self.slab.len()
    }

    /// The memory they take with this many subscriptions, wildcards aside.
    pub(crate) fn bytes(&self, subscriptions: usize) -> usize {
        let found = growth::table_bytes(&self.by_filter);
        let subscriber = size_of::<u32>() + size_of::<Subscription>();
        self.slab.capacity() * size_of::<Feed>() + found + subscriptions * subscriber
    }

    /// All feeds, by their numbers.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u32, &Feed)> {
        self.slab.iter().map(|(feed, entry)| (feed as u32, entry))
    }

    /// Feeds from a number on.
    pub(crate) fn from(&self, feed: u32) -> impl Iterator<Item = (u32, &Feed)> {
        let numbers = feed..self.slab.capacity() as u32;
        numbers.filter_map(|number| Some((number, self.get(number)?)))
    }

    pub(crate) fn get(&self, feed: u32) -> Option<&Feed> {
        self.slab.get(feed as usize)
    }

    pub(crate) fn get_mut(&mut self, feed: u32) -> Option<&mut Feed> {
        self.slab.get_mut(feed as usize)
    }

    /// Those of a feed who take deltas, and to whom something may be delivered.
    pub(crate) fn deltas_mut(&mut self, feed: u32) -> Option<&mut Deltas> {
        let feed = self.get_mut(feed)?;
        let live = matches!(feed.state, FeedState::Live(_));
        feed.deltas.as_deref_mut().filter(|_| live)
    }

    pub(crate) fn find(&self, filter: &TopicFilter) -> Option<u32> {
        self.by_filter.get(filter).copied()
    }

    /// The feed of exactly this topic.
    pub(crate) fn find_topic(&self, topic: &Topic) -> Option<u32> {
        self.by_filter.get(topic.as_str()).copied()
    }

    /// Calls `found` with every feed whose wildcards match the topic, and its number.
    pub(crate) fn matching(&self, topic: &Topic, mut found: impl FnMut(u32, &Feed)) {
        self.wildcards.matches(topic, |number| {
            if let Some(feed) = self.get(*number) {
                found(*number, feed);
            }
        });
    }

    pub(crate) fn insert(
        &mut self,
        filter: TopicFilter,
        state: FeedState,
        rules: FeedRules,
    ) -> u32 {
        let wildcard = filter.as_topic().is_none();
        let feed = self.slab.insert(Feed {
            filter: filter.clone(),
            subscribers: Vec::new(),
            groups: Vec::new(),
            deltas: None,
            choosers: None,
            joining: Vec::new(),
            state,
            presence: rules.presence,
            keeps_history: rules.keeps_history,
        }) as u32;
        if wildcard {
            self.wildcards.insert(&filter, feed);
        }
        self.by_filter.insert(filter, feed);
        feed
    }

    pub(crate) fn remove(&mut self, feed: u32) -> Option<Feed> {
        let removed = self.slab.try_remove(feed as usize)?;
        self.by_filter.remove(&removed.filter);
        if removed.filter.as_topic().is_none() {
            self.wildcards.remove(&removed.filter);
        }
        Some(removed)
    }
}
