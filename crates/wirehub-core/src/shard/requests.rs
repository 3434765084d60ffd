//! What the application's own servers ask.

use std::sync::Arc;

use wirehub_model::{CloseReason, ConnectionId, Direct, Moment, Publish, Publisher, UserId};

use crate::{
    Answer, ConnectionDetails, ConnectionInfo, Draft, Encode, Occurrence, OccurrenceKind, Origin,
    Output, Phase, Recipient, Request, Shard, Stats, connection::Connection,
};

impl<E: Encode> Shard<E> {
    pub(super) fn request(&mut self, now: Moment, ticket: u64, request: Request) {
        let answer = match request {
            Request::Publish(wish) => match self.publish_for_handle(now, ticket, wish, None) {
                Some(answer) => answer,
                None => return,
            },
            Request::PublishFor { connection, wish } => {
                match self.publish_for_handle(now, ticket, wish, Some(connection)) {
                    Some(answer) => answer,
                    None => return,
                }
            }
            Request::History(query) => {
                let origin = Origin::Handle(self.settings.index, ticket);
                self.recall(now, query, origin);
                return;
            }
            Request::Presence(query) => {
                let origin = Origin::Handle(self.settings.index, ticket);
                match self.ask_who(now, query, origin) {
                    Ok(()) => return,
                    Err(refusal) => Answer::Presence(Err(refusal)),
                }
            }
            Request::Tell { to, direct } => Answer::Count(self.tell(&to, &direct)),
            Request::Disconnect { who, reason } => {
                Answer::Count(self.disconnect(now, &who, reason))
            }
            Request::Forget(topic) => {
                let origin = Origin::Handle(self.settings.index, ticket);
                match self.forget_topic(topic, origin) {
                    Some(result) => Answer::Forgotten(result),
                    None => return,
                }
            }
            Request::Subscribe { who, wish } => self.subscribe_for(now, &who, &wish),
            Request::Unsubscribe { who, filter } => {
                Answer::Count(self.unsubscribe_for(now, &who, &filter))
            }
            Request::Renew { who, renewal } => Answer::Count(self.renew(now, &who, &renewal)),
            Request::TakeSession(presented) => {
                let origin = Origin::Handle(self.settings.index, ticket);
                self.find_session(now, Box::new(presented.search(origin)));
                return;
            }
            Request::Connections { user, from, limit } => {
                self.list_connections(user.as_ref(), from, limit)
            }
            Request::Connection(id) => Answer::Connection(self.look_at(id).map(Box::new)),
            Request::Topics(query) => self.list_topics(&query),
            Request::Stats => Answer::Stats(Box::new(self.stats())),
        };
        self.outputs.push_back(Output::Answer { ticket, answer });
    }

    /// Publishes for the application, or for one of its clients in whose name it speaks.
    fn publish_for_handle(
        &mut self,
        now: Moment,
        ticket: u64,
        wish: Publish,
        client: Option<ConnectionId>,
    ) -> Option<Answer> {
        let ttl = wish
            .ttl
            .or(self.settings.namespaces.of_topic(&wish.topic).ttl);
        let from = client.map(|connection| Publisher {
            user: None,
            connection,
            info: None,
        });
        self.occurred(OccurrenceKind::Announced, |_| {
            Some(Occurrence::Announced {
                topic: wish.topic.clone(),
                message: wish.message.clone(),
            })
        });
        let draft = Draft {
            topic: wish.topic,
            message: wish.message,
            key: wish.key,
            idempotency_key: wish.idempotency_key,
            from,
            accepted_at: now,
            expires_at: ttl.map(|ttl| now + ttl),
            exclude: client.filter(|_| !wish.echo),
            trace: wish.trace,
        };
        let origin = Origin::Handle(self.settings.index, ticket);
        self.route(now, draft, origin).map(Answer::Published)
    }

    /// The counters, with what the shard holds at the moment.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = self.stats.clone();
        stats.feeds = self.feeds.len() as u64;
        stats.topics = self.home.len() as u64;
        stats.members = self.rosters.members();
        stats.users = self.users.len() as u64;
        stats.sessions_parked = self.sessions.len() as u64;
        let ledger = self.home.ledger();
        stats.history_publications = ledger.publications() as u64;
        stats.history_bytes = ledger.bytes() as u64;
        stats.retained_values = ledger.values() as u64;
        stats.forgotten = ledger.forgotten();
        stats.memory = self.memory();
        stats
    }

    fn tell(&mut self, to: &Recipient, direct: &Arc<Direct>) -> u64 {
        match to {
            Recipient::Everyone => self.tell_everyone(direct),
            Recipient::User(user) => self.tell_user(user, direct),
            Recipient::Connection(id) => u64::from(self.tell_connection(*id, direct)),
        }
    }

    fn disconnect(&mut self, now: Moment, who: &Recipient, reason: CloseReason) -> u64 {
        let ids = self.concerned(who, |phase| phase != Phase::Closing);
        for id in &ids {
            self.close(now, *id, reason);
        }
        ids.len() as u64
    }

    /// The connections of an address that are in one of the wanted phases.
    pub(super) fn concerned(
        &self,
        who: &Recipient,
        wanted: impl Fn(Phase) -> bool,
    ) -> Vec<ConnectionId> {
        let concerned: Vec<&Connection> = match who {
            Recipient::Everyone => self.connections.from(0).collect(),
            Recipient::User(user) => self.connections_of(user, 0).collect(),
            Recipient::Connection(id) => self.connections.get(*id).into_iter().collect(),
        };
        let concerned = concerned.into_iter();
        concerned
            .filter(|connection| wanted(connection.phase()))
            .map(|connection| connection.id)
            .collect()
    }

    /// The connections of a user from a slot on.
    fn connections_of(&self, user: &UserId, from: u32) -> impl Iterator<Item = &Connection> {
        let mut slots = self.users.slots(user).to_vec();
        slots.sort_unstable();
        slots
            .into_iter()
            .filter(move |slot| *slot >= from)
            .filter_map(|slot| self.connections.at(slot))
    }

    fn list_connections(&self, user: Option<&UserId>, from: u32, limit: usize) -> Answer {
        let mut found: Box<dyn Iterator<Item = &Connection>> = match user {
            Some(user) => Box::new(self.connections_of(user, from)),
            None => Box::new(self.connections.from(from)),
        };
        let list = found.by_ref().take(limit);
        let list = list.map(|connection| self.info_of(connection)).collect();
        let next = found.next().map(|connection| connection.id.slot());
        Answer::Connections { list, next }
    }

    fn info_of(&self, connection: &Connection) -> ConnectionInfo {
        ConnectionInfo {
            id: connection.id,
            user: connection.principal.user.clone(),
            flavour: self.outbound.flavour(connection.id.slot()),
            phase: connection.phase(),
            opened_at: connection.opened_at,
            last_seen: connection.last_seen,
            round_trip: connection.round_trip(),
            subscriptions: connection.subscriptions.len(),
            waiting_bytes: self.outbound.waiting(connection.id.slot()),
        }
    }

    fn look_at(&self, id: ConnectionId) -> Option<ConnectionDetails> {
        let connection = self.connections.get(id)?;
        let feeds = connection.subscriptions.iter();
        let filters = feeds.filter_map(|subscription| self.feeds.get(subscription.feed));
        let mut subscriptions: Vec<_> = filters.map(|feed| feed.filter.clone()).collect();
        subscriptions.sort_by(|left, right| left.as_str().cmp(right.as_str()));
        Some(ConnectionDetails {
            info: self.info_of(connection),
            said: connection.principal.info.clone(),
            expires_at: connection.principal.expires_at,
            subscriptions,
        })
    }
}
