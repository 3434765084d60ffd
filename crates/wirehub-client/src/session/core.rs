//! The parts of a session, and how it says something. The verbs are in the files around it.

use std::collections::{BTreeMap, VecDeque};

use serde_json::{Value, json};

use super::{
    Backoff, Cause, Credentials, Endpoints, Failure, Link, Object, Output, Positions, Random,
    Requests, SessionOptions, Stage, State, StateChange, Subscriptions, Transports,
};

/// When things are to be done; nothing is due that is absent. Milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    /// The next attempt to connect.
    pub(crate) retry: Option<f64>,
    /// The move to another connection that the server asked for.
    pub(crate) moving: Option<f64>,
    /// The preferred transport is tried again.
    pub(crate) prefer: Option<f64>,
    /// `/ping` of the endpoint that is in use.
    pub(crate) ping: Option<f64>,
    /// `/ping` of the preferred endpoint, while another one is in use.
    pub(crate) primary: Option<f64>,
}

impl Timers {
    pub(crate) fn all(&self) -> [Option<f64>; 5] {
        [
            self.retry,
            self.moving,
            self.prefer,
            self.ping,
            self.primary,
        ]
    }

    /// Forgets all that is about a live connection.
    pub(crate) fn not_live(&mut self) {
        *self = Self {
            retry: self.retry,
            ..Self::default()
        };
    }
}

/// What is said of a state besides its cause.
#[derive(Debug, Default)]
pub(crate) struct More {
    pub(crate) detail: Option<String>,
    pub(crate) attempt: Option<u32>,
    pub(crate) retry_in: Option<u64>,
}

#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) options: SessionOptions,
    pub(crate) random: Random,
    pub(crate) state: State,
    pub(crate) cause: Cause,
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) links: BTreeMap<u64, Link>,
    /// The live connection.
    pub(crate) main: Option<u64>,
    /// The one that is being made, to be the first or to take the place of the live one.
    pub(crate) next: Option<u64>,
    pub(crate) timers: Timers,
    pub(crate) online: bool,
    pub(crate) visible: bool,
    /// A connection is to be opened as soon as there is a token.
    pub(crate) awaits_token: bool,
    /// The endpoint whose WebSocket did not open, while `/ping` says why.
    pub(crate) unreached: Option<usize>,
    /// The server sent the session on, and it has not been stable since.
    pub(crate) hasty: bool,
    /// The server asked for a move that is not done.
    pub(crate) must_move: bool,
    /// Answers in a row that made no sense, without a live connection between them.
    pub(crate) nonsense: u32,
    /// No attempt before that moment, in milliseconds: the server said so.
    pub(crate) not_before: f64,
    /// What a lost connection put aside; it comes again unless the session is gone.
    pub(crate) held_back: Vec<Value>,
    pub(crate) failed_pings: u32,
    pub(crate) good_pings: u32,
    pub(crate) last_link: u64,
    pub(crate) backoff: Backoff,
    /// Delays between attempts to move.
    pub(crate) move_backoff: Backoff,
    pub(crate) credentials: Credentials,
    pub(crate) endpoints: Endpoints,
    pub(crate) transports: Transports,
    pub(crate) positions: Positions,
    pub(crate) subscriptions: Subscriptions,
    pub(crate) requests: Requests,
}

impl Core {
    pub(crate) fn new(options: SessionOptions, random: Random) -> Self {
        Self {
            random,
            state: State::Idle,
            cause: Cause::Application,
            outputs: VecDeque::new(),
            links: BTreeMap::new(),
            main: None,
            next: None,
            timers: Timers::default(),
            online: true,
            visible: true,
            awaits_token: false,
            unreached: None,
            hasty: false,
            must_move: false,
            nonsense: 0,
            not_before: 0.0,
            held_back: Vec::new(),
            failed_pings: 0,
            good_pings: 0,
            last_link: 0,
            backoff: Backoff::new(&options),
            move_backoff: Backoff::endless(&options),
            credentials: Credentials::new(
                options.token.clone(),
                options.provider,
                options.token_timeout.unwrap_or(15_000.0),
            ),
            endpoints: Endpoints::new(
                options.endpoints.unwrap_or(1),
                options.endpoint_failures.unwrap_or(3),
            ),
            transports: Transports::new(options.transports.unwrap_or(1), options.remembered),
            positions: Positions::default(),
            subscriptions: Subscriptions::default(),
            requests: Requests::new(options.idempotency.clone()),
            options,
        }
    }

    /// No connection, and none to be had by waiting.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Idle | State::Stopped | State::AuthFailed)
    }

    /// How far the connection is that is being made.
    pub(crate) fn next_stage(&self) -> Option<Stage> {
        Some(self.links.get(&self.next?)?.stage)
    }

    /// A live connection that is not about to be replaced.
    pub(crate) fn ready(&self) -> Option<u64> {
        let moves = matches!(self.next_stage(), Some(Stage::Welcomed | Stage::Resuming));
        self.main.filter(|_| !moves)
    }

    /// Whether no attempt is made at the moment; the application is told why.
    pub(crate) fn holds_back(&mut self) -> bool {
        let pauses = self.options.pause_when_hidden.unwrap_or(true);
        let hidden = !self.visible && pauses && self.main.is_none();
        let why = match (self.online, hidden) {
            (true, false) => return false,
            (true, true) => Cause::Hidden,
            (false, _) => Cause::Offline,
        };
        self.timers.retry = None;
        self.tell(State::Waiting, why);
        true
    }

    pub(crate) fn say(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(crate) fn send(&mut self, link: u64, message: Object) {
        self.say(Output::Send { link, message });
    }

    pub(crate) fn event(&mut self, event: Value) {
        self.say(Output::Event(event));
    }

    /// Tells of something that somebody should look at.
    pub(crate) fn alert(&mut self, cause: &str, detail: &str) {
        self.event(json!({ "type": "alert", "cause": cause, "detail": detail }));
    }

    pub(crate) fn fail(&mut self, ticket: u64, code: &str, message: &str, retry: bool) {
        let failure = Failure {
            code: code.to_owned(),
            message: message.to_owned(),
            retry,
        };
        self.answer(ticket, Err(failure));
    }

    pub(crate) fn answer(&mut self, ticket: u64, result: Result<Object, Failure>) {
        self.say(Output::Answer { ticket, result });
    }

    /// Tells the application where things stand, when that is news.
    pub(crate) fn tell(&mut self, state: State, cause: Cause) {
        self.tell_more(state, cause, More::default());
    }

    pub(crate) fn tell_more(&mut self, state: State, cause: Cause, more: More) {
        if self.state == state && self.cause == cause && more.retry_in.is_none() {
            return;
        }
        self.state = state;
        self.cause = cause;
        self.say(Output::State(StateChange {
            state,
            cause,
            detail: more.detail,
            attempt: more.attempt,
            retry_in: more.retry_in,
        }));
    }

    /// Says that a connection is closed.
    pub(crate) fn close(&mut self, link: u64, code: u16, reason: &str) {
        let reason = reason.to_owned();
        self.say(Output::Close { link, code, reason });
    }

    /// Closes a connection and hears nothing more of it.
    pub(crate) fn drop(&mut self, link: u64, code: u16, reason: &str) -> Option<Link> {
        self.close(link, code, reason);
        self.remove(link)
    }

    pub(crate) fn remove(&mut self, link: u64) -> Option<Link> {
        self.main = self.main.filter(|main| *main != link);
        self.next = self.next.filter(|next| *next != link);
        self.links.remove(&link)
    }

    /// It is over, until somebody starts it again.
    pub(crate) fn finish(&mut self, state: State, cause: Cause, detail: Option<String>) {
        let links: Vec<u64> = self.links.keys().copied().collect();
        for link in links {
            self.drop(link, 1000, "");
        }
        self.timers = Timers::default();
        self.credentials.deadline = None;
        self.credentials.renew_at = None;
        self.awaits_token = false;
        self.unreached = None;
        self.positions.session = None;
        self.held_back.clear();
        for ticket in self.requests.take_all() {
            self.fail(ticket, "stopped", "the client has stopped", false);
        }
        if cause != Cause::Application {
            let told = detail.as_deref().unwrap_or(cause.name());
            self.alert(cause.name(), told);
        }
        let more = More {
            detail,
            ..More::default()
        };
        self.tell_more(state, cause, more);
    }
}
