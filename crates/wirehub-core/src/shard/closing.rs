//! How a connection ends: from the goodbye, or without one, to the last books it stands in.

use wirehub_model::{CloseCause, CloseReason, ConnectionId, Event, Moment};

use crate::{Encode, Occurrence, OccurrenceKind, Output, Phase, Shard, connection::State};

impl<E: Encode> Shard<E> {
    /// Begins to close a connection for the server's own reasons.
    pub(super) fn close(&mut self, now: Moment, id: ConnectionId, reason: CloseReason) {
        self.start_closing(now, id, reason, CloseCause::Server(reason), false);
    }

    /// The client's close frame arrived: the answer to ours, or the start of the end.
    pub(super) fn close_received(&mut self, now: Moment, id: ConnectionId, cause: CloseCause) {
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if let State::Closing { answered, .. } = &mut connection.state {
            *answered = true;
            self.hang_up_if_done(id.slot());
        } else {
            self.start_closing(now, id, CloseReason::Normal, cause, true);
        }
    }

    fn start_closing(
        &mut self,
        now: Moment,
        id: ConnectionId,
        reason: CloseReason,
        cause: CloseCause,
        answered: bool,
    ) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        if matches!(connection.state, State::Closing { .. }) {
            return;
        }
        self.detach(now, id, cause);
        let event = Event::Close(reason);
        self.outbound.tell_last(id.slot(), &event, &mut self.stats);
        let until = now + self.settings.limits.close_timeout;
        let answered = answered || !self.outbound.answers_goodbye(id.slot());
        self.set_state(
            id,
            State::Closing {
                until,
                cause,
                answered,
            },
        );
        self.schedule(now, id);
        // A transport without goodbyes has nothing left to send.
        self.hang_up_if_done(id.slot());
    }

    /// Hangs up on a connection that said and heard goodbye.
    pub(super) fn hang_up_if_done(&mut self, slot: u32) {
        // Asked after every write, so the outbox, which is at hand then, has the first word.
        if !self.outbound.is_over(slot) {
            return;
        }
        let Some(connection) = self.connections.at(slot) else {
            return;
        };
        if let State::Closing {
            cause,
            answered: true,
            ..
        } = connection.state
        {
            let id = connection.id;
            self.hang_up(id, cause);
        }
    }

    /// Ends a connection and has its transport dropped.
    pub(super) fn hang_up(&mut self, id: ConnectionId, cause: CloseCause) {
        if self.forget(id, cause) {
            self.outputs.push_back(Output::HangUp {
                connection: id,
                cause,
            });
            self.report_drained();
        }
    }

    /// The transport is gone already.
    pub(super) fn gone(&mut self, now: Moment, id: ConnectionId, cause: CloseCause) {
        let Some(connection) = self.connections.get(id) else {
            return;
        };
        // A peer that vanishes after a goodbye has closed as it should.
        let cause = match connection.state {
            State::Closing { cause, .. } => cause,
            State::Connecting { .. } | State::Open => cause,
        };
        self.detach(now, id, cause);
        if self.forget(id, cause) {
            self.report_drained();
        }
    }

    /// Removes a detached connection from all books; returns whether it was there.
    fn forget(&mut self, id: ConnectionId, cause: CloseCause) -> bool {
        let Some(connection) = self.connections.remove(id) else {
            return false;
        };
        self.stats.connections[connection.phase() as usize] -= 1;
        self.stats.closed[cause.index()] += 1;
        self.outbound.end(id.slot(), &mut self.stats);
        if self.connections.len() == 0 {
            self.outbound.rest();
            self.users.rest();
        }
        true
    }

    /// Takes a connection out of everything it takes part in. Its session is kept when it may come
    /// back.
    pub(super) fn detach(&mut self, now: Moment, id: ConnectionId, cause: CloseCause) {
        let may_resume = self.park(now, id, cause);
        self.occurred(OccurrenceKind::Disconnected, |shard| {
            let connection = shard.connections.get(id)?;
            (connection.phase() == Phase::Open).then(|| Occurrence::Disconnected {
                connection: id,
                user: connection.principal.user.clone(),
                cause,
                may_resume,
            })
        });
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        let subscriptions = std::mem::take(&mut connection.subscriptions);
        let user = connection.principal.user.take();
        for subscription in subscriptions {
            self.leave_feed(now, id, subscription);
        }
        self.end_watchlist(now, id.slot());
        if let Some(user) = user {
            self.user_goes(now, &user, id.slot());
        }
    }
}
