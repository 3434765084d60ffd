//! The way of commands to the servers.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{mpsc, oneshot};
use wirehub_broker::BrokerError;

use crate::{
    command::Command,
    dispatcher::Dispatcher,
    layout::Layout,
    wire::{Answered, Office},
};

/// What came back: an answer to each command, or why none was sent.
pub(crate) type Answers = Result<Vec<Answered>, BrokerError>;

/// Commands that are asked together, and whoever waits for their answers.
pub(crate) struct Job {
    pub(crate) commands: Vec<Command>,
    /// Each one is sent when the one before it has been answered, unless they are in one slot.
    pub(crate) in_turn: bool,
    bytes: usize,
    waiting: Arc<Waiting>,
    reply: Box<dyn FnOnce(Answers) + Send>,
}

impl Job {
    /// A job that nobody counts.
    #[cfg(test)]
    pub(crate) fn new(
        commands: Vec<Command>,
        in_turn: bool,
        reply: impl FnOnce(Answers) + Send + 'static,
    ) -> Self {
        let waiting = Waiting::default();
        waiting.calls.store(1, Ordering::Relaxed);
        Self {
            commands,
            in_turn,
            bytes: 0,
            waiting: Arc::new(waiting),
            reply: Box::new(reply),
        }
    }

    /// Answers it.
    pub(crate) fn end(self, answers: Answers) {
        self.waiting.calls.fetch_sub(1, Ordering::Relaxed);
        self.waiting.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        (self.reply)(answers);
    }
}

/// How much waits.
#[derive(Default)]
struct Waiting {
    calls: AtomicUsize,
    bytes: AtomicUsize,
}

pub(crate) enum Call {
    Commands(Job),
    /// Whatever was asked before is to be answered, and nothing more.
    End(oneshot::Sender<()>),
}

/// A way of its own for commands that keep their order: those of one slot of a cluster, and all of
/// them where there is no cluster. Whatever waits leaves together.
#[derive(Clone)]
pub(crate) struct Lane {
    calls: mpsc::Sender<Call>,
    waiting: Arc<Waiting>,
    calls_max: usize,
    bytes_max: usize,
}

impl Lane {
    /// Begins a lane; its task ends when the last handle is gone or [`Lane::end`] was called.
    pub(crate) fn begin(
        office: Arc<Office>,
        layout: Arc<Layout>,
        calls_max: usize,
        bytes_max: usize,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let calls_max = calls_max.max(1);
        let (calls, waiting_calls) = mpsc::channel(calls_max);
        let lane = Self {
            calls,
            waiting: Arc::default(),
            calls_max,
            bytes_max,
        };
        (lane, Dispatcher::new(office, layout).run(waiting_calls))
    }

    /// Takes a job on; its place is taken here.
    fn send(&self, job: Job) {
        let waiting = &self.waiting;
        let calls = waiting.calls.fetch_add(1, Ordering::Relaxed);
        let bytes = waiting.bytes.fetch_add(job.bytes, Ordering::Relaxed);
        // A call that is larger than the bound passes when nothing else waits.
        let is_large = bytes > 0 && bytes.saturating_add(job.bytes) > self.bytes_max;
        if calls >= self.calls_max || is_large {
            return job.end(Err(BrokerError::Overloaded));
        }
        let (call, error) = match self.calls.try_send(Call::Commands(job)) {
            Ok(()) => return,
            Err(mpsc::error::TrySendError::Full(call)) => (call, BrokerError::Overloaded),
            Err(mpsc::error::TrySendError::Closed(call)) => (call, BrokerError::Stopped),
        };
        if let Call::Commands(job) = call {
            job.end(Err(error));
        }
    }

    fn job(
        &self,
        commands: Vec<Command>,
        bytes: usize,
        in_turn: bool,
        reply: impl FnOnce(Answers) + Send + 'static,
    ) -> Job {
        Job {
            commands,
            in_turn,
            bytes,
            waiting: Arc::clone(&self.waiting),
            reply: Box::new(reply),
        }
    }

    /// Sends commands that hold so many bytes of payload; the answers come with the future.
    pub(crate) fn ask(
        &self,
        commands: Vec<Command>,
        bytes: usize,
    ) -> impl Future<Output = Answers> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.send(self.job(commands, bytes, false, |answers| _ = reply.send(answers)));
        async { answer.await.unwrap_or(Err(BrokerError::Stopped)) }
    }

    /// Sends commands of which each one must be done before the next one is.
    pub(crate) fn ask_in_turn(
        &self,
        commands: Vec<Command>,
    ) -> impl Future<Output = Answers> + Send + use<> {
        let (reply, answer) = oneshot::channel();
        self.send(self.job(commands, 0, true, |answers| _ = reply.send(answers)));
        async { answer.await.unwrap_or(Err(BrokerError::Stopped)) }
    }

    /// Sends commands and waits on a thread that may wait.
    pub(crate) fn ask_and_wait(&self, commands: Vec<Command>) -> Answers {
        let (reply, answer) = std::sync::mpsc::sync_channel(1);
        self.send(self.job(commands, 0, false, move |answers| _ = reply.send(answers)));
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
