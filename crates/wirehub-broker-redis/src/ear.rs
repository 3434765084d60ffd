//! The connection over which a node hears.

use std::{
    collections::{BTreeSet, HashSet},
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::SyncSender,
    },
    thread,
    time::Duration,
};

use redis::{
    Cmd, PushInfo, PushKind, RedisError, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};
use tokio::{
    sync::{Notify, mpsc, oneshot},
    time::{self, Instant},
};
use wirehub_broker::{BrokerError, NodeName};
use wirehub_model::{Position, Topic, TopicFilter};

use crate::{
    connector::Connector,
    failure::{answered, unavailable},
    hearing::{Heard, Hearing},
    lane::{FIRST_PAUSE, LONGEST_PAUSE},
    server::Server,
    topic_calls,
};

/// Interests that begin or end together.
const TOGETHER: usize = 256;
/// How often a connection that says nothing is asked whether it works, and how long it may take.
const SILENCE: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);

/// The answer to whether the node hears.
pub(crate) type IsReady = oneshot::Receiver<Result<(), BrokerError>>;

type Reply<T> = oneshot::Sender<Result<T, BrokerError>>;

/// What is asked of the ear.
pub(crate) enum EarCall {
    /// Hear a topic; the answer is whether it was not heard before.
    Open(Topic, Reply<bool>),
    Close(Topic, Reply<()>),
    Subscribe(TopicFilter, Reply<()>),
    Unsubscribe(TopicFilter, Reply<()>),
    /// A topic stood there when it was opened.
    Stands(Topic, Position),
    /// Whether there is a connection.
    Check(Reply<()>),
    /// Hear nothing any more.
    Stop(Reply<()>),
}

/// The ear of a node: a thread with a runtime for its connection, and one that pushes. While the
/// node's sink is full, both wait, and with them the server.
pub(crate) struct Ear {
    server: Arc<Server>,
    node: NodeName,
    heard: SyncSender<Heard>,
    topics: HashSet<Topic>,
    filters: BTreeSet<TopicFilter>,
}

/// Why a connection is not used any more.
enum End {
    Stopped(Option<Reply<()>>),
    Lost,
}

/// A connection, and whether it still says something.
struct Line {
    redis: MultiplexedConnection,
    pushes: Arc<AtomicU64>,
    broken: Arc<Notify>,
}

impl Ear {
    /// Starts the threads. The second answer comes when the node hears what is meant for it.
    pub(crate) fn start(
        server: Arc<Server>,
        hearing: Hearing,
    ) -> io::Result<(mpsc::Sender<EarCall>, IsReady)> {
        let (calls, waiting) = mpsc::channel(server.settings.queue.max(1));
        let (heard, pushes) = std::sync::mpsc::sync_channel(server.settings.deliveries.max(1));
        let (ready, is_ready) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let ear = Self {
            server,
            node: hearing.node.clone(),
            heard,
            topics: HashSet::new(),
            filters: BTreeSet::new(),
        };
        thread::Builder::new()
            .name("broker-push".to_owned())
            .spawn(move || hearing.run(&pushes))?;
        thread::Builder::new()
            .name("broker-ear".to_owned())
            .spawn(move || runtime.block_on(ear.run(waiting, ready)))?;
        Ok((calls, is_ready))
    }

    async fn run(
        mut self,
        mut calls: mpsc::Receiver<EarCall>,
        ready: oneshot::Sender<Result<(), BrokerError>>,
    ) {
        let mut ready = Some(ready);
        let mut pause = FIRST_PAUSE;
        let stopped = loop {
            let end = match self.connect().await {
                Ok(mut line) => {
                    pause = FIRST_PAUSE;
                    match ready.take() {
                        Some(ready) => _ = ready.send(Ok(())),
                        None => _ = self.heard.send(Heard::Again),
                    }
                    self.serve(&mut line, &mut calls).await
                }
                Err(error) => {
                    if let Some(ready) = ready.take() {
                        _ = ready.send(Err(error));
                        break None;
                    }
                    tracing::debug!(%error, node = %self.node, "the node cannot hear yet");
                    let end = self.wait(pause, &error, &mut calls).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    end
                }
            };
            if let End::Stopped(reply) = end {
                break reply;
            }
        };
        // The last handle of the pushing thread is dropped with this one, behind the answer.
        if let Some(reply) = stopped {
            _ = self.heard.send(Heard::Done(reply));
        }
    }

    /// Opens a connection, and hears over it whatever the node wants.
    async fn connect(&self) -> Result<Line, BrokerError> {
        let (pushes, broken) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
        _ = self.heard.send(Heard::Connecting(Arc::clone(&broken)));
        let pushed = {
            let (heard, pushes) = (self.heard.clone(), Arc::clone(&pushes));
            let broken = Arc::clone(&broken);
            move |info: PushInfo| {
                pushes.fetch_add(1, Ordering::Relaxed);
                if info.kind == PushKind::Disconnection {
                    broken.notify_one();
                } else {
                    // This may wait for the sink.
                    _ = heard.send(Heard::Push(info));
                }
            }
        };
        let opened = self.server.connector.listen(Arc::new(pushed)).await;
        let mut line = Line {
            redis: opened.map_err(|error| unavailable(&error.to_string()))?,
            pushes,
            broken,
        };
        let keys = &self.server.keys;
        let mut commands = vec![
            named("SUBSCRIBE", &keys.everyone()),
            named("SUBSCRIBE", &keys.inbox(&self.node)),
        ];
        let filters = self.filters.iter().map(|filter| keys.pattern(filter));
        let patterns: BTreeSet<String> = filters.collect();
        commands.extend(patterns.iter().map(|pattern| named("PSUBSCRIBE", pattern)));
        let topics = self.topics.iter().map(|topic| keys.channel(topic));
        commands.extend(topics.map(|channel| named("SUBSCRIBE", &channel)));
        for some in commands.chunks(TOGETHER) {
            line.ask(some).await?;
        }
        Ok(line)
    }

    async fn serve(&mut self, line: &mut Line, calls: &mut mpsc::Receiver<EarCall>) -> End {
        let mut silence = time::interval_at(Instant::now() + SILENCE, SILENCE);
        // A topic that is open has to be used four times within the time an unused one is kept.
        let touch = (self.server.settings.forget_after / 4).max(SILENCE);
        let mut touch = time::interval_at(Instant::now() + touch, touch);
        let broken = Arc::clone(&line.broken);
        loop {
            tokio::select! {
                call = calls.recv() => {
                    let Some(call) = call else {
                        return End::Stopped(None);
                    };
                    let mut some = vec![call];
                    while some.len() < TOGETHER && let Ok(call) = calls.try_recv() {
                        some.push(call);
                    }
                    match self.take(line, some).await {
                        None => {}
                        Some(end) => return end,
                    }
                }
                () = broken.notified() => return End::Lost,
                _ = silence.tick() => {
                    let mut redis = line.redis.clone();
                    if line.patiently(Connector::ping(&mut redis)).await.is_err() {
                        return End::Lost;
                    }
                }
                _ = touch.tick() => self.touch(),
            }
        }
    }

    /// Lets open topics live. Whether that works is found out by whoever uses them.
    fn touch(&self) {
        let (server, topics) = (Arc::clone(&self.server), self.topics.clone());
        tokio::spawn(async move {
            let topics: Vec<Topic> = topics.into_iter().collect();
            for some in topics.chunks(TOGETHER) {
                let touch = |topic| topic_calls::touch(&server.keys, topic);
                _ = server.topics.ask(some.iter().map(touch).collect(), 0).await;
            }
        });
    }

    /// Begins and ends interests.
    async fn take(&mut self, line: &mut Line, calls: Vec<EarCall>) -> Option<End> {
        let (mut commands, mut replies) = (Vec::new(), Vec::new());
        let mut stop = None;
        for call in calls {
            match call {
                EarCall::Stands(topic, position) => {
                    _ = self.heard.send(Heard::Stands(topic, position));
                }
                EarCall::Check(reply) => _ = reply.send(Ok(())),
                EarCall::Stop(reply) => {
                    stop = Some(reply);
                    break;
                }
                call => {
                    let command = self.command(&call);
                    replies.push((call, command.is_some()));
                    commands.extend(command);
                }
            }
        }
        let done = line.ask(&commands).await;
        for (call, is_new) in replies {
            self.reply(call, is_new, &done);
        }
        match (stop, done) {
            (Some(reply), _) => Some(End::Stopped(Some(reply))),
            (None, Ok(())) => None,
            (None, Err(_)) => Some(End::Lost),
        }
    }

    /// What the server is told of a call, if anything.
    fn command(&mut self, call: &EarCall) -> Option<Cmd> {
        let keys = &self.server.keys;
        let bound = self.server.settings.interests;
        let has_room = self.topics.len() + self.filters.len() < bound;
        match call {
            EarCall::Open(topic, _) if has_room && self.topics.insert(topic.clone()) => {
                Some(named("SUBSCRIBE", &keys.channel(topic)))
            }
            EarCall::Close(topic, _) => {
                let was_open = self.topics.remove(topic);
                was_open.then(|| named("UNSUBSCRIBE", &keys.channel(topic)))
            }
            EarCall::Subscribe(filter, _) if has_room && !self.filters.contains(filter) => {
                let pattern = keys.pattern(filter);
                let is_known = self.knows(&pattern);
                self.filters.insert(filter.clone());
                _ = self.heard.send(Heard::Filter(filter.clone()));
                (!is_known).then(|| named("PSUBSCRIBE", &pattern))
            }
            EarCall::Unsubscribe(filter, _) if self.filters.remove(filter) => {
                let pattern = keys.pattern(filter);
                _ = self.heard.send(Heard::NoFilter(filter.clone()));
                (!self.knows(&pattern)).then(|| named("PUNSUBSCRIBE", &pattern))
            }
            _ => None,
        }
    }

    /// Whether another filter has this pattern.
    fn knows(&self, pattern: &str) -> bool {
        let keys = &self.server.keys;
        self.filters
            .iter()
            .any(|filter| keys.pattern(filter) == pattern)
    }

    /// Answers a call. New interests that did not begin are not tried again later.
    fn reply(&mut self, call: EarCall, is_new: bool, done: &Result<(), BrokerError>) {
        let open = self.topics.len() + self.filters.len();
        let too_many = Err(BrokerError::TooManyInterests(open));
        match call {
            EarCall::Open(topic, reply) => {
                let is_open = self.topics.contains(&topic);
                if is_new && done.is_err() {
                    self.topics.remove(&topic);
                }
                let answer = if is_open { done.clone() } else { too_many };
                _ = reply.send(answer.map(|()| is_new));
            }
            EarCall::Subscribe(filter, reply) => {
                let is_open = self.filters.contains(&filter);
                if is_new && done.is_err() && self.filters.remove(&filter) {
                    _ = self.heard.send(Heard::NoFilter(filter));
                }
                _ = reply.send(if is_open { done.clone() } else { too_many });
            }
            // Without a connection nothing comes either.
            EarCall::Close(topic, reply) => {
                if done.is_err() {
                    _ = self.heard.send(Heard::Closed(topic));
                }
                _ = self.heard.send(Heard::Done(reply));
            }
            EarCall::Unsubscribe(_, reply) => _ = self.heard.send(Heard::Done(reply)),
            EarCall::Stands(..) | EarCall::Check(_) | EarCall::Stop(_) => {}
        }
    }

    /// Answers calls while there is no connection.
    async fn wait(
        &mut self,
        pause: Duration,
        error: &BrokerError,
        calls: &mut mpsc::Receiver<EarCall>,
    ) -> End {
        let until = Instant::now() + pause;
        loop {
            let call = match time::timeout_at(until, calls.recv()).await {
                Err(_) => return End::Lost,
                Ok(None) => return End::Stopped(None),
                Ok(Some(EarCall::Stop(reply))) => return End::Stopped(Some(reply)),
                Ok(Some(call)) => call,
            };
            match call {
                // What is open stays so.
                EarCall::Open(_, reply) => _ = reply.send(Err(error.clone())),
                EarCall::Subscribe(_, reply) | EarCall::Check(reply) => {
                    _ = reply.send(Err(error.clone()));
                }
                call => {
                    _ = self.command(&call);
                    self.reply(call, false, &Err(error.clone()));
                }
            }
        }
    }
}

impl Line {
    /// Sends commands with one answer each, and waits as long as there are any pushes.
    async fn ask(&mut self, commands: &[Cmd]) -> Result<(), BrokerError> {
        if commands.is_empty() {
            return Ok(());
        }
        let mut pipeline = redis::Pipeline::with_capacity(commands.len());
        for command in commands {
            pipeline.add_command(command.clone());
        }
        let mut redis = self.redis.clone();
        let asked = redis.req_packed_commands(&pipeline, 0, commands.len());
        let answers: Vec<Value> = self.patiently(asked).await?;
        for answer in answers {
            answered(answer)?;
        }
        Ok(())
    }

    /// Waits for an answer as long as the server says anything at all: whatever was pushed before
    /// it may have had to wait for the sink.
    async fn patiently<T>(
        &self,
        answer: impl Future<Output = Result<T, RedisError>>,
    ) -> Result<T, BrokerError> {
        let mut answer = std::pin::pin!(answer);
        loop {
            let before = self.pushes.load(Ordering::Relaxed);
            match time::timeout(PATIENCE, &mut answer).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => return Err(crate::failure::of_connection(&error)),
                Err(_) if self.pushes.load(Ordering::Relaxed) == before => {
                    return Err(unavailable("the server says nothing any more"));
                }
                Err(_) => {}
            }
        }
    }
}

fn named(command: &str, name: &str) -> Cmd {
    let mut named = redis::cmd(command);
    named.arg(name);
    named
}
