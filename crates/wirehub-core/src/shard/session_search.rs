//! How a session is found that its client presents.

use wirehub_model::{CloseReason, ConnectionId, Moment, SessionToken, UserId};

use crate::{
    Ask, Encode, Output, Relay, Shard,
    moves::Move,
    session::Session,
    session_search::{SessionSearch, Trace},
};

impl<E: Encode> Shard<E> {
    /// Finds a session, here or where it went.
    ///
    /// A client whose new connection was lost before the answer does not know where its session
    /// is, and presents the old token. The session may be with the connection that was lost, may
    /// have gone on from there, may be on its way to it, or on its way back because it came too
    /// late. Relays between two shards keep their order; so the search goes the way that the
    /// session went, and finds it when it arrives, or comes back behind it.
    ///
    /// A session that went to another node is looked for there. Nothing keeps an order between two
    /// nodes: a search that overtakes the session finds nothing.
    pub(super) fn find_session(&mut self, now: Moment, mut search: Box<SessionSearch>) {
        if let Some(session) = self.take_session(now, &search) {
            self.hand_session_over(now, search, Some(session));
            return;
        }
        match self.next_trace(&search) {
            Some(trace) => {
                search.trace = trace;
                self.seek(now, search);
            }
            None => self.hand_session_over(now, search, None),
        }
    }

    /// Has a session looked for where it is said to be.
    pub(super) fn seek(&mut self, now: Moment, search: Box<SessionSearch>) {
        let at = search.at();
        if self.is_of_this_node(at) {
            self.tell_shard(now, at.shard(), Relay::TakeSession(search));
        } else {
            self.outputs
                .push_back(Output::Broker(Ask::TakeSession(search)));
        }
    }

    /// Where to look for a session that is not here. Every step follows another move, to a younger
    /// connection, or goes back for good.
    fn next_trace(&self, search: &SessionSearch) -> Option<Trace> {
        let moved = self.moves.of_connection(search.at());
        let (token, user) = (&search.wish.session, search.user.as_ref());
        match (search.trace, moved) {
            (Trace::Presented, Some(moved)) if !moved.belongs_to(token, user) => None,
            (Trace::Presented | Trace::Followed { .. }, Some(moved)) => Some(Trace::Followed {
                from: moved.from,
                to: moved.to,
            }),
            // Nothing comes back from one node to another.
            (Trace::Followed { from, .. }, None) if self.is_of_this_node(from) => {
                Some(Trace::Returned(from))
            }
            (_, None) | (Trace::Returned(_), _) => None,
        }
    }

    /// Takes a session out for the connection that proves it is its client's. Where the old
    /// connection is still there, it is fenced off: from here on it gets nothing. But a client that
    /// a drain has asked to move hangs up here once it is heard on another node, and until then it
    /// is heard here; it begins anew there.
    fn take_session(&mut self, now: Moment, search: &SessionSearch) -> Option<Box<Session>> {
        let at = search.at();
        // The client asks again on the connection that has the session.
        if at == search.by {
            return None;
        }
        let goes_away = !self.is_of_this_node(search.by);
        if goes_away && self.drain.is_some() && self.connections.get(at).is_some() {
            return None;
        }
        let token = match search.trace {
            Trace::Presented => search.wish.session,
            Trace::Followed { .. } | Trace::Returned(_) => self.token_of(at)?,
        };
        let mut session = self.prove(now, &token, search.user.as_ref())?;
        if goes_away {
            self.depart(now, &mut session);
        }
        let moved = Move::new(&session, search.by);
        let within = self.settings.resume_within;
        let limit = self.settings.limits.sessions;
        self.moves.push(now, moved, within, limit);
        Some(session)
    }

    /// The token of a session that is here.
    fn token_of(&mut self, at: ConnectionId) -> Option<SessionToken> {
        let parked = self.sessions.get_mut(at).map(|session| session.secret);
        let here = || Some(self.connections.get(at)?.secret());
        let secret = parked.or_else(here)?;
        Some(SessionToken::new(at, secret))
    }

    /// Takes the session out that a token proves to be its client's.
    fn prove(
        &mut self,
        now: Moment,
        token: &SessionToken,
        user: Option<&UserId>,
    ) -> Option<Box<Session>> {
        let old = token.connection();
        if let Some(parked) = self.sessions.get_mut(old) {
            return if parked.belongs_to(token, user) {
                let session = self.sessions.take(old)?;
                self.let_go(&session);
                Some(Box::new(session))
            } else {
                None
            };
        }
        let connection = self.connections.get(old)?;
        let proven = token.proves(connection.secret());
        if !(proven & (connection.principal.user.as_ref() == user)) {
            return None;
        }
        if self.is_nothing_to_come_back_to(old) {
            return None;
        }
        let session = self.session_of(old)?;
        self.let_go(&session);
        self.close(now, old, CloseReason::Resumed);
        Some(Box::new(session))
    }

    /// Tells the shard that wants a session what was found.
    pub(super) fn hand_session_over(
        &mut self,
        now: Moment,
        search: Box<SessionSearch>,
        session: Option<Box<Session>>,
    ) {
        let shard = search.origin.shard();
        self.tell_shard(now, shard, Relay::SessionTaken(search, session));
    }
}
