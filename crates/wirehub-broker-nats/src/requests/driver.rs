//! The task that asks.

use std::{
    collections::{HashMap, VecDeque},
    hash::{BuildHasher as _, RandomState},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, oneshot},
    time::{self, Instant},
};

use super::{Answers, Ask, Call, Expects, FIRST_PAUSE, LONGEST_PAUSE};
use crate::{
    connection::Connection,
    connector::Connector,
    failure::Failure,
    wire::{self, Message, Said},
};

/// How often it is looked for questions that wait too long.
const LOOK: Duration = Duration::from_millis(250);
/// The number of the one subscription, to the answers.
const ANSWERS: u64 = 1;

/// The task.
pub(super) struct Driver {
    connector: Arc<Connector>,
    patience: Duration,
    max_payload: Arc<AtomicUsize>,
    inbox: String,
    asked: u64,
    pending: HashMap<u64, Pending>,
    /// Questions whether everything was read, which are answered in their order.
    reads: VecDeque<oneshot::Sender<Answers>>,
    /// Why there is no connection, and when the next attempt is due.
    failure: Option<(String, Instant)>,
    pause: Duration,
    /// When the server said something last, or was asked while nothing else waited.
    heard: Instant,
}

struct Pending {
    subject: String,
    expects: Expects,
    until: Instant,
    came: Vec<Message>,
    reply: oneshot::Sender<Answers>,
}

/// Why a connection is not used any more.
enum End {
    Lost(String),
    Stopped(Option<oneshot::Sender<()>>),
}

impl Driver {
    pub(super) fn new(
        connector: Arc<Connector>,
        patience: Duration,
        max_payload: Arc<AtomicUsize>,
    ) -> Self {
        let random = RandomState::new().hash_one(0);
        Self {
            connector,
            patience,
            max_payload,
            inbox: format!("_INBOX.{random:016x}"),
            asked: 0,
            pending: HashMap::new(),
            reads: VecDeque::new(),
            failure: None,
            pause: FIRST_PAUSE,
            heard: Instant::now(),
        }
    }

    pub(super) async fn run(mut self, mut calls: mpsc::Receiver<Call>) {
        while let Some(call) = calls.recv().await {
            let ask = match call {
                Call::Ask(ask) => ask,
                Call::Reached => {
                    (self.failure, self.pause) = (None, FIRST_PAUSE);
                    continue;
                }
                Call::End(reply) => {
                    _ = reply.send(());
                    return;
                }
            };
            let mut connection = match self.connect().await {
                Ok(connection) => connection,
                Err(reason) => {
                    _ = ask.reply.send(Err(Failure::Away(reason)));
                    continue;
                }
            };
            self.write(ask, &mut connection);
            match self.serve(&mut connection, &mut calls).await {
                End::Lost(reason) => self.lose(&reason),
                End::Stopped(reply) => {
                    self.lose("the broker has ended");
                    if let Some(reply) = reply {
                        _ = reply.send(());
                    }
                    return;
                }
            }
        }
    }

    async fn connect(&mut self) -> Result<Connection, String> {
        if let Some((reason, next)) = &self.failure
            && Instant::now() < *next
        {
            return Err(reason.clone());
        }
        match self.connector.open().await {
            Ok(mut connection) => {
                wire::subscribe(connection.out(), &format!("{}.*", self.inbox), ANSWERS);
                (self.failure, self.pause) = (None, FIRST_PAUSE);
                self.learn(&connection);
                Ok(connection)
            }
            Err(error) => {
                let reason = error.to_string();
                self.failure = Some((reason.clone(), Instant::now() + self.pause));
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                Err(reason)
            }
        }
    }

    fn learn(&self, connection: &Connection) {
        let max = connection.info.max_payload;
        self.max_payload.store(max, Ordering::Relaxed);
    }

    async fn serve(
        &mut self,
        connection: &mut Connection,
        calls: &mut mpsc::Receiver<Call>,
    ) -> End {
        let mut looks = time::interval(LOOK);
        let mut end = None;
        loop {
            if end.is_some() && self.is_idle() {
                return End::Stopped(end);
            }
            let takes_more = end.is_none() && connection.has_room();
            tokio::select! {
                said = connection.next() => match said {
                    Ok(said) => {
                        if let Err(reason) = self.hear(said, connection) {
                            return End::Lost(reason);
                        }
                    }
                    Err(error) => return End::Lost(format!("the NATS server: {error}")),
                },
                call = calls.recv(), if takes_more => match call {
                    Some(Call::Ask(ask)) => self.write(ask, connection),
                    Some(Call::Reached) => {}
                    Some(Call::End(reply)) => end = Some(reply),
                    None => return End::Stopped(None),
                },
                _ = looks.tick() => {
                    if !self.is_idle() && self.heard.elapsed() > self.patience {
                        return End::Lost("the NATS server says nothing any more".to_owned());
                    }
                    self.expire();
                }
            }
        }
    }

    fn is_idle(&self) -> bool {
        self.pending.is_empty() && self.reads.is_empty()
    }

    fn write(&mut self, ask: Ask, connection: &mut Connection) {
        let max = connection.info.max_payload;
        if ask.letters.iter().any(|letter| letter.payload.len() > max) {
            // The server would close the connection.
            let reason = format!("the NATS server takes no message of more than {max} bytes");
            _ = ask.reply.send(Err(Failure::Refused(reason)));
            return;
        }
        if self.is_idle() {
            self.heard = Instant::now();
        }
        self.asked += 1;
        let reply = format!("{}.{}", self.inbox, self.asked);
        let count = ask.letters.len();
        let out = connection.out();
        for (index, letter) in ask.letters.iter().enumerate() {
            let is_answered = index + 1 == count && ask.expects != Expects::Read;
            let reply = if is_answered { reply.as_str() } else { "" };
            wire::publish(
                out,
                &letter.subject,
                reply,
                &letter.headers,
                &letter.payload,
            );
        }
        if ask.expects == Expects::Read {
            wire::ping(out);
            self.reads.push_back(ask.reply);
            return;
        }
        let pending = Pending {
            subject: ask
                .letters
                .into_iter()
                .next_back()
                .map(|one| one.subject)
                .unwrap_or_default(),
            expects: ask.expects,
            until: Instant::now() + self.patience,
            came: Vec::new(),
            reply: ask.reply,
        };
        self.pending.insert(self.asked, pending);
    }

    fn hear(&mut self, said: Said, connection: &mut Connection) -> Result<(), String> {
        self.heard = Instant::now();
        match said {
            Said::Message(message) => self.take(message),
            Said::Ping => wire::pong(connection.out()),
            Said::Pong => {
                if let Some(reply) = self.reads.pop_front() {
                    _ = reply.send(Ok(Vec::new()));
                }
            }
            Said::Info(_) => self.learn(connection),
            Said::Error(text) => return self.refuse(&text),
            Said::Done => {}
        }
        Ok(())
    }

    fn take(&mut self, message: Message) {
        let number = message.subject.rsplit('.').next();
        let number = number.and_then(|number| number.parse().ok());
        let Some(number) = number else { return };
        // It was waited for no longer.
        let Some(pending) = self.pending.get_mut(&number) else {
            return;
        };
        let status = message.status();
        let is_last = pending.expects == Expects::One || status.is_some();
        if status == Some(503) {
            pending.came.clear();
        } else {
            pending.came.push(message);
        }
        // More is on its way, so there is no hurry.
        pending.until = Instant::now() + self.patience;
        if is_last && let Some(pending) = self.pending.remove(&number) {
            let answer = match status {
                Some(503) => Err(Failure::Nobody),
                _ => Ok(pending.came),
            };
            // Whoever asked may have stopped waiting.
            _ = pending.reply.send(answer);
        }
    }

    /// The server complains. What is not allowed was not done; the rest ends the connection.
    fn refuse(&mut self, text: &str) -> Result<(), String> {
        let reason = format!("the NATS server: {text}");
        if !text
            .to_ascii_lowercase()
            .starts_with("permissions violation")
        {
            return Err(reason);
        }
        tracing::warn!(
            error = text,
            "the NATS server does not allow this user enough"
        );
        let named = |pending: &Pending| text.contains(&format!("\"{}\"", pending.subject));
        let refused = self.pending.extract_if(|_, pending| named(pending));
        for (_, pending) in refused {
            _ = pending.reply.send(Err(Failure::Refused(reason.clone())));
        }
        Ok(())
    }

    fn expire(&mut self) {
        let now = Instant::now();
        let late = self.pending.extract_if(|_, pending| pending.until <= now);
        for (_, pending) in late {
            let reason = "the NATS server does not answer in time".to_owned();
            _ = pending.reply.send(Err(Failure::Cut(reason)));
        }
    }

    fn lose(&mut self, reason: &str) {
        let pending = std::mem::take(&mut self.pending).into_values();
        let replies = pending.map(|pending| pending.reply);
        for reply in replies.chain(std::mem::take(&mut self.reads)) {
            _ = reply.send(Err(Failure::Cut(reason.to_owned())));
        }
    }
}
