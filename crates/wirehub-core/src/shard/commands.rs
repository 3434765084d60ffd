//! What clients ask.

use wirehub_model::{CloseReason, Command, ConnectionId, ErrorCode, Event, Moment, Refusal, Reply};

use crate::{
    Encode, Output, Shard,
    connection::{Connection, State},
};

/// A result that is known at once; `None` when it comes later.
pub(super) type Outcome = Result<Option<Reply>, Refusal>;

impl<E: Encode> Shard<E> {
    pub(super) fn command(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        command: Command,
    ) {
        self.stats.commands[command.index()] += 1;
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if matches!(connection.state, State::Closing { .. }) {
            return;
        }
        connection.bad_messages = 0;
        if !within_rate(connection, now, &command, &self.settings.limits) {
            self.too_fast(now, id, request);
            return;
        }
        connection.rate_refusals = connection.rate_refusals.saturating_sub(1);
        let outcome = match connection.state {
            State::Connecting { .. } => self.command_before_welcome(id, request, command),
            _ => self.command_when_open(now, id, request, command),
        };
        match outcome {
            Ok(Some(reply)) => self.reply(id, request, Ok(reply)),
            Ok(None) => {}
            Err(refusal) => self.refuse(id, request, &refusal),
        }
    }

    fn command_before_welcome(
        &mut self,
        id: ConnectionId,
        request: Option<u64>,
        command: Command,
    ) -> Outcome {
        let Some(connection) = self.connections.get_mut(id) else {
            return Ok(None);
        };
        match (command, &mut connection.state) {
            (
                Command::Connect {
                    token,
                    resume,
                    since,
                    subscribe,
                },
                State::Connecting { checking, .. },
            ) if !*checking => {
                *checking = true;
                if resume.is_some() {
                    connection.carry().resume = resume;
                }
                if !since.is_empty() {
                    connection.carry().since = since;
                }
                if !subscribe.is_empty() {
                    connection.carry().wishes = subscribe;
                }
                self.outputs.push_back(Output::Authenticate {
                    connection: id,
                    id: request,
                    token,
                });
                Ok(None)
            }
            (Command::Ping, _) => {
                self.outbound.tell(id.slot(), &Event::Pong, &mut self.stats);
                Ok(None)
            }
            _ => Err(Refusal::new(
                ErrorCode::Unauthorized,
                "send a `connect` message first and wait for `welcome`",
            )),
        }
    }

    fn command_when_open(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        command: Command,
    ) -> Outcome {
        match command {
            Command::Connect { .. } => Err(Refusal::new(
                ErrorCode::BadRequest,
                "the connection is open already; use `refresh` to replace the token",
            )),
            Command::Refresh { token } => {
                self.outputs.push_back(Output::Authenticate {
                    connection: id,
                    id: request,
                    token: Some(token),
                });
                Ok(None)
            }
            Command::Subscribe(wish) => self.subscribe(now, id, request, &wish),
            Command::Unsubscribe { filter } => self.unsubscribe(now, id, &filter),
            Command::Publish(wish) => self.publish(now, id, request, wish),
            Command::Send { to, message } => self.send(id, request, to, message),
            Command::Call { method, message } => self.call(id, request, method, message),
            Command::Presence(query) => self.presence(now, id, request, query),
            Command::State { topic, state } => self.change_state(now, id, request, &topic, state),
            Command::History(query) => self.history(now, id, request, query),
            Command::Ack { topic, offset } => self.ack(id, &topic, offset),
            Command::Resume(wish) => self.resume(now, id, request, wish),
            Command::Ping => {
                self.outbound.tell(id.slot(), &Event::Pong, &mut self.stats);
                Ok(None)
            }
        }
    }

    /// A client sent something that is no command.
    pub(super) fn malformed(
        &mut self,
        now: Moment,
        id: ConnectionId,
        request: Option<u64>,
        refusal: &Refusal,
    ) {
        let limits = &self.settings.limits;
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if matches!(connection.state, State::Closing { .. }) {
            return;
        }
        let rate = limits.messages_per_second;
        if !connection.rates.messages.take(now, rate) {
            self.too_fast(now, id, request);
            return;
        }
        connection.bad_messages += 1;
        let enough = connection.bad_messages > limits.bad_messages;
        self.refuse(id, request, refusal);
        if enough {
            self.close(now, id, CloseReason::BadMessages);
        }
    }

    /// The client's transport asks for a sign of life.
    pub(super) fn ping(&mut self, now: Moment, id: ConnectionId, payload: &[u8]) {
        let rate = self.settings.limits.messages_per_second;
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        if matches!(connection.state, State::Closing { .. }) {
            return;
        }
        if connection.rates.messages.take(now, rate) {
            let event = Event::HeartbeatReply(payload);
            self.outbound.tell(id.slot(), &event, &mut self.stats);
        } else {
            self.too_fast(now, id, None);
        }
    }

    /// Refuses a request that came too fast. Who sends more than twice what it may, for long, is
    /// closed; where messages have no bound, nobody is.
    pub(super) fn too_fast(&mut self, now: Moment, id: ConnectionId, request: Option<u64>) {
        let patience = self.settings.limits.messages_per_second;
        let Some(connection) = self.connections.get_mut(id) else {
            return;
        };
        connection.rate_refusals += 1;
        let enough = patience > 0 && connection.rate_refusals > patience;
        let refusal = Refusal::new(ErrorCode::RateLimited, "too many requests; slow down");
        self.refuse(id, request, &refusal);
        if enough {
            self.close(now, id, CloseReason::RateLimited);
        }
    }
}

/// Takes what the command costs from the connection's rates.
fn within_rate(
    connection: &mut Connection,
    now: Moment,
    command: &Command,
    limits: &wirehub_model::Limits,
) -> bool {
    let rates = &mut connection.rates;
    if !rates.messages.take(now, limits.messages_per_second) {
        return false;
    }
    match command {
        Command::Publish(_) | Command::State { .. } | Command::Send { .. } => {
            rates.publications.take(now, limits.publications_per_second)
        }
        Command::Subscribe(_) | Command::Unsubscribe { .. } | Command::Resume(_) => rates
            .subscriptions
            .take(now, limits.subscriptions_per_second),
        // Checking a token costs more than most calls.
        Command::Call { .. } | Command::Refresh { .. } | Command::Connect { .. } => {
            rates.calls.take(now, limits.calls_per_second)
        }
        Command::Presence(_) | Command::History(_) | Command::Ack { .. } | Command::Ping => true,
    }
}
