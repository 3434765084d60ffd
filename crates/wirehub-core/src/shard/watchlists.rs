//! Clients are told when the users on their list come and go.

use wirehub_model::{ConnectionId, Event, Moment, UserId};

use crate::{
    Encode, Relay, Shard,
    watchlist_relay::{Sighting, WatchlistRelay},
    watchlists::{News, Question, Whereabouts},
};

impl<E: Encode> Shard<E> {
    /// A client wants to know when these users come and go. Its first list counts.
    pub(super) fn begin_watchlist(&mut self, now: Moment, id: ConnectionId, users: Vec<UserId>) {
        if users.is_empty() || self.watchlists.has_list(id.slot()) {
            return;
        }
        let shards = self.settings.placement.shards();
        let (known, question) = self.watchlists.begin(id.slot(), users, shards);
        self.tell_watchlist(known);
        let Question { ticket, users } = question;
        if !users.is_empty() {
            let from = self.settings.index;
            self.tell_sighting(
                now,
                0..shards,
                &Sighting::Observe {
                    from,
                    ticket,
                    users,
                },
            );
        }
    }

    /// A client is gone, and with it its list.
    pub(super) fn end_watchlist(&mut self, now: Moment, slot: u32) {
        let users = self.watchlists.end(slot);
        if !users.is_empty() {
            let (from, users) = (self.settings.index, users.into());
            let shards = 0..self.settings.placement.shards();
            self.tell_sighting(now, shards, &Sighting::Ignore { from, users });
        }
    }

    /// A connection turns out to be a user's.
    pub(super) fn user_comes(&mut self, now: Moment, user: &UserId, slot: u32) {
        if self.users.add(user, slot) {
            self.user_moved(now, user, true);
        }
    }

    /// A connection of a user is gone.
    pub(super) fn user_goes(&mut self, now: Moment, user: &UserId, slot: u32) {
        if self.users.remove(user, slot) {
            self.user_moved(now, user, false);
        }
    }

    /// A user has its first connection on this shard, or lost the last one.
    fn user_moved(&mut self, now: Moment, user: &UserId, here: bool) {
        let observers = self.watchlists.observers(user);
        if !observers.is_empty() {
            let moved = Sighting::Moved {
                shard: self.settings.index,
                moved: Whereabouts {
                    user: user.clone(),
                    here,
                },
            };
            self.tell_sighting(now, observers.iter(), &moved);
        }
    }

    /// A shard says or asks something about users.
    pub(super) fn heard_sighting(&mut self, now: Moment, sighting: Sighting) {
        match sighting {
            Sighting::Observe {
                from,
                ticket,
                users,
            } => {
                let answers = users.into_iter().map(|user| {
                    self.watchlists.observe(from, &user);
                    let here = !self.users.slots(&user).is_empty();
                    Whereabouts { user, here }
                });
                let answers = Sighting::Answers {
                    shard: self.settings.index,
                    ticket,
                    answers: answers.collect(),
                };
                self.tell_sighting(now, [from], &answers);
            }
            Sighting::Ignore { from, users } => {
                for user in &users {
                    self.watchlists.ignore(from, user);
                }
            }
            Sighting::Answers {
                shard,
                ticket,
                answers,
            } => {
                let news = self.watchlists.answered(shard, ticket, &answers);
                self.tell_watchlist(news);
            }
            Sighting::Moved { shard, moved } => {
                let news = self.watchlists.moved(shard, &moved);
                self.tell_watchlist(news);
            }
        }
    }

    fn tell_sighting(
        &mut self,
        now: Moment,
        shards: impl IntoIterator<Item = u16>,
        sighting: &Sighting,
    ) {
        for shard in shards {
            let said = Box::new(sighting.clone());
            self.tell_shard(now, shard, Relay::Watchlist(WatchlistRelay(said)));
        }
    }

    fn tell_watchlist(&mut self, news: News) {
        for (slot, users) in news {
            let (online, offline): (Vec<_>, Vec<_>) =
                users.into_iter().partition(|(_, online)| *online);
            let names = |users: Vec<(UserId, bool)>| users.into_iter().map(|(user, _)| user);
            let event = Event::Watchlist {
                online: &names(online).collect::<Vec<_>>(),
                offline: &names(offline).collect::<Vec<_>>(),
            };
            self.outbound.tell(slot, &event, &mut self.stats);
        }
    }
}
