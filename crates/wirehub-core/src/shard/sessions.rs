//! How a client comes back after its connection was lost.

use wirehub_model::{
    CloseCause, ConnectionId, ErrorCode, Event, Moment, Refusal, Reply, Resume, SessionOffer,
    SessionToken,
};

use super::{commands::Outcome, on_behalf::ended_by_application};
use crate::{
    Encode, Occurrence, OccurrenceKind, Origin, Phase, Relay, SessionEnd, Shard,
    feeds::{Announce, FeedState},
    permissions,
    session::{Kept, Session, Terms},
    session_search::{SessionSearch, Trace},
};

impl<E: Encode> Shard<E> {
    /// What a client needs to come back to a connection's session.
    pub(super) fn session_offer(&self, id: ConnectionId) -> Option<SessionOffer> {
        let within = self.settings.resume_within;
        let connection = self.connections.get(id).filter(|_| !within.is_zero())?;
        if !self.outbound.resumes(id.slot()) {
            return None;
        }
        let token = SessionToken::new(id, connection.secret());
        Some(SessionOffer { token, within })
    }

    /// Keeps the session of a connection that ends for a reason from which clients come back.
    /// Returns whether it did: then nobody has left yet.
    pub(super) fn park(&mut self, now: Moment, id: ConnectionId, cause: CloseCause) -> bool {
        if !self.keeps_sessions() || !cause.is_resumable() {
            return false;
        }
        if self.is_nothing_to_come_back_to(id) || !self.outbound.resumes(id.slot()) {
            return false;
        }
        let Some(session) = self.session_of(id) else {
            return false;
        };
        self.keep(now, session);
        true
    }

    /// Whether clients may come back to sessions without a connection.
    pub(super) fn keeps_sessions(&self) -> bool {
        let may_wait = !self.settings.resume_within.is_zero() && self.settings.limits.sessions > 0;
        may_wait && self.drain.is_none()
    }

    /// Keeps a session for as long as its client may come back, in place of older ones where there
    /// are too many.
    pub(super) fn keep(&mut self, now: Moment, session: Session) {
        while self.sessions.len() >= self.settings.limits.sessions
            && let Some(oldest) = self.sessions.take_oldest()
        {
            self.end_session(now, &oldest, SessionEnd::Evicted);
        }
        self.sessions
            .park(now + self.settings.resume_within, session);
    }

    /// Whether a connection asked for another session, has not got it, and has nothing of its own:
    /// its client comes back to the one it asked for.
    pub(super) fn is_nothing_to_come_back_to(&self, id: ConnectionId) -> bool {
        self.connections.get(id).is_some_and(|connection| {
            let carried = connection.carried();
            let awaits = carried.is_some_and(|carried| carried.awaits_session);
            awaits && connection.subscriptions.is_empty()
        })
    }

    /// The session of a connection that is in.
    pub(super) fn session_of(&mut self, id: ConnectionId) -> Option<Session> {
        let connection = self.connections.get_mut(id)?;
        if connection.phase() != Phase::Open {
            return None;
        }
        let carried = connection.hand_over();
        let connection = self.connections.get(id)?;
        let kept = connection.subscriptions.iter().filter_map(|subscription| {
            let feed = self.feeds.get(subscription.feed)?;
            let joining = feed.joining(id);
            // Who was not told yet how the topic stands still counts from where it said.
            let position = match (joining, &feed.state) {
                (Some(waiting), _) => waiting.since,
                (None, FeedState::Live(position)) => *position,
                (None, FeedState::Pending(_)) => None,
            };
            let acked = carried.acks.get(&subscription.feed).copied();
            let asked = joining.filter(|waiting| waiting.acks);
            Some(Kept {
                filter: feed.filter.clone(),
                epoch: position.map(|position| position.epoch),
                acks: acked.is_some() || asked.is_some(),
                acked: acked.or_else(|| asked?.since),
                member: feed.presence && joining.is_none(),
                watches: self.is_watching(id, subscription.feed),
                ended: false,
                terms: Terms::of(
                    feed.pace(id, subscription.place),
                    feed.wanted(id, subscription.place).cloned(),
                    carried.grants.get(&subscription.feed).cloned(),
                ),
            })
        });
        Some(Session {
            connection: id,
            secret: connection.secret(),
            user: connection.principal.user.clone(),
            subscriptions: kept.collect(),
            letters: carried.letters,
        })
    }

    /// Nobody comes back to a session any more.
    fn end_session(&mut self, now: Moment, session: &Session, end: SessionEnd) {
        self.stats.sessions_ended[end.index()] += 1;
        self.occurred(OccurrenceKind::SessionEnded, |_| {
            Some(Occurrence::SessionEnded {
                connection: session.connection,
                user: session.user.clone(),
                end,
            })
        });
        self.forget_session(now, session);
    }

    /// Nobody came back to a session: whatever waited for that is done now.
    pub(super) fn forget_session(&mut self, now: Moment, session: &Session) {
        self.let_go(session);
        for topic in session.memberships() {
            self.leave_home(now, topic, session.connection);
        }
    }

    /// Sessions that waited long enough are forgotten.
    pub(super) fn session_timeouts(&mut self, now: Moment) {
        while let Some(session) = self.sessions.next_ended(now) {
            self.end_session(now, &session, SessionEnd::Expired);
        }
    }

    /// A client wants to go on with a session.
    pub(super) fn resume(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        wish: Box<Resume>,
    ) -> Outcome {
        let Some(connection) = self.connections.get(id) else {
            return Ok(None);
        };
        let old = wish.session.connection();
        let is_here = self.is_of_this_node(old);
        let may_be_here = is_here && old.shard() < self.settings.placement.shards();
        if old == id || !(may_be_here || (self.settings.brokered && !is_here)) {
            return Err(not_resumable());
        }
        let user = connection.principal.user.clone();
        if let Some(connection) = self.connections.get_mut(id) {
            connection.carry().awaits_session = true;
        }
        let search = SessionSearch {
            by: id,
            origin: Origin::Client(id, request),
            user,
            wish,
            trace: Trace::Presented,
        };
        self.seek(now, Box::new(search));
        Ok(None)
    }

    /// The shard of a session has answered.
    pub(super) fn resumed(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        wish: &Resume,
        session: Option<Box<Session>>,
    ) {
        let here = self.connections.get(id);
        let open = here.is_some_and(|connection| connection.phase() == Phase::Open);
        match session {
            Some(session) if open => {
                // One that another node had ended there.
                let is_of_here = self.is_of_this_node(session.connection);
                self.stats.sessions_ended[SessionEnd::Resumed.index()] += u64::from(is_of_here);
                self.go_on(now, id, request, wish, &session);
            }
            Some(session) => self.give_back(now, id, session),
            None => self.refuse(id, request, &not_resumable()),
        }
        if open {
            self.auto_subscribe(now, id);
        }
    }

    /// The client is gone again before its session came.
    fn give_back(&mut self, now: Moment, by: ConnectionId, session: Box<Session>) {
        let shard = session.connection.shard();
        if !self.is_of_this_node(session.connection) {
            self.adopt(now, by, *session);
        } else if shard == self.settings.index {
            self.take_back(now, *session);
        } else {
            self.relay(shard, Relay::ReturnSession(session));
        }
    }

    /// A session that was handed out comes back.
    pub(super) fn take_back(&mut self, now: Moment, session: Session) {
        let end = now + self.settings.resume_within;
        self.hold(now, &session);
        self.moves.forget(session.connection);
        self.sessions.park(end, session);
    }

    /// Goes on with a session on a new connection.
    fn go_on(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        wish: &Resume,
        session: &Session,
    ) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let limits = &self.settings.limits;
        connection.carry().awaits_session = false;
        let letters = &mut connection.carry().letters;
        let (lost, missed) = letters.go_on(&session.letters, wish.received, limits);
        self.reply(id, request, Ok(Reply::Resumed { lost }));
        self.occurred(OccurrenceKind::Resumed, |shard| {
            Some(Occurrence::Resumed {
                connection: id,
                was: session.connection,
                user: shard.user_of(id),
            })
        });
        for letter in &missed {
            let event = Event::Direct(letter);
            self.outbound.tell(id.slot(), &event, &mut self.stats);
        }
        for kept in &session.subscriptions {
            let was = kept.member.then_some(session.connection);
            self.go_on_with(now, id, kept, was, wish);
            // Where the new connection takes the lost one's place, the home hears of that first.
            if let (Some(topic), Some(was)) = (kept.filter.as_topic(), was) {
                self.leave_home(now, topic, was);
            }
        }
    }

    /// Goes on with one subscription, as far as the client may still have it.
    fn go_on_with(
        &mut self,
        now: Moment,
        id: ConnectionId,
        kept: &Kept,
        was: Option<ConnectionId>,
        wish: &Resume,
    ) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        let filter = &kept.filter;
        if kept.ended {
            let refusal = ended_by_application();
            let event = Event::Unsubscribed {
                filter,
                refusal: &refusal,
            };
            self.outbound.tell(id.slot(), &event, &mut self.stats);
            return;
        }
        let known = self.feeds.find(filter);
        if known.is_some_and(|feed| connection.subscription(feed).is_some()) {
            return;
        }
        let principal = &connection.principal;
        let granted = kept.grant().is_some() || principal.auto_subscribe.contains(filter);
        let allowed = match permissions::subscribe(&self.settings.namespaces, principal, filter) {
            Err(_) if granted => Ok(()),
            other => other,
        };
        let begun = allowed
            .and_then(|()| self.enter_feed(now, id, &kept.wish(wish), Announce::Resumed(was)));
        if let Err(refusal) = begun {
            let event = Event::Unsubscribed {
                filter,
                refusal: &refusal,
            };
            self.outbound.tell(id.slot(), &event, &mut self.stats);
        }
    }
}

fn not_resumable() -> Refusal {
    Refusal::new(
        ErrorCode::NotResumable,
        "the server keeps no such session; subscribe anew, with `since` where you know it",
    )
}
