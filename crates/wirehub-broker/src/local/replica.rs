//! A broker that does what a log says.

use std::{io, sync::Arc, time::Duration};

use tokio::sync::oneshot;
use wirehub_model::{HistoryPage, Topic, TopicFilter};

use super::{
    engine::{self, LoggedCall},
    exchange::{self, NodeCall},
};
use crate::{
    Answer, Append, Appended, Broker as _, BrokerError, BrokerMemory, Clock, ClusterState,
    Delivery, LocalBroker, LocalSettings, LocalStats, NodeName, Opened, RecordPage, Reply,
    Retention, Sink, Stamp, TopicState,
};

/// A copy of a broker that is the same in every process that reads the same log.
///
/// What changes something comes from the log, in its order and with its [`Stamp`]s, and is decided
/// by these alone: offsets, epochs, names of publications, members, leases. So every process comes
/// to the same, and nobody leads. What only looks is asked here at any time. The processes need the
/// same [`LocalSettings`] as far as they bound names, nodes, members and questions.
///
/// What the log says waits for room; it must not be said on a thread that a sink waits for.
#[derive(Debug)]
pub struct Replica(LocalBroker);

impl Replica {
    /// A copy that has read nothing yet.
    ///
    /// # Errors
    /// When its threads cannot be started.
    pub fn start(mut settings: LocalSettings, clock: Arc<dyn Clock>) -> io::Result<Self> {
        // Its log says when a topic is over.
        settings.topics = usize::MAX;
        settings.forget_after = Duration::MAX;
        LocalBroker::start(settings, clock, None).map(Self)
    }

    /// The log says that something is published.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn append(
        &self,
        stamp: Stamp,
        append: Append,
        reply: Reply<Vec<Result<Appended, BrokerError>>>,
    ) -> Result<(), BrokerError> {
        // Until the engine has answered.
        let waiting = &self.0.desks.waiting;
        waiting.enter(0, usize::MAX, usize::MAX);
        self.of_topics(stamp, LoggedCall::Append(Box::new(append), reply))
    }

    /// The log says that a topic begins, unless it has.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn begin(
        &self,
        stamp: Stamp,
        topic: Topic,
        retention: Retention,
        reply: Reply<()>,
    ) -> Result<(), BrokerError> {
        self.of_topics(stamp, LoggedCall::Begin(topic, retention, reply))
    }

    /// The log says that what is kept of a topic is forgotten.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn forget(&self, stamp: Stamp, topic: Topic, reply: Reply<()>) -> Result<(), BrokerError> {
        self.of_topics(stamp, LoggedCall::Forget(topic, reply))
    }

    fn of_topics(&self, stamp: Stamp, call: LoggedCall) -> Result<(), BrokerError> {
        let engine = &self.0.desks.engine;
        engine.hand_in(engine::Call::Logged(stamp, call))
    }

    /// The log says that a node attaches, under a number that no other one has. One of another
    /// process has no sink here.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn attach(
        &self,
        time: Duration,
        (id, node): (u64, NodeName),
        lease: Duration,
        sink: Option<Arc<dyn Sink>>,
        reply: Reply<()>,
    ) -> Result<(), BrokerError> {
        let sink = sink.unwrap_or_else(|| Arc::new(|_: Delivery| {}));
        let call = exchange::Call::Attach(id, node, lease, sink, reply);
        self.of_nodes(time, Some(call))
    }

    /// The log says what a node does.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn node(&self, time: Duration, id: u64, call: NodeCall) -> Result<(), BrokerError> {
        self.of_nodes(time, Some(exchange::Call::Node(id, call)))
    }

    /// The log says what time it is.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn tick(&self, time: Duration) -> Result<(), BrokerError> {
        self.of_nodes(time, None)
    }

    fn of_nodes(&self, time: Duration, call: Option<exchange::Call>) -> Result<(), BrokerError> {
        let call = exchange::Call::Logged(time, call.map(Box::new));
        self.0.desks.exchange.hand_in(call)
    }

    /// Somebody keeps how some topics stand with what the log has said so far.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn keep_topics(
        &self,
        stamp: Stamp,
        which: impl Fn(&Topic) -> bool + Send + 'static,
        reply: Reply<Vec<TopicState>>,
    ) -> Result<(), BrokerError> {
        self.of_topics(stamp, LoggedCall::Keep(Box::new(which), reply))
    }

    /// The log begins with a topic as it stood.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn resume_topic(&self, stamp: Stamp, state: TopicState) -> Result<(), BrokerError> {
        self.of_topics(stamp, LoggedCall::Resume(Box::new(state)))
    }

    /// Somebody keeps how the nodes stand with what the log has said so far.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn keep_cluster(&self, reply: Reply<ClusterState>) -> Result<(), BrokerError> {
        self.0.desks.exchange.hand_in(exchange::Call::Keep(reply))
    }

    /// The log begins with the nodes as they stood.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn resume_cluster(&self, state: ClusterState) -> Result<(), BrokerError> {
        let exchange = &self.0.desks.exchange;
        exchange.hand_in(exchange::Call::Resume(Box::new(state)))
    }

    /// Waits until everything is done that the log has said so far. Not for a thread of a runtime.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn catch_up(&self) -> Result<(), BrokerError> {
        let desks = &self.0.desks;
        let (reply, engine) = oneshot::channel();
        desks.engine.hand_in(engine::Call::Check(reply))?;
        let (reply, exchange) = oneshot::channel();
        desks.exchange.hand_in(exchange::Call::Check(reply))?;
        for answer in [engine, exchange] {
            answer
                .blocking_recv()
                .unwrap_or(Err(BrokerError::Stopped))?;
        }
        Ok(())
    }

    /// When the next lease or question ends, by the time of the log: somebody has to say in the log
    /// that this time has come.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn due(&self, reply: Reply<Option<Duration>>) -> Result<(), BrokerError> {
        self.0.desks.exchange.hand_in(exchange::Call::Due(reply))
    }

    /// [`Link::open`](crate::Link::open) of a node, for a topic that has begun.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn open(
        &self,
        id: u64,
        topic: Topic,
        retention: Retention,
        reply: Reply<Opened>,
    ) -> Result<(), BrokerError> {
        self.ask_topics(engine::Call::Open(id, topic, retention, reply))
    }

    /// Whether a topic has begun.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn has_begun(&self, topic: Topic, reply: Reply<bool>) -> Result<(), BrokerError> {
        self.ask_topics(engine::Call::HasBegun(topic, reply))
    }

    /// [`Link::close`](crate::Link::close) of a node. Waits for a part of it, so it is not for a
    /// thread of a runtime.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn close(&self, id: u64, topic: Topic, reply: Reply<()>) -> Result<(), BrokerError> {
        let (closing, closed) = oneshot::channel();
        self.ask_topics(engine::Call::Close(id, topic, closing))?;
        let closed = closed.blocking_recv();
        closed.unwrap_or(Err(BrokerError::Stopped))?;
        // The exchange may have been about to push who came and went.
        let exchange = &self.0.desks.exchange;
        exchange.hand_in(exchange::Call::Check(reply))
    }

    /// [`Link::subscribe`](crate::Link::subscribe) of a node.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn subscribe(
        &self,
        id: u64,
        filter: TopicFilter,
        reply: Reply<()>,
    ) -> Result<(), BrokerError> {
        self.ask_topics(engine::Call::Subscribe(id, filter, reply))
    }

    /// [`Link::unsubscribe`](crate::Link::unsubscribe) of a node.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn unsubscribe(
        &self,
        id: u64,
        filter: TopicFilter,
        reply: Reply<()>,
    ) -> Result<(), BrokerError> {
        self.ask_topics(engine::Call::Unsubscribe(id, filter, reply))
    }

    /// [`Link::read`](crate::Link::read).
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn read(
        &self,
        topic: Topic,
        page: HistoryPage,
        limit: usize,
        reply: Reply<RecordPage>,
    ) -> Result<(), BrokerError> {
        self.ask_topics(engine::Call::Read(topic, page, limit, reply))
    }

    /// Nothing is pushed any more to a node that the log has said is gone.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn let_go(&self, id: u64, reply: Reply<()>) -> Result<(), BrokerError> {
        self.ask_topics(engine::Call::Detach(id, Some(reply)))
    }

    fn ask_topics(&self, call: engine::Call) -> Result<(), BrokerError> {
        self.0.desks.engine.hand_in(call)
    }

    /// What a node asks that only looks: who is on a topic, which nodes there are.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn look(&self, id: u64, call: NodeCall) -> Result<(), BrokerError> {
        let exchange = &self.0.desks.exchange;
        exchange.hand_in(exchange::Call::Node(id, call))
    }

    /// What it holds and has done.
    ///
    /// # Errors
    /// [`BrokerError::Stopped`].
    pub fn stats(&self, reply: Reply<LocalStats>) -> Result<(), BrokerError> {
        self.ask_topics(engine::Call::Stats(reply))
    }

    /// What it has in memory.
    #[must_use]
    pub fn memory(&self) -> Answer<BrokerMemory> {
        self.0.memory()
    }

    /// Ends its threads. From then on every answer is [`BrokerError::Stopped`].
    #[must_use]
    pub fn shutdown(&self) -> Answer<()> {
        self.0.shutdown()
    }
}
