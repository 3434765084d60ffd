//! The way of commands to the server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use redis::{Value, aio::ConnectionLike};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};
use wirehub_broker::BrokerError;

use crate::{
    command::{Command, Phrases},
    connector::{Connection, Connector},
    failure::{ends_connection, of_connection, unavailable},
    group::Group,
};

/// Commands that leave together, and bytes of them.
const GROUP: usize = 512;
const GROUP_BYTES: usize = 1024 * 1024;

/// Pauses between attempts to connect.
pub(crate) const FIRST_PAUSE: Duration = Duration::from_millis(50);
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What came back: an answer to each command, which may be an error of its own.
pub(crate) type Values = Result<Vec<Value>, BrokerError>;

/// A connection of its own for commands that keep their order. Whatever waits leaves together, and
/// the next ones leave when all answers are there: under load that is one round trip for many.
#[derive(Clone)]
pub(crate) struct Lane {
    calls: mpsc::Sender<Call>,
    waiting: Arc<AtomicUsize>,
    bytes_max: usize,
}

enum Call {
    Commands(Job),
    End(oneshot::Sender<()>),
}

struct Job {
    commands: Vec<Command>,
    bytes: usize,
    reply: Box<dyn FnOnce(Values) + Send>,
}

impl Lane {
    /// Begins a lane; its task ends when the last handle is gone or [`Lane::end`] was called.
    pub(crate) fn begin(
        connector: Arc<Connector>,
        phrases: Arc<Phrases>,
        queue: usize,
        bytes_max: usize,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (calls, waiting_calls) = mpsc::channel(queue.max(1));
        let waiting = Arc::new(AtomicUsize::new(0));
        let driver = Driver {
            connector,
            phrases,
            waiting: Arc::clone(&waiting),
            connection: None,
            failure: None,
            pause: FIRST_PAUSE,
            said: 0,
        };
        let lane = Self {
            calls,
            waiting,
            bytes_max,
        };
        (lane, driver.run(waiting_calls))
    }

    /// Sends commands that hold so many bytes of payload; their place is taken here.
    pub(crate) fn send(
        &self,
        commands: Vec<Command>,
        bytes: usize,
        reply: impl FnOnce(Values) + Send + 'static,
    ) {
        let held = self.waiting.fetch_add(bytes, Ordering::Relaxed);
        // A call that is larger than the bound passes when nothing else waits.
        if held > 0 && held.saturating_add(bytes) > self.bytes_max {
            self.waiting.fetch_sub(bytes, Ordering::Relaxed);
            return reply(Err(BrokerError::Overloaded));
        }
        let reply = Box::new(reply);
        let job = Job {
            commands,
            bytes,
            reply,
        };
        let refused = match self.calls.try_send(Call::Commands(job)) {
            Ok(()) => return,
            Err(mpsc::error::TrySendError::Full(call)) => (call, BrokerError::Overloaded),
            Err(mpsc::error::TrySendError::Closed(call)) => (call, BrokerError::Stopped),
        };
        self.waiting.fetch_sub(bytes, Ordering::Relaxed);
        if let (Call::Commands(job), error) = refused {
            (job.reply)(Err(error));
        }
    }

    /// Sends commands; the answers come with the future.
    pub(crate) fn ask(
        &self,
        commands: Vec<Command>,
        bytes: usize,
    ) -> impl Future<Output = Values> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.send(commands, bytes, |values| _ = reply.send(values));
        async { answer.await.unwrap_or(Err(BrokerError::Stopped)) }
    }

    /// Sends commands and waits on a thread that may wait.
    pub(crate) fn ask_and_wait(&self, commands: Vec<Command>) -> Values {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        self.send(commands, 0, move |values| _ = reply.send(values));
        answer.recv().unwrap_or(Err(BrokerError::Stopped))
    }

    /// Ends the lane once everything that was asked before is answered.
    pub(crate) async fn end(&self) -> Result<(), BrokerError> {
        let (reply, ended) = oneshot::channel();
        let sent = self.calls.send(Call::End(reply)).await;
        sent.map_err(|_| BrokerError::Stopped)?;
        ended.await.map_err(|_| BrokerError::Stopped)
    }
}

/// The task of a lane.
struct Driver {
    connector: Arc<Connector>,
    phrases: Arc<Phrases>,
    waiting: Arc<AtomicUsize>,
    connection: Option<Connection>,
    /// Why there is no connection, and when the next attempt is due.
    failure: Option<(BrokerError, Instant)>,
    pause: Duration,
    /// Commands that were sent, so that each one has a number.
    said: u64,
}

impl Driver {
    async fn run(mut self, mut calls: mpsc::Receiver<Call>) {
        while let Some(first) = calls.recv().await {
            let mut jobs = Vec::new();
            let (mut count, mut bytes, mut end) = (0, 0, None);
            let mut next = Some(first);
            while let Some(call) = next {
                match call {
                    Call::Commands(job) => {
                        count += job.commands.len();
                        bytes += job.bytes;
                        jobs.push(job);
                    }
                    Call::End(reply) => {
                        end = Some(reply);
                        break;
                    }
                }
                let is_full = count >= GROUP || bytes >= GROUP_BYTES;
                next = if is_full { None } else { calls.try_recv().ok() };
            }
            self.work(jobs).await;
            if let Some(end) = end {
                _ = end.send(());
                return;
            }
        }
    }

    async fn work(&mut self, mut jobs: Vec<Job>) {
        let counts: Vec<usize> = jobs.iter().map(|job| job.commands.len()).collect();
        let asked = jobs.iter_mut().flat_map(|job| job.commands.drain(..));
        let group = Group::of(asked);
        let answers = match self.connect().await {
            Ok(()) => {
                let pipeline = self.phrase(&group);
                self.exchange(&pipeline, group.commands.len()).await
            }
            Err(error) => Err(error),
        };
        let answers = answers.map(|answers| group.deal(answers));
        let mut answers = answers.map(Vec::into_iter);
        for (job, count) in jobs.into_iter().zip(counts) {
            self.waiting.fetch_sub(job.bytes, Ordering::Relaxed);
            (job.reply)(match &mut answers {
                Ok(answers) => Ok(answers.by_ref().take(count).collect()),
                Err(error) => Err(error.clone()),
            });
        }
    }

    /// Makes sure that there is a connection.
    async fn connect(&mut self) -> Result<(), BrokerError> {
        // One that was closed while nobody asked anything takes nobody's call along.
        self.connection.take_if(|connection| connection.is_lost());
        if self.connection.is_some() {
            return Ok(());
        }
        if let Some((error, next)) = &self.failure
            && Instant::now() < *next
        {
            return Err(error.clone());
        }
        match self.open().await {
            Ok(connection) => {
                self.connection = Some(connection);
                self.failure = None;
                self.pause = FIRST_PAUSE;
                Ok(())
            }
            Err(error) => {
                self.failure = Some((error.clone(), Instant::now() + self.pause));
                self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                Err(error)
            }
        }
    }

    async fn open(&self) -> Result<Connection, BrokerError> {
        let opened = self.connector.open().await;
        let mut connection = opened.map_err(|error| unavailable(&error.to_string()))?;
        let load = self.phrases.scripts.load();
        let loaded: Result<(), _> = load.exec_async(&mut connection.redis).await;
        loaded.map_err(|error| of_connection(&error))?;
        Ok(connection)
    }

    fn phrase(&mut self, group: &Group) -> redis::Pipeline {
        let era = self.connection.as_ref().map_or("", |open| &open.era);
        let mut pipeline = redis::Pipeline::with_capacity(group.commands.len());
        for command in &group.commands {
            self.said += 1;
            pipeline.add_command(self.phrases.say(command, era, self.said));
        }
        pipeline
    }

    async fn exchange(&mut self, pipeline: &redis::Pipeline, count: usize) -> Values {
        let Some(connection) = &mut self.connection else {
            return Err(unavailable("there is no connection"));
        };
        if count == 0 {
            return Ok(Vec::new());
        }
        let answers = connection.redis.req_packed_commands(pipeline, 0, count);
        match answers.await {
            Ok(answers) if answers.len() == count => {
                if answers.iter().any(ends_connection) {
                    self.connection = None;
                }
                Ok(answers)
            }
            Ok(_) => {
                self.connection = None;
                Err(unavailable("the server did not answer everything"))
            }
            Err(error) => {
                self.connection = None;
                Err(of_connection(&error))
            }
        }
    }
}
