//! The task of a client: it carries what the session wants to the network, and what comes from
//! there, from the clock and from the application to the session.

mod links;
mod perform;
mod readers;
mod translate;

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use tokio::sync::{mpsc, watch};

pub(crate) use self::{links::LinkSettings, translate::over};
use self::{
    links::Links,
    readers::{Added, Reader, Readers},
};
use crate::{
    Error, Event, Status, Transport, codec,
    command::{Answer, Command},
    inbox::Inbox,
    requests::Asker,
    session::{Input, Session, SessionOptions},
    token::{TokenAnswer, TokenSource},
    transport::{Dialer, Endpoint, Heard, Report},
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
    pub(crate) transports: Vec<Transport>,
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
    /// In the order in which the session tries them.
    transports: Vec<Transport>,
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
            transports: parts.transports,
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
            let due = self.session.poll_timeout().and_then(|at| self.instant(at));
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

    /// The session's clock, in milliseconds.
    fn now(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1_000.0
    }

    /// A moment of the session's clock; `None` when it never comes.
    fn instant(&self, at: f64) -> Option<Instant> {
        // Rounded up, so that it has come when the session is told.
        let span = Duration::try_from_secs_f64(at.ceil() / 1_000.0).ok()?;
        self.started.checked_add(span)
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
