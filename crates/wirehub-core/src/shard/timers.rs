//! What happens because time passes.

use std::time::Duration;

use wirehub_model::{CloseCause, CloseReason, ConnectionId, Event, Moment, ReconnectAdvice};

use crate::{
    DrainPlan, Encode, Output, Phase, Shard,
    batch::Patience,
    connection::{Due, State},
    drain::{Drain, DrainStep},
};

/// The longest time in which a client moves that is asked when its turn comes: long enough that
/// those of a tick do not come at once.
const A_MOVE: Duration = Duration::from_secs(1);

impl<E: Encode> Shard<E> {
    /// Enters a connection's next deadline into the timer wheel.
    pub(super) fn schedule(&mut self, now: Moment, id: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(id) {
            let settings = &self.settings;
            let deadline = connection.deadline(settings.heartbeat, settings.expiry_grace);
            let scheduled = connection.scheduled;
            connection.scheduled = self.timers.add(now, deadline, id, scheduled);
        }
    }

    pub(super) fn connection_timeouts(&mut self, now: Moment) {
        while let Some((tick, ids)) = self.timers.next(now) {
            for id in ids {
                let Some(connection) = self.connections.get_mut(id) else {
                    continue;
                };
                if connection.scheduled == tick {
                    let heartbeat = self.settings.heartbeat;
                    let due = connection.due(now, heartbeat, self.settings.expiry_grace);
                    self.connection_due(now, id, due);
                }
            }
        }
    }

    fn connection_due(&mut self, now: Moment, id: ConnectionId, due: Due) {
        match due {
            Due::Nothing => self.schedule(now, id),
            Due::Heartbeat => {
                self.stats.heartbeats += 1;
                let event = Event::Heartbeat;
                self.outbound.tell(id.slot(), &event, &mut self.stats);
                if !self.outbound.answers_heartbeat(id.slot())
                    && let Some(connection) = self.connections.get_mut(id)
                {
                    connection.expect_nothing(now, self.settings.heartbeat);
                }
                self.schedule(now, id);
            }
            Due::HeartbeatTimeout => self.close(now, id, CloseReason::HeartbeatTimeout),
            Due::AuthenticationTimeout => self.close(now, id, CloseReason::Unauthorized),
            Due::Expired => self.close(now, id, CloseReason::TokenExpired),
            Due::GrantExpired => {
                self.end_grants(now, id);
                self.schedule(now, id);
            }
            Due::CloseTimeout => {
                let state = self.connections.get(id).map(|connection| connection.state);
                if let Some(State::Closing { cause, .. }) = state {
                    self.hang_up(id, cause);
                }
            }
        }
    }

    pub(super) fn begin_drain(&mut self, now: Moment, plan: DrainPlan) {
        self.drain = Some(Drain::new(now, plan));
        let connecting: Vec<ConnectionId> = self
            .connections
            .from(0)
            .filter(|connection| connection.phase() == Phase::Connecting)
            .map(|connection| connection.id)
            .collect();
        for id in connecting {
            self.close(now, id, plan.reason);
        }
        self.continue_drain(now);
        self.report_drained();
    }

    pub(super) fn continue_drain(&mut self, now: Moment) {
        let Some(drain) = &mut self.drain else {
            return;
        };
        match drain.handle_timeout(now) {
            DrainStep::Wait => {}
            DrainStep::Ask(count) => self.ask_some(now, count),
            DrainStep::Close(count) => self.close_some(now, count),
            DrainStep::HangUp => self.hang_up_all(now),
        }
    }

    /// Asks the next `count` clients to move.
    fn ask_some(&mut self, now: Moment, count: usize) {
        let Some(drain) = &mut self.drain else {
            return;
        };
        let advice = ReconnectAdvice {
            reason: "drain",
            within: match drain.plan.moves_per_second {
                None => drain.plan.spread,
                Some(_) => drain.plan.spread.min(A_MOVE),
            },
        };
        let here = self.connections.from(drain.cursor);
        let slots: Vec<u32> = here
            .take(count)
            .map(|connection| connection.id.slot())
            .collect();
        if slots.len() < count {
            drain.all_are_asked(now);
        } else if let Some(last) = slots.last() {
            drain.cursor = last + 1;
        }
        let event = Event::Reconnect(&advice);
        let mut fan_out = self.outbound.fan_out(&event, Patience::default(), None);
        self.outbound.deliver(&mut fan_out, &slots);
        self.outbound.finish(&fan_out, None, &mut self.stats);
    }

    /// Closes the next `count` connections, round and round the slots.
    fn close_some(&mut self, now: Moment, count: usize) {
        let Some(drain) = &mut self.drain else {
            return;
        };
        let reason = drain.plan.reason;
        let ids: Vec<ConnectionId> = self
            .connections
            .from(drain.cursor)
            .filter(|connection| connection.phase() != Phase::Closing)
            .take(count)
            .map(|connection| connection.id)
            .collect();
        drain.cursor = match ids.last() {
            Some(last) if ids.len() == count => last.slot() + 1,
            _ => 0,
        };
        for id in ids {
            self.close(now, id, reason);
        }
    }

    fn hang_up_all(&mut self, now: Moment) {
        let Some(drain) = &self.drain else {
            return;
        };
        let cause = CloseCause::Server(drain.plan.reason);
        let ids: Vec<ConnectionId> = self
            .connections
            .from(0)
            .map(|connection| connection.id)
            .collect();
        for id in ids {
            self.detach(now, id, cause);
            self.hang_up(id, cause);
        }
    }

    /// Reports once that everybody who was to be sent away is gone.
    pub(super) fn report_drained(&mut self) {
        if let Some(drain) = &mut self.drain
            && !drain.reported
            && self.connections.len() == 0
        {
            drain.reported = true;
            self.outputs.push_back(Output::Drained);
        }
    }
}
