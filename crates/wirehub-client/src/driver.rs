//! The task of a client: it carries what the session wants to the network, and what comes from
//! there, from the clock and from the application to the session.

mod links;
mod readers;
mod translate;

use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{
    StreamExt as _,
    future::{BoxFuture, FutureExt as _},
    stream::FuturesUnordered,
};
use tokio::sync::{mpsc, watch};

pub(crate) use self::{links::LinkSettings, translate::over};
use self::{
    links::Links,
    readers::{Added, Reader, Readers},
    translate::Told,
};
use crate::{
    Address, Error, Event, Status, TokenReason, codec,
    command::{Answer, Command},
    inbox::Inbox,
    requests::Asker,
    session::{Input, Output, Session, SessionOptions},
    token::{TokenAnswer, TokenSource},
    transport::{self, Dialer, Endpoint, Heard, Report},
};

/// How much of one kind is dealt with before the session's outputs are looked at.
const BATCH: usize = 256;

/// How many reports of links may wait. When it is full, links stop reading.
const REPORTS: usize = 256;

/// How long links may take to say good-bye when the client ends.
const GOOD_BYE: Duration = Duration::from_secs(3);

/// What a driver is made of.
pub(crate) struct Parts {
    pub(crate) links: LinkSettings,
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) token: TokenSource,
    pub(crate) options: SessionOptions,
    pub(crate) status: watch::Sender<Status>,
}

/// Starts a driver on the current runtime.
pub(crate) fn spawn(parts: Parts) -> Asker {
    let (tell, commands) = mpsc::unbounded_channel();
    tokio::spawn(Driver::new(parts).run(commands));
    Asker::new(tell)
}

struct Driver {
    session: Session,
    /// When the session's clock was zero.
    started: Instant,
    endpoints: Vec<Endpoint>,
    dialer: Dialer,
    token: TokenSource,
    status: watch::Sender<Status>,
    links: Links,
    heard: mpsc::Receiver<Report>,
    /// Links, polled by this task until they have ended.
    open: FuturesUnordered<BoxFuture<'static, ()>>,
    /// The question to the token provider: one at a time, and a new one takes the place of one that
    /// was not answered in time.
    asking: Option<BoxFuture<'static, TokenAnswer>>,
    /// Questions to `/ping`.
    pings: FuturesUnordered<BoxFuture<'static, (usize, Option<u16>)>>,
    answers: HashMap<u64, Answer>,
    readers: Readers,
    listeners: Vec<Arc<Inbox<Event>>>,
    /// Why nothing comes any more.
    over: Option<Error>,
    stopping: bool,
}

impl Driver {
    fn new(parts: Parts) -> Self {
        let (report, heard) = mpsc::channel(REPORTS);
        Self {
            session: Session::new(parts.options, crate::random::fraction),
            started: Instant::now(),
            endpoints: parts.endpoints,
            dialer: parts.links.dialer.clone(),
            token: parts.token,
            status: parts.status,
            links: Links::new(parts.links, report),
            heard,
            open: FuturesUnordered::new(),
            asking: None,
            pings: FuturesUnordered::new(),
            answers: HashMap::new(),
            readers: Readers::default(),
            listeners: Vec::new(),
            over: None,
            stopping: false,
        }
    }

    async fn run(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        self.input(Input::Start);
        while !self.stopping {
            let due = self.session.poll_timeout().map(|at| self.instant(at));
            tokio::select! {
                command = commands.recv() => {
                    self.command(command.unwrap_or(Command::Stop));
                    for _ in 0..BATCH {
                        let Ok(command) = commands.try_recv() else { break };
                        self.command(command);
                    }
                }
                Some(report) = self.heard.recv() => {
                    self.heard(report);
                    for _ in 0..BATCH {
                        let Ok(report) = self.heard.try_recv() else { break };
                        self.heard(report);
                    }
                }
                Some(()) = self.open.next() => {}
                answer = answered(&mut self.asking) => {
                    self.asking = None;
                    self.input(translate::token(answer));
                }
                Some((endpoint, status)) = self.pings.next() => {
                    self.input(Input::Pinged { endpoint, status });
                }
                () = until(due) => {
                    let now = self.now();
                    self.session.handle_timeout(now);
                    self.outputs();
                }
            }
        }
        self.end(commands).await;
    }

    /// Says good-bye on all links, and ends when they have.
    async fn end(mut self, mut commands: mpsc::UnboundedReceiver<Command>) {
        commands.close();
        while let Ok(command) = commands.try_recv() {
            self.command(command);
        }
        for (_, answer) in self.answers.drain() {
            let _ = answer.send(Err(Error::stopped()));
        }
        self.readers.stop(&Error::stopped());
        for listener in self.listeners.drain(..) {
            listener.end();
        }
        self.links.close_all();
        // Nobody listens any more, so that no link waits to be heard.
        self.heard.close();
        let good_bye = async { while self.open.next().await.is_some() {} };
        let _ = tokio::time::timeout(GOOD_BYE, good_bye).await;
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn instant(&self, at: u64) -> Instant {
        self.started + Duration::from_millis(at)
    }

    fn input(&mut self, input: Input) {
        let now = self.now();
        self.session.handle_input(now, input);
        self.outputs();
    }

    fn command(&mut self, command: Command) {
        match command {
            Command::Ask {
                ticket,
                ask,
                timeout,
                answer,
            } => {
                self.answers.insert(ticket, answer);
                self.input(translate::request(ticket, ask, timeout));
            }
            Command::Cancel(ticket) => {
                self.answers.remove(&ticket);
                self.input(Input::Cancel { ticket });
            }
            Command::Subscribe {
                reader,
                topic,
                wish,
                inbox,
                began,
            } => {
                let reader = Reader {
                    number: reader,
                    inbox,
                    began: Some(began),
                };
                if let Some(over) = &self.over {
                    reader.refuse(over.clone());
                } else if self.readers.add(&topic, &wish, reader) == Added::First {
                    self.input(translate::subscribe(topic, &wish));
                }
            }
            Command::Unsubscribe { reader, topic } => {
                if self.readers.remove(&topic, reader) {
                    self.input(Input::Unsubscribe { topic });
                }
            }
            Command::Listen { inbox } => {
                self.listeners.retain(|inbox| Arc::strong_count(inbox) > 1);
                self.listeners.push(inbox);
            }
            Command::Online(value) => self.input(Input::Online { value }),
            Command::Stop => {
                self.input(Input::Stop);
                self.stopping = true;
            }
        }
    }

    fn heard(&mut self, (link, heard): Report) {
        let Some(dialect) = self.links.dialect(link) else {
            return;
        };
        let input = match heard {
            Heard::Opened => Input::Opened { link },
            Heard::Activity => Input::Activity { link },
            Heard::Garbage(error) => Input::Garbage { link, error },
            Heard::Frame(frame) => match codec::decode(dialect, &frame) {
                Ok(Some(message)) => Input::Message { link, message },
                // A newer server says what this version does not know.
                Ok(None) => Input::Activity { link },
                Err(error) => Input::Garbage { link, error },
            },
            Heard::Closed(closed) => {
                self.links.closed(link);
                translate::closed(link, closed)
            }
        };
        self.input(input);
    }

    fn outputs(&mut self) {
        while let Some(output) = self.session.poll_output() {
            self.output(output);
        }
    }

    fn output(&mut self, output: Output) {
        match output {
            Output::Open {
                link,
                endpoint,
                transport,
            } => {
                if let Some(endpoint) = self.endpoints.get(endpoint) {
                    let run = self.links.open(link, endpoint, transport);
                    self.open.push(run);
                }
            }
            Output::Send { link, message } => {
                let Some(dialect) = self.links.dialect(link) else {
                    return;
                };
                if !self.links.send(link, codec::encode(dialect, &message)) {
                    self.links.close(link, 1006, String::new());
                    let closed = transport::Closed::lost("the server reads too slowly");
                    let now = self.now();
                    self.session
                        .handle_input(now, translate::closed(link, closed));
                }
            }
            Output::Close { link, code, reason } => self.links.close(link, code, reason),
            Output::Token { because } => self.ask_for_token(because),
            Output::Ping { endpoint } => {
                if let Some(target) = self.endpoints.get(endpoint).cloned() {
                    let dialer = self.dialer.clone();
                    let ping = async move {
                        let status = transport::ping(&dialer, &target).await;
                        (endpoint, status)
                    };
                    self.pings.push(ping.boxed());
                }
            }
            Output::State(state) => {
                let status = translate::status(state);
                self.over = over(&status);
                if let Some(over) = &self.over {
                    self.readers.stop(over);
                }
                self.status.send_replace(status.clone());
                self.event(&Event::State(status));
            }
            Output::Event(event) => {
                if let Some(told) = translate::told(event) {
                    self.app_event(told);
                }
            }
            Output::Answer { ticket, result } => {
                if let Some(answer) = self.answers.remove(&ticket) {
                    let _ = answer.send(translate::answer(result));
                }
            }
            // Where there is no storage of its own, what worked is forgotten with the process.
            Output::Remember { .. } => {}
        }
    }

    fn ask_for_token(&mut self, reason: TokenReason) {
        let TokenSource::Provider(provider) = &self.token else {
            return;
        };
        let provider = provider.clone();
        let asked = async move {
            // A provider that panics is one that failed; the client is not to fall with it.
            let asked = AssertUnwindSafe(async { provider.ask(reason).await });
            let answer = asked.catch_unwind().await;
            answer.unwrap_or_else(|_| Err("the token provider panicked".to_owned()))
        };
        self.asking = Some(asked.boxed());
    }

    fn app_event(&mut self, told: Told) {
        match told {
            Told::Message(message) => {
                let found = match &message.to {
                    Address::Topic(topic) => self.readers.deliver(topic, &message),
                    Address::User | Address::Connection | Address::Everyone => false,
                };
                if !found {
                    self.event(&Event::Message(message));
                }
            }
            Told::Began(topic, subscribed) => self.readers.began(&topic, &subscribed),
            Told::Ended(topic, error) => self.readers.ended(&topic, &error),
            Told::Update(topic, update) => self.readers.tell(&topic, &update),
            Told::Alert { cause, detail } => self.event(&Event::Alert { cause, detail }),
        }
    }

    fn event(&mut self, event: &Event) {
        self.listeners.retain(|inbox| Arc::strong_count(inbox) > 1);
        for listener in &self.listeners {
            listener.push(event.clone());
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}

async fn answered(asking: &mut Option<BoxFuture<'static, TokenAnswer>>) -> TokenAnswer {
    match asking {
        Some(asking) => asking.await,
        None => std::future::pending().await,
    }
}
