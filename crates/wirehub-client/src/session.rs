//! The client's side of a session: everything that is decided, and nothing that is done.
//!
//! It knows no socket and no clock; what happens comes in, what is to be done comes out. The same
//! session is written in TypeScript, and the transcripts in `clients/transcripts` hold both to it.
//! Times are milliseconds in doubles, as there, so that both come to the same numbers.

mod asking;
mod backoff;
mod connecting;
mod core;
mod ending;
mod endpoints;
mod hearing;
mod heartbeat;
mod interface;
mod link;
mod message;
mod ordered;
mod pinging;
mod positions;
mod random;
mod requests;
mod subscriptions;
#[cfg(test)]
mod tests;
mod tokens;
mod topics;
mod transports;

use serde_json::json;

use crate::TokenReason;

pub use self::interface::{Cause, State};
pub(crate) use self::interface::{Failure, Input, Object, Output, SessionOptions, StateChange};
use self::{
    backoff::Backoff,
    core::{Core, Timers},
    ending::{Ending, How},
    endpoints::Endpoints,
    heartbeat::{Check, Heartbeat},
    link::{Link, Purpose, Refused, Stage},
    message::{Refusal, ServerMessage, Standing, Welcome},
    positions::{Position, Positions},
    random::Random,
    requests::Requests,
    subscriptions::{Progress, Subscription, Subscriptions},
    tokens::{Another, Credentials, Token},
    transports::Transports,
};

#[derive(Debug)]
pub(crate) struct Session {
    core: Core,
}

impl Session {
    /// `random` gives numbers from 0 up to, and without, 1.
    pub(crate) fn new(
        options: SessionOptions,
        random: impl FnMut() -> f64 + Send + 'static,
    ) -> Self {
        Self {
            core: Core::new(options, Random::new(random)),
        }
    }

    /// Something happened. `now` is in milliseconds, on a clock that does not jump.
    pub(crate) fn handle_input(&mut self, now: f64, input: Input) {
        let core = &mut self.core;
        match input {
            Input::Start => core.start(now),
            Input::Stop => {
                if core.state != State::Stopped {
                    core.finish(State::Stopped, Cause::Application, None);
                }
            }
            Input::Online { value } => {
                if std::mem::replace(&mut core.online, value) != value {
                    core.changed(now, value);
                }
            }
            Input::Visible { value } => {
                if std::mem::replace(&mut core.visible, value) != value {
                    core.changed(now, value);
                }
            }
            Input::Token { token } => core.got_token(now, Ok(token)),
            Input::TokenError { error } => core.got_token(now, Err(error)),
            Input::Pinged { endpoint, status } => core.pinged(now, endpoint, status),
            Input::Request {
                ticket,
                request,
                timeout,
            } => core.request(now, ticket, request, timeout),
            Input::Cancel { ticket } => core.cancel(now, ticket),
            Input::Subscribe { topic, options } => core.subscribe(&topic, options),
            Input::Unsubscribe { topic } => core.unsubscribe(&topic),
            Input::Opened { .. }
            | Input::Activity { .. }
            | Input::Message { .. }
            | Input::Garbage { .. }
            | Input::Closed { .. } => core.transport(now, input),
        }
    }

    /// The next thing to be done, in order.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.core.outputs.pop_front()
    }

    /// When [`Session::handle_timeout`] is to be called, if nothing happens before. Milliseconds.
    pub(crate) fn poll_timeout(&self) -> Option<f64> {
        let core = &self.core;
        let links = core.links.values();
        let links = links.map(|link| {
            let heartbeat = link.heartbeat.as_ref();
            link.deadline.or(heartbeat.map(|heartbeat| heartbeat.due))
        });
        let subscriptions = core.ready().and_then(|_| core.subscriptions.due());
        let others = [
            core.credentials.deadline,
            core.credentials.renew_at,
            core.requests.due(),
            subscriptions,
        ];
        let all = core.timers.all().into_iter().chain(others).chain(links);
        all.flatten().min_by(f64::total_cmp)
    }

    /// Time passed. `now` is in milliseconds.
    pub(crate) fn handle_timeout(&mut self, now: f64) {
        let core = &mut self.core;
        for ticket in core.requests.take_due(now) {
            core.fail(ticket, "timeout", "no answer in time", true);
        }
        core.move_over(now);
        let links: Vec<u64> = core.links.keys().copied().collect();
        for link in links {
            core.look(now, link);
        }
        core.look_at_credentials(now);
        core.look_at_timers(now);
        if let Some(link) = core.ready() {
            for topic in core.subscriptions.take_due(now) {
                core.ask_for(link, &topic);
            }
        }
    }
}

impl Core {
    fn start(&mut self, now: f64) {
        if self.is_over() {
            self.backoff.reset();
            self.nonsense = 0;
            self.cause = Cause::Application;
            self.connect(now);
        }
    }

    /// The network or the page is there, or is not.
    fn changed(&mut self, now: f64, is_there: bool) {
        // The network may be another one by now, and the connection a thing of the past.
        if let Some(main) = self.main.filter(|_| is_there) {
            self.probe(now, main);
        }
        self.roused(now);
    }

    /// Something happened to a connection. One that was given up says nothing any more.
    fn transport(&mut self, now: f64, input: Input) {
        match input {
            Input::Opened { link } => {
                let on = self.links.get(&link);
                if on.is_some_and(|on| on.stage == Stage::Opening) {
                    self.opened(now, link);
                }
            }
            Input::Activity { link } => {
                let on = self.links.get_mut(&link);
                if let Some(heartbeat) = on.and_then(|on| on.heartbeat.as_mut()) {
                    heartbeat.heard(now);
                }
            }
            Input::Message { link, message } if self.links.contains_key(&link) => {
                self.hear(now, link, message);
            }
            Input::Garbage { link, error } if self.links.contains_key(&link) => {
                self.garbage(now, link, error);
            }
            Input::Closed {
                link,
                code,
                reason,
                status,
                retry_after,
            } => {
                let mut ending = status.map_or_else(
                    || Ending::of_code(code, &reason),
                    |status| Ending::of_status(status, retry_after, &reason),
                );
                if status.is_none() {
                    ending.not_before = retry_after.map(|span| span * 1_000.0);
                }
                self.closed(now, link, code, ending);
            }
            _ => {}
        }
    }

    /// Looks after a connection.
    fn look(&mut self, now: f64, link: u64) {
        let Some(on) = self.links.get(&link) else {
            return;
        };
        if let Some(deadline) = on.deadline {
            if deadline <= now && on.stage != Stage::Welcomed {
                let detail = "the server did not answer in time";
                let ending = Ending::new(How::Again, Cause::Network, detail);
                self.give_up(now, link, ending);
            }
            return;
        }
        match on.heartbeat.as_ref().and_then(|one| one.check(now)) {
            Some(Check::Ping) => self.probe(now, link),
            Some(Check::Dead) => {
                let detail = "the server gave no sign of life";
                let ending = Ending::new(How::Again, Cause::Heartbeat, detail);
                self.give_up(now, link, ending);
            }
            None => {}
        }
    }

    fn probe(&mut self, now: f64, link: u64) {
        let on = self.links.get_mut(&link);
        if let Some(heartbeat) = on.and_then(|on| on.heartbeat.as_mut()) {
            heartbeat.asked(now);
        }
        let ping = Object::from_iter([("type".to_owned(), json!("ping"))]);
        self.send(link, ping);
    }

    fn look_at_credentials(&mut self, now: f64) {
        if is_due(self.credentials.deadline, now) {
            let error = "the token provider did not answer in time";
            self.got_token(now, Err(error.to_owned()));
        }
        if is_due(self.credentials.renew_at, now) {
            self.credentials.renew_at = None;
            self.ask_for_token(now, TokenReason::Expiring);
        }
    }

    fn look_at_timers(&mut self, now: f64) {
        if is_due(self.timers.retry, now) {
            self.connect(now);
        }
        if is_due(self.timers.moving, now) {
            self.timers.moving = None;
            self.move_to(now, self.endpoints.current, self.transports.current);
        }
        if is_due(self.timers.prefer, now) {
            self.timers.prefer = None;
            self.move_to(now, self.endpoints.current, 0);
        }
        let main = self.main.and_then(|main| self.links.get(&main));
        let main = main.map(|main| (main.endpoint, main.live_since));
        if let Some((endpoint, _)) = main.filter(|_| is_due(self.timers.ping, now)) {
            self.timers.ping = self.options.ping_interval.map(|span| now + span);
            self.say(Output::Ping { endpoint });
        }
        if is_due(self.timers.primary, now) {
            self.timers.primary = Some(self.next_primary(now));
            self.say(Output::Ping { endpoint: 0 });
        }
        if let Some((endpoint, live_since)) = main {
            self.settle(now, live_since, endpoint);
        }
    }
}

fn is_due(at: Option<f64>, now: f64) -> bool {
    at.is_some_and(|at| at <= now)
}
