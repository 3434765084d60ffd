//! The thread that owns nodes, leases, members and questions.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use bytes::Bytes;
use tokio::sync::oneshot;
use wirehub_model::{ConnectionId, Member, Topic};

use super::{
    engine::{SharedInterests, lock},
    interests::NodeId,
    roster::{Roster, Versioned},
};
use crate::{
    BrokerError, Clock, ClusterState, Delivery, LocalSettings, Members, MembersQuery, NodeName,
    NodeState, Reply, RequestId, Sink,
};

/// The longest the thread sleeps when nothing is due.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What the exchange is asked, and by which node.
pub(crate) enum Call {
    Attach(NodeId, NodeName, Duration, Arc<dyn Sink>, Reply<()>),
    Node(NodeId, NodeCall),
    /// What a log says at a time, on a clock that never goes back; `None` says the time alone.
    Logged(Duration, Option<Box<Self>>),
    /// When the next lease or question ends.
    Due(Reply<Option<Duration>>),
    /// Somebody keeps what the log has said so far.
    Keep(Reply<ClusterState>),
    /// The log begins with the nodes as they stood.
    Resume(Box<ClusterState>),
    /// Somebody wants to know whether the thread works.
    Check(Reply<()>),
    Shutdown(Reply<()>),
}

/// What a node asks, and where the answer goes; the duties are those of [`Link`](crate::Link).
#[derive(Debug)]
pub enum NodeCall {
    /// A connection of it is on a topic.
    Enter(Topic, Member, Reply<()>),
    /// A connection of it is on a topic no longer.
    Leave(Topic, ConnectionId, Reply<()>),
    /// Its lease is to begin anew.
    Renew(Reply<()>),
    /// Who is on a topic.
    Members(MembersQuery, Reply<Members>),
    /// It tells a node something.
    Tell(NodeName, Bytes, Reply<()>),
    /// It tells every other node something.
    TellAll(Bytes, Reply<()>),
    /// It asks a node something, and waits that long.
    Ask(NodeName, Bytes, Duration, Reply<Bytes>),
    /// It answers a question.
    Answer(RequestId, Bytes, Reply<()>),
    /// Who is attached.
    Nodes(Reply<Vec<NodeName>>),
    /// It goes.
    Detach(Option<Reply<()>>),
}

/// The state of the thread.
pub(crate) struct Exchange {
    settings: LocalSettings,
    clock: Arc<dyn Clock>,
    interests: SharedInterests,
    nodes: BTreeMap<NodeName, Node>,
    names: HashMap<NodeId, NodeName>,
    roster: Roster,
    questions: HashMap<RequestId, Question>,
    deadlines: BTreeSet<(Duration, RequestId)>,
    last_question: u64,
    /// No lease ends before.
    next_lease: Duration,
    /// What time the log said last, where one decides.
    stamp: Option<Duration>,
}

struct Node {
    id: NodeId,
    sink: Arc<dyn Sink>,
    lease: Duration,
    /// When the lease ends; `None` when it has.
    until: Option<Duration>,
    /// When the last lease ended.
    ended: Duration,
    /// In an order, so that all who follow a log tell their ends in the same one.
    members: BTreeSet<(Topic, ConnectionId)>,
}

struct Question {
    asked: NodeName,
    deadline: Duration,
    reply: Reply<Bytes>,
}

impl Exchange {
    pub(crate) fn new(
        settings: LocalSettings,
        clock: Arc<dyn Clock>,
        interests: SharedInterests,
    ) -> Self {
        Self {
            settings,
            clock,
            interests,
            nodes: BTreeMap::new(),
            names: HashMap::new(),
            roster: Roster::default(),
            questions: HashMap::new(),
            deadlines: BTreeSet::new(),
            last_question: 0,
            next_lease: Duration::MAX,
            stamp: None,
        }
    }

    /// What time it is for leases and questions.
    fn now(&self) -> Duration {
        self.stamp.unwrap_or_else(|| self.clock.elapsed())
    }

    /// Works until everyone who may ask is gone, or somebody asks to stop.
    pub(crate) fn run(mut self, calls: &Receiver<Call>) {
        loop {
            let call = match calls.recv_timeout(self.patience()) {
                Ok(call) => Some(call),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let call = match call {
                Some(Call::Logged(time, call)) => {
                    self.stamp = Some(time);
                    call.map(|call| *call)
                }
                other => other,
            };
            self.expire();
            match call {
                None | Some(Call::Logged(..)) => {}
                Some(Call::Attach(id, name, lease, sink, reply)) => {
                    _ = reply.send(self.attach(id, name, lease, sink));
                }
                Some(Call::Node(id, call)) => self.answer(id, call),
                Some(Call::Check(reply)) => _ = reply.send(Ok(())),
                Some(Call::Due(reply)) => _ = reply.send(Ok(self.due())),
                Some(Call::Keep(reply)) => _ = reply.send(Ok(self.state())),
                Some(Call::Resume(state)) => self.resume(*state),
                Some(Call::Shutdown(reply)) => {
                    _ = reply.send(Ok(()));
                    return;
                }
            }
        }
    }

    /// When the next lease or question ends.
    fn due(&self) -> Option<Duration> {
        let deadline = self.deadlines.first().map(|(deadline, _)| *deadline);
        let due = deadline.map_or(self.next_lease, |first| first.min(self.next_lease));
        (due < Duration::MAX).then_some(due)
    }

    /// How everything stands.
    fn state(&self) -> ClusterState {
        let (version, members) = self.roster.all();
        let nodes = self.nodes.iter().map(|(name, node)| NodeState {
            id: node.id,
            name: name.clone(),
            lease: node.lease,
            until: node.until,
            ended: node.ended,
        });
        let questions = self.questions.iter();
        let questions =
            questions.map(|(request, asked)| (*request, asked.asked.clone(), asked.deadline));
        ClusterState {
            time: self.now(),
            last_question: self.last_question,
            version,
            nodes: nodes.collect(),
            questions: questions.collect(),
            members,
        }
    }

    /// Goes on from how everything stood. Nobody is here yet who could be told.
    fn resume(&mut self, state: ClusterState) {
        self.stamp = Some(state.time);
        self.last_question = state.last_question;
        for node in state.nodes {
            let sink: Arc<dyn Sink> = Arc::new(|_: Delivery| {});
            lock(&self.interests).add_node(node.id, Arc::clone(&sink));
            self.names.insert(node.id, node.name.clone());
            self.next_lease = self.next_lease.min(node.until.unwrap_or(Duration::MAX));
            let resumed = Node {
                id: node.id,
                sink,
                lease: node.lease,
                until: node.until,
                ended: node.ended,
                members: BTreeSet::new(),
            };
            self.nodes.insert(node.name, resumed);
        }
        for (topic, name, member) in state.members {
            if let Some(node) = self.nodes.get_mut(&name) {
                node.members.insert((topic.clone(), member.connection));
            }
            // They were not too many where they come from.
            _ = self.roster.enter(&topic, &name, member, usize::MAX);
        }
        self.roster.resume(state.version);
        for (request, asked, deadline) in state.questions {
            self.deadlines.insert((deadline, request));
            let question = Question {
                asked,
                deadline,
                reply: oneshot::channel().0,
            };
            self.questions.insert(request, question);
        }
    }

    fn patience(&self) -> Duration {
        let due = self.due().filter(|_| self.stamp.is_none());
        let wait = due.map_or(PATIENCE, |due| due.saturating_sub(self.now()));
        // A clock that is turned by hand stands still: look at it again soon, not at once.
        wait.clamp(Duration::from_millis(1), PATIENCE)
    }

    /// Lets leases and questions end whose time is up.
    fn expire(&mut self) {
        let now = self.now();
        if now >= self.next_lease {
            let over = |node: &Node| node.until.is_some_and(|until| until <= now);
            let ended = self.nodes.iter().filter(|(_, node)| over(node));
            let ended: Vec<NodeName> = ended.map(|(name, _)| name.clone()).collect();
            for name in ended {
                self.end_lease(&name);
            }
            let ends = self.nodes.values().filter_map(|node| node.until);
            self.next_lease = ends.min().unwrap_or(Duration::MAX);
        }
        while let Some((deadline, request)) = self.deadlines.first().copied()
            && deadline <= now
        {
            self.deadlines.remove(&(deadline, request));
            if let Some(question) = self.questions.remove(&request) {
                let asked = question.asked;
                _ = question.reply.send(Err(BrokerError::NoAnswer(asked)));
            }
        }
    }

    /// A node is gone, for now at least: its members are, and whoever asked it gets no answer.
    fn end_lease(&mut self, name: &NodeName) {
        let now = self.now();
        let Some(node) = self.nodes.get_mut(name) else {
            return;
        };
        let had_one = node.until.take().is_some();
        node.ended = now;
        let members = std::mem::take(&mut node.members);
        for (topic, connection) in members {
            let changes = self.roster.leave(&topic, name, connection);
            self.tell_changes(name, &topic, changes);
        }
        let waiting = self.questions.extract_if(|_, asked| asked.asked == *name);
        for (request, question) in waiting {
            self.deadlines.remove(&(question.deadline, request));
            let asked = question.asked;
            _ = question.reply.send(Err(BrokerError::NoAnswer(asked)));
        }
        if had_one {
            self.tell_others(name, &Delivery::NodeLeft(name.clone()));
        }
    }

    fn begin_lease(&mut self, name: &NodeName) {
        let now = self.now();
        let Some(node) = self.nodes.get_mut(name) else {
            return;
        };
        let until = now.saturating_add(node.lease);
        let had_none = node.until.replace(until).is_none();
        self.next_lease = self.next_lease.min(until);
        if had_none {
            self.tell_others(name, &Delivery::NodeJoined(name.clone()));
        }
    }

    fn tell_others(&self, name: &NodeName, delivery: &Delivery) {
        for (_, node) in self.nodes.iter().filter(|(other, _)| *other != name) {
            node.sink.push(delivery.clone());
        }
    }

    fn tell_changes(&self, node: &NodeName, topic: &Topic, changes: Vec<Versioned>) {
        if changes.is_empty() {
            return;
        }
        let mut sinks = Vec::new();
        lock(&self.interests).openers(topic, &mut sinks);
        for (change, version) in changes {
            for sink in &sinks {
                sink.push(Delivery::Presence {
                    node: node.clone(),
                    change: change.clone(),
                    version,
                });
            }
        }
    }

    fn attach(
        &mut self,
        id: NodeId,
        name: NodeName,
        lease: Duration,
        sink: Arc<dyn Sink>,
    ) -> Result<(), BrokerError> {
        match self.nodes.get(&name) {
            Some(node) if node.until.is_some() => return Err(BrokerError::NameTaken(name)),
            Some(node) => self.remove(node.id),
            None if self.nodes.len() >= self.settings.nodes => self.let_one_go()?,
            None => {}
        }
        lock(&self.interests).add_node(id, Arc::clone(&sink));
        let node = Node {
            id,
            sink,
            lease,
            until: None,
            ended: Duration::ZERO,
            members: BTreeSet::new(),
        };
        self.nodes.insert(name.clone(), node);
        self.names.insert(id, name.clone());
        self.begin_lease(&name);
        Ok(())
    }

    /// Makes room for a node: the one whose lease ended the longest ago is forgotten.
    fn let_one_go(&mut self) -> Result<(), BrokerError> {
        let ended = self.nodes.values().filter(|node| node.until.is_none());
        let longest = ended.min_by_key(|node| node.ended).map(|node| node.id);
        let id = longest.ok_or(BrokerError::TooManyNodes(self.settings.nodes))?;
        self.remove(id);
        Ok(())
    }

    fn remove(&mut self, id: NodeId) {
        if let Some(name) = self.names.remove(&id) {
            self.end_lease(&name);
            self.nodes.remove(&name);
        }
        lock(&self.interests).remove_node(id);
    }

    /// Answers a node. It may have stopped waiting.
    fn answer(&mut self, id: NodeId, call: NodeCall) {
        let name = self.names.get(&id).cloned().ok_or(BrokerError::Stopped);
        match call {
            NodeCall::Enter(topic, member, reply) => {
                _ = reply.send(name.and_then(|name| self.enter(&name, &topic, member)));
            }
            NodeCall::Leave(topic, connection, reply) => {
                _ = reply.send(name.map(|name| self.leave(&name, topic, connection)));
            }
            NodeCall::Renew(reply) => _ = reply.send(name.and_then(|name| self.renew(&name))),
            NodeCall::Members(query, reply) => {
                _ = reply.send(name.map(|_| self.roster.page(&query)));
            }
            NodeCall::Tell(to, bytes, reply) => {
                let told = name.and_then(|from| {
                    let node = self.present(&to)?;
                    node.sink.push(Delivery::Control { from, bytes });
                    Ok(())
                });
                _ = reply.send(told);
            }
            NodeCall::TellAll(bytes, reply) => {
                _ = reply.send(name.map(|from| {
                    let control = Delivery::Control {
                        from: from.clone(),
                        bytes,
                    };
                    self.tell_others(&from, &control);
                }));
            }
            NodeCall::Ask(to, bytes, timeout, reply) => match name {
                Ok(from) => self.ask(from, to, bytes, timeout, reply),
                Err(error) => _ = reply.send(Err(error)),
            },
            NodeCall::Answer(request, bytes, reply) => {
                _ = reply.send(name.map(|name| self.give_answer(&name, request, bytes)));
            }
            NodeCall::Nodes(reply) => {
                let present = self.nodes.iter().filter(|(_, node)| node.until.is_some());
                let present = present.map(|(name, _)| name.clone()).collect();
                _ = reply.send(name.map(|_| present));
            }
            NodeCall::Detach(reply) => {
                self.remove(id);
                if let Some(reply) = reply {
                    _ = reply.send(Ok(()));
                }
            }
        }
    }

    fn enter(&mut self, name: &NodeName, topic: &Topic, member: Member) -> Result<(), BrokerError> {
        let node = self.nodes.get_mut(name).ok_or(BrokerError::Stopped)?;
        if node.until.is_none() {
            return Err(BrokerError::LeaseExpired);
        }
        let connection = member.connection;
        let bound = self.settings.members;
        let changes = self.roster.enter(topic, name, member, bound)?;
        node.members.insert((topic.clone(), connection));
        self.tell_changes(name, topic, changes);
        Ok(())
    }

    fn leave(&mut self, name: &NodeName, topic: Topic, connection: ConnectionId) {
        let changes = self.roster.leave(&topic, name, connection);
        self.tell_changes(name, &topic, changes);
        if let Some(node) = self.nodes.get_mut(name) {
            node.members.remove(&(topic, connection));
        }
    }

    fn renew(&mut self, name: &NodeName) -> Result<(), BrokerError> {
        let node = self.nodes.get(name).ok_or(BrokerError::Stopped)?;
        let in_time = node.until.is_some();
        self.begin_lease(name);
        if in_time {
            Ok(())
        } else {
            Err(BrokerError::LeaseExpired)
        }
    }

    /// A node with a lease.
    fn present(&self, name: &NodeName) -> Result<&Node, BrokerError> {
        let node = self.nodes.get(name).filter(|node| node.until.is_some());
        node.ok_or_else(|| BrokerError::UnknownNode(name.clone()))
    }

    fn ask(
        &mut self,
        from: NodeName,
        to: NodeName,
        bytes: Bytes,
        timeout: Duration,
        reply: Reply<Bytes>,
    ) {
        if self.questions.len() >= self.settings.questions {
            let bound = self.settings.questions;
            _ = reply.send(Err(BrokerError::TooManyQuestions(bound)));
            return;
        }
        let sink = match self.present(&to) {
            Ok(node) => Arc::clone(&node.sink),
            Err(error) => {
                _ = reply.send(Err(error));
                return;
            }
        };
        self.last_question += 1;
        let request = RequestId(self.last_question);
        let deadline = self.now().saturating_add(timeout);
        self.deadlines.insert((deadline, request));
        let question = Question {
            asked: to,
            deadline,
            reply,
        };
        self.questions.insert(request, question);
        sink.push(Delivery::Request {
            from,
            request,
            bytes,
        });
    }

    /// Passes an answer on, if it comes in time and from the node that was asked.
    fn give_answer(&mut self, name: &NodeName, request: RequestId, bytes: Bytes) {
        if self
            .questions
            .get(&request)
            .is_none_or(|question| question.asked != *name)
        {
            return;
        }
        if let Some(question) = self.questions.remove(&request) {
            self.deadlines.remove(&(question.deadline, request));
            _ = question.reply.send(Ok(bytes));
        }
    }
}
