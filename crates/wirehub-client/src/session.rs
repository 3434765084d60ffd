//! Temporary.
#![allow(missing_docs, dead_code)]
use std::collections::{BTreeMap, VecDeque};

use serde_json::{Map, Value, json};

pub(crate) type Object = Map<String, Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Idle,
    Connecting,
    Authenticating,
    Resuming,
    Live,
    Waiting,
    Standby,
    AuthFailed,
    Stopped,
}
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Application,
    Network,
    Heartbeat,
    ServerUnreachable,
    ServerError,
    ServerMoves,
    Unauthorized,
    TokenExpired,
    TokenProvider,
    ClientError,
    ProtocolError,
    Attempts,
    Offline,
    Hidden,
    Kicked,
    Replaced,
}

#[derive(Debug)]
pub(crate) enum Input {
    Start,
    Stop,
    Online {
        value: bool,
    },
    Token {
        token: Option<String>,
    },
    TokenError {
        error: String,
    },
    Pinged {
        endpoint: usize,
        status: Option<u16>,
    },
    Opened {
        link: u64,
    },
    Activity {
        link: u64,
    },
    Message {
        link: u64,
        message: Value,
    },
    Garbage {
        link: u64,
        error: String,
    },
    Closed {
        link: u64,
        code: u16,
        reason: String,
        status: Option<u16>,
        retry_after: Option<f64>,
    },
    Request {
        ticket: u64,
        request: Object,
        timeout: Option<u64>,
    },
    Cancel {
        ticket: u64,
    },
    Subscribe {
        topic: String,
        options: Object,
    },
    Unsubscribe {
        topic: String,
    },
}
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) retry: bool,
}
#[derive(Debug)]
pub(crate) struct StateChange {
    pub(crate) state: State,
    pub(crate) cause: Cause,
    pub(crate) detail: Option<String>,
    pub(crate) attempt: Option<u32>,
    pub(crate) retry_in: Option<u64>,
}
#[derive(Debug)]
pub(crate) enum Output {
    Open {
        link: u64,
        endpoint: usize,
        transport: crate::Transport,
    },
    Send {
        link: u64,
        message: Object,
    },
    Close {
        link: u64,
        code: u16,
        reason: String,
    },
    Token {
        because: crate::TokenReason,
    },
    Ping {
        endpoint: usize,
    },
    State(StateChange),
    Event(Value),
    Answer {
        ticket: u64,
        result: Result<Object, Failure>,
    },
    Remember {
        transport: crate::Transport,
    },
}
#[derive(Debug, Clone, Default)]
pub(crate) struct SessionOptions {
    pub(crate) token: Option<String>,
    pub(crate) provider: bool,
    pub(crate) interval: Option<u64>,
    pub(crate) transports: Vec<crate::Transport>,
}

pub(crate) struct Session {
    o: SessionOptions,
    out: VecDeque<Output>,
    link: u64,
    id: u64,
    live: bool,
    due: Option<u64>,
    token: Option<String>,
    pending: BTreeMap<u64, (u64, Option<String>)>,
    queue: Vec<(u64, Object)>,
    subs: BTreeMap<String, Object>,
    resume: Option<String>,
    pos: BTreeMap<String, u64>,
    stopped: bool,
    timeouts: BTreeMap<u64, u64>,
    conn: u64,
    resuming: bool,
}
impl Session {
    pub(crate) fn new(o: SessionOptions, _r: impl FnMut() -> f64 + Send + 'static) -> Self {
        Self {
            token: o.token.clone(),
            o,
            out: VecDeque::new(),
            link: 0,
            id: 0,
            live: false,
            due: None,
            pending: BTreeMap::new(),
            queue: Vec::new(),
            subs: BTreeMap::new(),
            resume: None,
            pos: BTreeMap::new(),
            stopped: false,
            timeouts: BTreeMap::new(),
            conn: 0,
            resuming: false,
        }
    }
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.out.pop_front()
    }
    pub(crate) fn poll_timeout(&self) -> Option<u64> {
        self.due
            .into_iter()
            .chain(self.timeouts.values().copied())
            .min()
    }
    pub(crate) fn handle_timeout(&mut self, now: u64) {
        if self.due.is_some_and(|d| d <= now) {
            self.due = None;
            self.open();
        }
        let over: Vec<u64> = self
            .timeouts
            .iter()
            .filter(|(_, d)| **d <= now)
            .map(|(t, _)| *t)
            .collect();
        for t in over {
            self.finish(
                t,
                Err(Failure {
                    code: "timeout".into(),
                    message: String::new(),
                    retry: true,
                }),
            );
        }
    }
    fn finish(&mut self, ticket: u64, result: Result<Object, Failure>) {
        self.timeouts.remove(&ticket);
        self.queue.retain(|(t, _)| *t != ticket);
        self.out.push_back(Output::Answer { ticket, result });
    }
    fn state(&mut self, state: State, cause: Cause) {
        self.out.push_back(Output::State(StateChange {
            state,
            cause,
            detail: None,
            attempt: None,
            retry_in: None,
        }));
    }
    fn open(&mut self) {
        self.link += 1;
        self.state(State::Connecting, Cause::Application);
        let transport = self.o.transports[0];
        self.out.push_back(Output::Open {
            link: self.link,
            endpoint: 0,
            transport,
        });
    }
    fn send(&mut self, mut m: Object) -> u64 {
        self.id += 1;
        m.insert("id".into(), self.id.into());
        self.out.push_back(Output::Send {
            link: self.link,
            message: m,
        });
        self.id
    }
    fn go_live(&mut self) {
        self.live = true;
        self.state(State::Live, Cause::Application);
        for (t, s) in self.subs.clone() {
            self.subscribe(t, s);
        }
        for (t, q) in std::mem::take(&mut self.queue) {
            self.request(t, q);
        }
    }
    fn request(&mut self, ticket: u64, q: Object) {
        let id = self.send(q);
        self.pending.insert(id, (ticket, None));
    }
    fn subscribe(&mut self, topic: String, mut s: Object) {
        s.insert("type".into(), "subscribe".into());
        s.insert("topic".into(), topic.clone().into());
        let id = self.send(s);
        self.pending.insert(id, (0, Some(topic)));
    }
    pub(crate) fn handle_input(&mut self, now: u64, input: Input) {
        match input {
            Input::Start => {
                if self.o.provider {
                    self.out.push_back(Output::Token {
                        because: crate::TokenReason::First,
                    })
                } else {
                    self.open()
                }
            }
            Input::Token { token } => {
                self.token = token;
                self.open();
            }
            Input::Stop => {
                self.stopped = true;
                self.out.push_back(Output::Close {
                    link: self.link,
                    code: 1000,
                    reason: String::new(),
                });
                self.state(State::Stopped, Cause::Application);
            }
            Input::Opened { .. } => {
                let mut m = Object::new();
                m.insert("type".into(), "connect".into());
                if let Some(t) = &self.token {
                    m.insert("token".into(), t.clone().into());
                }
                if let Some(s) = &self.resume {
                    m.insert("resume".into(), json!({"session": s, "topics": self.pos}));
                    self.resuming = true;
                }
                self.conn = self.send(m);
            }
            Input::Message { message, .. } => self.message(message),
            Input::Closed { code, .. } => {
                self.live = false;
                self.pending.clear();
                if self.stopped {
                    return;
                }
                if code == 4401 {
                    self.state(State::AuthFailed, Cause::Unauthorized);
                    return;
                }
                self.state(State::Waiting, Cause::Network);
                self.due = Some(now + 50);
            }
            Input::Request {
                ticket,
                request,
                timeout,
            } => {
                self.timeouts
                    .insert(ticket, now + timeout.unwrap_or(10_000));
                if self.live {
                    self.request(ticket, request)
                } else {
                    self.queue.push((ticket, request))
                }
            }
            Input::Cancel { ticket } => {
                self.timeouts.remove(&ticket);
                self.queue.retain(|(t, _)| *t != ticket);
            }
            Input::Subscribe { topic, options } => {
                self.subs.insert(topic.clone(), options.clone());
                if self.live {
                    self.subscribe(topic, options);
                }
            }
            Input::Unsubscribe { topic } => {
                self.subs.remove(&topic);
                self.pos.remove(&topic);
                if self.live {
                    let mut m = Object::new();
                    m.insert("type".into(), "unsubscribe".into());
                    m.insert("topic".into(), topic.into());
                    self.send(m);
                }
            }
            _ => {}
        }
    }
    fn message(&mut self, message: Value) {
        let kind = message["type"].as_str().unwrap_or_default().to_owned();
        match kind.as_str() {
            "welcome" => {
                let had = self.resuming;
                if !had {
                    self.resume = message["session"].as_str().map(ToOwned::to_owned);
                    self.go_live();
                } else {
                    self.resume = message["session"].as_str().map(ToOwned::to_owned);
                }
            }
            "ok" | "error" => {
                let id = message["id"].as_u64().unwrap_or_default();
                if id == self.conn && self.resuming {
                    self.resuming = false;
                    self.live = true;
                    self.state(State::Live, Cause::Application);
                    for (t, q) in std::mem::take(&mut self.queue) {
                        self.request(t, q);
                    }
                    return;
                }
                let Some((ticket, topic)) = self.pending.remove(&id) else {
                    return;
                };
                let Value::Object(o) = message else { return };
                let failed = |o: &Object| Failure {
                    code: o["code"].as_str().unwrap().into(),
                    message: o["message"].as_str().unwrap().into(),
                    retry: o["retry"].as_bool().unwrap(),
                };
                if let Some(topic) = topic {
                    let mut e = o.clone();
                    if kind == "ok" {
                        if let Some(p) = o.get("offset").and_then(Value::as_u64) {
                            self.pos.insert(topic.clone(), p);
                        }
                        e.insert("type".into(), "subscribed".into());
                    } else {
                        self.subs.remove(&topic);
                        e.insert("type".into(), "unsubscribed".into());
                        e.insert("reason".into(), o["code"].clone());
                    }
                    e.insert("topic".into(), topic.into());
                    self.out.push_back(Output::Event(Value::Object(e)));
                } else {
                    let r = if kind == "ok" { Ok(o) } else { Err(failed(&o)) };
                    self.finish(ticket, r);
                }
            }
            "messages" => {}
            "pong" | "reconnect" => {}
            _ => {
                if kind == "message"
                    && let (Some(t), Some(o)) =
                        (message["topic"].as_str(), message["offset"].as_u64())
                {
                    self.pos.insert(t.to_owned(), o);
                }
                self.out.push_back(Output::Event(message));
            }
        }
    }
}
