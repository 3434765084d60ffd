//! How a connection begins: from the handshake to what its credentials allow, and anew with each
//! new ones.

use wirehub_model::{
    CloseReason, ConnectionId, ErrorCode, Event, Moment, Principal, Refusal, Reply, Subscribe,
    Welcome,
};

use crate::{
    Encode, Flavour, Occurrence, OccurrenceKind, Phase, Shard,
    batch::Patience,
    carried::HeldWelcome,
    connection::{Connection, State},
    feeds::Announce,
    permissions,
};

impl<E: Encode> Shard<E> {
    pub(super) fn begin(
        &mut self,
        now: Moment,
        flavour: Flavour,
        principal: Option<Principal>,
        secret: u128,
    ) -> Result<ConnectionId, CloseReason> {
        let first_beat = self.random.span(self.settings.heartbeat.interval);
        let limits = &self.settings.limits;
        let id = self
            .connections
            .insert(|id| Connection::new(id, now, first_beat, limits, secret))
            .ok_or(CloseReason::TryAgainLater)?;
        self.outbound.begin(id.slot(), flavour);
        self.stats.opened += 1;
        self.stats.connections[Phase::Connecting as usize] += 1;
        if let Some(drain) = &self.drain {
            let reason = drain.plan.reason;
            self.close(now, id, reason);
        } else if let Some(principal) = principal {
            self.admit(now, id, None, principal);
        } else {
            self.schedule(now, id);
        }
        Ok(id)
    }

    /// Lets a client in.
    fn admit(&mut self, now: Moment, id: ConnectionId, request: Option<u64>, principal: Principal) {
        if let Some(user) = &principal.user {
            if self.users.slots(user).len() >= self.settings.limits.connections_per_user {
                self.close(now, id, CloseReason::UserLimit);
                return;
            }
            self.user_comes(now, user, id.slot());
        }
        self.tell_spread();
        let principal = self.with_wishes(id, principal);
        let announced = principal.auto_subscribe.len();
        if let Some(connection) = self.connections.get_mut(id) {
            connection.principal = principal;
        }
        self.set_state(id, State::Open);
        self.outbound.set_open(id.slot());
        self.occurred(OccurrenceKind::Connected, |shard| {
            Some(Occurrence::Connected {
                connection: id,
                user: shard.user_of(id),
            })
        });
        if announced > 0 && self.outbound.welcomes_with_subscriptions(id.slot()) {
            if let Some(connection) = self.connections.get_mut(id) {
                connection.carry().welcome = Some(HeldWelcome {
                    request,
                    missing: announced,
                });
            }
            self.outbound.hold(id.slot());
        } else if let Some(welcome) = self.welcome(now, id) {
            let event = Event::Welcome {
                id: request,
                welcome: &welcome,
            };
            self.outbound.tell(id.slot(), &event, &mut self.stats);
        }
        let connection = self.connections.get_mut(id);
        let has_wish = |connection: &&mut Connection| connection.carried().is_some();
        let wish = connection
            .filter(has_wish)
            .and_then(|it| it.carry().resume.take());
        match wish {
            // What the session has goes before what the token asks for.
            Some(wish) => {
                if let Err(refusal) = self.resume(now, id, request, wish) {
                    self.refuse(id, request, &refusal);
                    self.auto_subscribe(now, id);
                }
            }
            None => self.auto_subscribe(now, id),
        }
        self.schedule(now, id);
    }

    /// The client as if its token asked for what it asked for itself, where it may have that.
    fn with_wishes(&mut self, id: ConnectionId, principal: Principal) -> Principal {
        let connection = self.connections.get_mut(id);
        let wishes = connection
            .filter(|connection| connection.carried().is_some())
            .map(|connection| std::mem::take(&mut connection.carry().wishes));
        let Some(wishes) = wishes.filter(|wishes| !wishes.is_empty()) else {
            return principal;
        };
        let namespaces = &self.settings.namespaces;
        let mut asked = principal.auto_subscribe.to_vec();
        for wish in wishes {
            let may = permissions::subscribe(namespaces, &principal, &wish).is_ok();
            if may && !asked.contains(&wish) {
                asked.push(wish);
            }
        }
        Principal {
            auto_subscribe: asked.into(),
            ..principal
        }
    }

    /// What a client should know that is in.
    fn welcome(&self, now: Moment, id: ConnectionId) -> Option<Welcome> {
        let connection = self.connections.get(id)?;
        let principal = &connection.principal;
        Some(Welcome {
            connection: id,
            user: principal.user.clone(),
            heartbeat: self.settings.heartbeat,
            expires_in: principal.expires_at.map(|end| end.since(now)),
            session: self.session_offer(id),
            spread: self.spread.span(),
        })
    }

    /// A subscription that a client's token asks for stands, or does not begin: where the client
    /// waits for the last of them, it is welcomed.
    pub(super) fn settle_announced(&mut self, now: Moment, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if connection
            .carried()
            .is_none_or(|carried| carried.welcome.is_none())
        {
            return;
        }
        let held = connection.carry().welcome.take();
        let Some(mut held) = held.filter(|held| held.missing > 0) else {
            return;
        };
        held.missing -= 1;
        if held.missing > 0 {
            connection.carry().welcome = Some(held);
        } else if let Some(welcome) = self.welcome(now, id) {
            let event = Event::Welcome {
                id: held.request,
                welcome: &welcome,
            };
            let slot = id.slot();
            self.outbound.tell_first(slot, &event, &mut self.stats);
        }
    }

    /// Tells everybody over which longer span to come back, once there are too many for the old
    /// one.
    fn tell_spread(&mut self) {
        if let Some(span) = self.spread.count(self.connections.len()) {
            let event = Event::Spread(span);
            let mut fan_out = self.outbound.fan_out(&event, Patience::default(), None);
            self.outbound.deliver_to_all(&mut fan_out);
            self.outbound.finish(&fan_out, None, &mut self.stats);
        }
    }

    /// Makes the subscriptions that a client's token asks for and that it does not have.
    pub(super) fn auto_subscribe(&mut self, now: Moment, id: ConnectionId) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let filters = connection.principal.auto_subscribe.clone();
        let carries = connection
            .carried()
            .is_some_and(|carried| !carried.since.is_empty());
        let since = match self.connections.get_mut(id).filter(|_| carries) {
            Some(connection) => std::mem::take(&mut connection.carry().since),
            None => Vec::new(),
        };
        for filter in filters.iter() {
            let mut known = since.iter();
            let known = known.find(|(topic, _)| topic.as_str() == filter.as_str());
            let wish = Subscribe {
                since: known.map(|(_, position)| *position),
                ..Subscribe::to(filter.clone())
            };
            // The token itself asks for it, so no further permission is needed; what fails is told.
            if let Err(refusal) = self.enter_feed(now, id, &wish, Announce::Event) {
                if refusal.code != ErrorCode::AlreadySubscribed {
                    self.refuse(id, None, &refusal);
                }
                self.settle_announced(now, id);
            }
        }
    }

    /// Credentials were checked: those a client came with, or new ones for an open connection.
    pub(super) fn authenticated(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        result: Result<Principal, Refusal>,
    ) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        match (connection.state, result) {
            (State::Connecting { .. }, Ok(principal)) => self.admit(now, id, request, principal),
            (State::Connecting { .. }, Err(refusal)) => {
                self.refuse(id, request, &refusal);
                let reason = match refusal.code {
                    ErrorCode::TokenExpired => CloseReason::TokenExpired,
                    ErrorCode::Overloaded | ErrorCode::Timeout => CloseReason::TryAgainLater,
                    _ => CloseReason::Unauthorized,
                };
                self.close(now, id, reason);
            }
            (State::Open, Ok(principal)) => {
                let refreshed = self.replace_principal(now, id, principal);
                self.reply(id, request, refreshed);
            }
            (State::Open, Err(refusal)) => self.refuse(id, request, &refusal),
            (State::Closing { .. }, _) => {}
        }
    }

    fn replace_principal(
        &mut self,
        now: Moment,
        id: ConnectionId,
        principal: Principal,
    ) -> Result<Reply, Refusal> {
        let expires_in = principal.expires_at.map(|end| end.since(now));
        if let Some(connection) = self.connections.get_mut(id) {
            if connection.principal.user != principal.user {
                return Err(Refusal::new(
                    ErrorCode::PermissionDenied,
                    "the new token names another user; open another connection for it",
                ));
            }
            let before = std::mem::replace(&mut connection.principal, principal);
            if before.info != connection.principal.info {
                self.info_changed(now, id);
            }
        }
        self.revoke_subscriptions(now, id);
        self.schedule(now, id);
        Ok(Reply::Refreshed { expires_in })
    }

    pub(super) fn set_state(&mut self, id: ConnectionId, state: State) {
        if let Some(connection) = self.connections.get_mut(id) {
            self.stats.connections[connection.phase() as usize] -= 1;
            connection.state = state;
            self.stats.connections[connection.phase() as usize] += 1;
        }
    }

    /// Tells a client the result of its request.
    pub(super) fn reply(
        &mut self,
        id: ConnectionId,
        request: Option<u64>,
        result: Result<Reply, Refusal>,
    ) {
        match (result, request) {
            (Err(refusal), _) => self.refuse(id, request, &refusal),
            (Ok(_), None) => {}
            (Ok(reply), Some(request)) => {
                if self.connections.get(id).is_some() {
                    let event = Event::Reply {
                        id: request,
                        reply: &reply,
                    };
                    self.outbound.tell(id.slot(), &event, &mut self.stats);
                }
            }
        }
    }

    /// Tells a client that its request was refused, even when it had no number: a publisher that
    /// asks for no receipt still has to learn that it publishes in vain.
    pub(super) fn refuse(&mut self, id: ConnectionId, request: Option<u64>, refusal: &Refusal) {
        self.stats.refused[refusal.code.index()] += 1;
        self.limited(id, refusal.code);
        if self.connections.get(id).is_some() {
            let event = Event::Refused {
                id: request,
                refusal,
            };
            self.outbound.tell(id.slot(), &event, &mut self.stats);
        }
    }
}
