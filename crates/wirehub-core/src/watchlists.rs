//! Users whose coming and going somebody wants to know.
//!
//! A shard that has a watcher of a user asks all shards whether the user has connections there, and
//! each says so once and again with every first and last one. A user is online where any shard has
//! one.

use std::collections::{BTreeMap, HashMap};

use wirehub_model::UserId;

use crate::placement::ShardSet;

/// Who on this shard watches whom, and which shards watch the users of this one.
#[derive(Debug, Default)]
pub(crate) struct Watchlists {
    watched: HashMap<UserId, Watched>,
    /// Whom the connection in a slot watches.
    lists: HashMap<u32, Box<[UserId]>>,
    observers: HashMap<UserId, ShardSet>,
    next_ticket: u32,
}

#[derive(Debug, Default)]
struct Watched {
    /// Slots of the watchers.
    watchers: Vec<u32>,
    /// The number of the question that is being answered.
    ticket: u32,
    /// How many shards have not answered it.
    missing: u16,
    /// The shards where the user has connections.
    here: ShardSet,
}

/// What a shard says of a user to one that watches it.
#[derive(Clone, Debug)]
pub(crate) struct Whereabouts {
    pub(crate) user: UserId,
    /// Whether the user has connections on the shard.
    pub(crate) here: bool,
}

/// What watchers are to be told, by slot: users, and whether they are online.
pub(crate) type News = BTreeMap<u32, Vec<(UserId, bool)>>;

/// A question to all shards.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) ticket: u32,
    /// Whom it is about.
    pub(crate) users: Box<[UserId]>,
}

impl Watchlists {
    /// The connection in a slot watches users from now on. Returns what is known already, and what
    /// has to be asked of all `shards`.
    pub(crate) fn begin(
        &mut self,
        slot: u32,
        mut users: Vec<UserId>,
        shards: u16,
    ) -> (News, Question) {
        users.sort_unstable();
        users.dedup();
        self.next_ticket = self.next_ticket.wrapping_add(1);
        let ticket = self.next_ticket;
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        for user in &users {
            let watched = self.watched.entry(user.clone()).or_insert_with(|| {
                unknown.push(user.clone());
                Watched {
                    ticket,
                    missing: shards,
                    ..Watched::default()
                }
            });
            watched.watchers.push(slot);
            if watched.missing == 0 {
                known.push((user.clone(), watched.is_online()));
            }
        }
        self.lists.insert(slot, users.into());
        let users = unknown.into();
        let known = (!known.is_empty()).then_some((slot, known));
        (known.into_iter().collect(), Question { ticket, users })
    }

    /// Whether the connection in a slot has a list.
    pub(crate) fn has_list(&self, slot: u32) -> bool {
        self.lists.contains_key(&slot)
    }

    /// The connection in a slot is gone. Returns whom nobody watches here any more.
    pub(crate) fn end(&mut self, slot: u32) -> Vec<UserId> {
        let mut unwatched = Vec::new();
        for user in self.lists.remove(&slot).unwrap_or_default() {
            let Some(watched) = self.watched.get_mut(&user) else {
                continue;
            };
            watched.watchers.retain(|watcher| *watcher != slot);
            if watched.watchers.is_empty() {
                self.watched.remove(&user);
                unwatched.push(user);
            }
        }
        unwatched
    }

    /// A shard answered a question.
    pub(crate) fn answered(&mut self, shard: u16, ticket: u32, answers: &[Whereabouts]) -> News {
        let mut news = News::new();
        for Whereabouts { user, here } in answers {
            let watched = self.watched.get_mut(user);
            if let Some(watched) = watched.filter(|watched| watched.ticket == ticket) {
                watched.set(shard, *here);
                watched.missing = watched.missing.saturating_sub(1);
                if watched.missing == 0 {
                    watched.tell(user, &mut news);
                }
            }
        }
        news
    }

    /// A user's first connection on a shard came, or the last one went.
    pub(crate) fn moved(&mut self, shard: u16, moved: &Whereabouts) -> News {
        let mut news = News::new();
        if let Some(watched) = self.watched.get_mut(&moved.user) {
            let before = watched.is_online();
            watched.set(shard, moved.here);
            if watched.missing == 0 && watched.is_online() != before {
                watched.tell(&moved.user, &mut news);
            }
        }
        news
    }

    /// A shard wants to know of a user.
    pub(crate) fn observe(&mut self, shard: u16, user: &UserId) {
        self.observers.entry(user.clone()).or_default().add(shard);
    }

    /// A shard wants to know of a user no longer.
    pub(crate) fn ignore(&mut self, shard: u16, user: &UserId) {
        if let Some(observers) = self.observers.get_mut(user) {
            observers.remove(shard);
            if observers.is_empty() {
                self.observers.remove(user);
            }
        }
    }

    /// The shards that want to know of a user.
    pub(crate) fn observers(&self, user: &UserId) -> ShardSet {
        self.observers.get(user).copied().unwrap_or_default()
    }
}

impl Watched {
    const fn is_online(&self) -> bool {
        !self.here.is_empty()
    }

    const fn set(&mut self, shard: u16, here: bool) {
        if here {
            self.here.add(shard);
        } else {
            self.here.remove(shard);
        }
    }

    fn tell(&self, user: &UserId, news: &mut News) {
        for watcher in &self.watchers {
            let told = news.entry(*watcher).or_default();
            told.push((user.clone(), self.is_online()));
        }
    }
}
