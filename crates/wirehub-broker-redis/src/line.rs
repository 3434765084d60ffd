//! A connection over which a node hears.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
        mpsc::SyncSender,
    },
    time::Duration,
};

use redis::{
    Cmd, PushInfo, PushKind, RedisError, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};
use tokio::{sync::Notify, time};
use wirehub_broker::BrokerError;

use crate::{
    address::Address,
    connector::Connector,
    failure::{of_connection, unavailable},
    hearing::Heard,
    interests::Want,
};

/// How long a server may say nothing while it owes an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A connection over which a node hears.
pub(crate) struct Line {
    redis: MultiplexedConnection,
    said: Arc<Said>,
    /// What the server says over it.
    pub(crate) has: HashSet<Want>,
    /// What is to begin and what is to end.
    pub(crate) todo: Vec<(Change, Want)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Begin,
    End,
}

/// What the other side has said of the connection.
struct Said {
    pushes: AtomicU64,
    is_broken: AtomicBool,
    /// The node has let go of it: what comes still is not heard any more.
    is_closed: AtomicBool,
    /// Channels that the server ended, because their slot has moved.
    cut: Mutex<Vec<String>>,
    /// Channels that the node ends.
    ending: Mutex<HashSet<String>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Said {
    /// Takes what the server pushes. This may wait for the sink.
    fn hear(&self, info: PushInfo, heard: &SyncSender<Heard>, alarm: &Notify) {
        self.pushes.fetch_add(1, Ordering::Relaxed);
        if self.is_closed.load(Ordering::SeqCst) {
            return;
        }
        match info.kind {
            PushKind::Disconnection => {
                self.is_broken.store(true, Ordering::SeqCst);
                alarm.notify_one();
            }
            PushKind::SUnsubscribe => {
                let channel = match info.data.first() {
                    Some(Value::BulkString(name)) => String::from_utf8_lossy(name).into_owned(),
                    _ => return,
                };
                if lock(&self.ending).remove(&channel) {
                    _ = heard.send(Heard::Push(info));
                } else {
                    _ = heard.send(Heard::Lost(HashSet::from([Want::Channel(channel.clone())])));
                    lock(&self.cut).push(channel);
                    alarm.notify_one();
                }
            }
            _ => _ = heard.send(Heard::Push(info)),
        }
    }
}

impl Line {
    /// Opens a connection. The alarm goes when it breaks, and when a channel is cut.
    pub(crate) async fn open(
        connector: &Connector,
        server: &Address,
        heard: SyncSender<Heard>,
        alarm: Arc<Notify>,
    ) -> Result<Self, BrokerError> {
        let said = Arc::new(Said {
            pushes: AtomicU64::new(0),
            is_broken: AtomicBool::new(false),
            is_closed: AtomicBool::new(false),
            cut: Mutex::default(),
            ending: Mutex::default(),
        });
        let hears = Arc::clone(&said);
        let pushed = move |info: PushInfo| hears.hear(info, &heard, &alarm);
        let opened = connector.listen(server, Arc::new(pushed)).await;
        Ok(Self {
            redis: opened.map_err(|error| unavailable(&error.to_string()))?,
            said,
            has: HashSet::new(),
            todo: Vec::new(),
        })
    }

    /// Whether the server says something once all is done that is to be.
    pub(crate) fn is_to_have(&self, want: &Want) -> bool {
        let last = self.todo.iter().rev().find(|(_, other)| other == want);
        let change = last.map(|(change, _)| *change == Change::Begin);
        change.unwrap_or_else(|| self.has.contains(want))
    }

    pub(crate) fn is_broken(&self) -> bool {
        self.said.is_broken.load(Ordering::SeqCst)
    }

    /// Notes which channels were cut, and says whether there are any.
    pub(crate) fn take_cut(&mut self) -> bool {
        let cut = std::mem::take(&mut *lock(&self.said.cut));
        for channel in &cut {
            self.has.remove(&Want::Channel(channel.clone()));
        }
        !cut.is_empty()
    }

    /// Begins and ends some of what is to be done, in that order; the answers stand in the order
    /// of what was asked.
    pub(crate) async fn work(&mut self, most: usize) -> Result<Vec<(Want, Value)>, BrokerError> {
        let some: Vec<_> = self.todo.drain(..self.todo.len().min(most)).collect();
        let mut commands = Vec::with_capacity(some.len());
        for (change, want) in &some {
            commands.push(match (change, want) {
                (Change::Begin, want) => want.begin(),
                (Change::End, want) => {
                    if let Want::Channel(name) = want {
                        lock(&self.said.ending).insert(name.clone());
                    }
                    want.end()
                }
            });
        }
        let answers = self.ask(&commands).await?;
        let mut refused = Vec::new();
        for ((change, want), answer) in some.into_iter().zip(answers) {
            match (change, answer) {
                (Change::Begin, answer @ Value::ServerError(_)) => refused.push((want, answer)),
                (Change::Begin, _) => _ = self.has.insert(want),
                // What comes over it is not certain any more.
                (Change::End, Value::ServerError(error)) => {
                    return Err(unavailable(&format!("the server: {error}")));
                }
                (Change::End, _) => _ = self.has.remove(&want),
            }
        }
        Ok(refused)
    }

    /// Sends commands with one answer each, and waits as long as there are any pushes.
    async fn ask(&self, commands: &[Cmd]) -> Result<Vec<Value>, BrokerError> {
        let mut pipeline = redis::Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command.clone());
        }
        let mut redis = self.redis.clone();
        let asked = redis.req_packed_commands(&pipeline, 0, commands.len());
        self.patiently(asked).await
    }

    /// Whether the server still says something.
    pub(crate) async fn check(&self) -> Result<(), BrokerError> {
        let mut redis = self.redis.clone();
        self.patiently(Connector::ping(&mut redis)).await
    }

    /// Waits for an answer as long as the server says anything at all: whatever was pushed before
    /// it may have had to wait for the sink.
    async fn patiently<T>(
        &self,
        answer: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, BrokerError> {
        let mut answer = std::pin::pin!(answer);
        let cuts = lock(&self.said.cut).len();
        loop {
            let before = self.said.pushes.load(Ordering::Relaxed);
            match time::timeout(PATIENCE, &mut answer).await {
                // The library takes a channel that was cut for the answer to what was asked.
                Ok(Ok(_)) if lock(&self.said.cut).len() > cuts => {
                    return Err(unavailable("a slot has moved while the server was asked"));
                }
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => return Err(of_connection(&error)),
                Err(_) if self.said.pushes.load(Ordering::Relaxed) == before => {
                    return Err(unavailable("the server says nothing any more"));
                }
                Err(_) => {}
            }
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.said.is_closed.store(true, Ordering::SeqCst);
    }
}
