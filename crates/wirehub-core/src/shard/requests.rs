//! What the application's own servers ask.

use std::sync::Arc;

use wirehub_model::{CloseReason, ConnectionId, Direct, Moment};

use crate::{
    Answer, ConnectionInfo, Draft, Encode, Origin, Output, Phase, Recipient, Request, Shard, Stats,
    connection::Connection,
};

impl<E: Encode> Shard<E> {
    pub(super) fn request(&mut self, now: Moment, ticket: u64, request: Request) {
        let answer = match request {
            Request::Publish(wish) => {
                let ttl = wish
                    .ttl
                    .or(self.settings.namespaces.of_topic(&wish.topic).ttl);
                let draft = Draft {
                    topic: wish.topic,
                    message: wish.message,
                    key: wish.key,
                    idempotency_key: wish.idempotency_key,
                    from: None,
                    accepted_at: now,
                    expires_at: ttl.map(|ttl| now + ttl),
                    exclude: None,
                };
                let origin = Origin::Handle(self.settings.index, ticket);
                match self.route(now, draft, origin) {
                    Some(result) => Answer::Published(result),
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
            Request::Connections { from, limit } => self.list_connections(from, limit),
            Request::Stats => Answer::Stats(Box::new(self.stats())),
        };
        self.outputs.push_back(Output::Answer { ticket, answer });
    }

    /// The counters, with what the shard holds at the moment.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let mut stats = self.stats.clone();
        stats.feeds = self.feeds.len() as u64;
        stats.topics = self.home.len() as u64;
        stats.members = self.rosters.members();
        stats.sessions_parked = self.sessions.len() as u64;
        let ledger = self.home.ledger();
        stats.history_publications = ledger.publications() as u64;
        stats.history_bytes = ledger.bytes() as u64;
        stats.retained_values = ledger.values() as u64;
        stats.forgotten = ledger.forgotten();
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
        let concerned: Vec<&Connection> = match who {
            Recipient::Everyone => self.connections.from(0).collect(),
            Recipient::User(user) => {
                let slots = self.users.slots(user).iter();
                slots
                    .filter_map(|slot| self.connections.at(*slot))
                    .collect()
            }
            Recipient::Connection(id) => self.connections.get(*id).into_iter().collect(),
        };
        let ids: Vec<ConnectionId> = concerned
            .iter()
            .filter(|connection| connection.phase() != Phase::Closing)
            .map(|connection| connection.id)
            .collect();
        for id in &ids {
            self.close(now, *id, reason);
        }
        ids.len() as u64
    }

    fn list_connections(&self, from: u32, limit: usize) -> Answer {
        let mut found = self.connections.from(from);
        let list = found.by_ref().take(limit);
        let list = list
            .map(|connection| ConnectionInfo {
                id: connection.id,
                user: connection.principal.user.clone(),
                flavour: self.outbound.flavour(connection.id.slot()),
                phase: connection.phase(),
                opened_at: connection.opened_at,
                last_seen: connection.last_seen,
                subscriptions: connection.subscriptions.len(),
                waiting_bytes: self.outbound.waiting(connection.id.slot()),
            })
            .collect();
        let next = found.next().map(|connection| connection.id.slot());
        Answer::Connections { list, next }
    }
}
