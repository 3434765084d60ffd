//! A node's link to a broker in its process.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::oneshot;
use wirehub_model::{ConnectionId, HistoryPage, Member, Topic, TopicFilter};

use super::{
    broker::Desks,
    engine,
    exchange::{self, NodeCall},
    interests::NodeId,
};
use crate::{
    Answer, Append, Appended, BrokerError, Link, Members, MembersQuery, NodeName, Opened,
    RecordPage, Reply, RequestId, Retention, coming, ready,
};

/// A node's link to a broker in its process.
pub(crate) struct LocalLink {
    desks: Arc<Desks>,
    id: NodeId,
    name: NodeName,
}

impl LocalLink {
    pub(crate) const fn new(desks: Arc<Desks>, id: NodeId, name: NodeName) -> Self {
        Self { desks, id, name }
    }

    fn exchange<T: Send + 'static>(&self, call: impl FnOnce(Reply<T>) -> NodeCall) -> Answer<T> {
        let id = self.id;
        self.desks
            .exchange
            .ask(|reply| exchange::Call::Node(id, call(reply)))
    }
}

impl Link for LocalLink {
    fn node(&self) -> &NodeName {
        &self.name
    }

    fn append(&self, batch: Vec<Append>) -> Answer<Vec<Result<Appended, BrokerError>>> {
        let payloads = batch.iter().map(|one| one.message.payload.bytes().len());
        let bytes = payloads.sum();
        let settings = &self.desks.settings;
        let waiting = &self.desks.waiting;
        if !waiting.enter(bytes, settings.queue, settings.queue_bytes) {
            return ready(Err(BrokerError::Overloaded));
        }
        let (reply, answer) = oneshot::channel();
        match self
            .desks
            .engine
            .tell(engine::Call::Append(batch, bytes, reply))
        {
            Ok(()) => coming(answer),
            Err(error) => {
                waiting.leave(bytes);
                ready(Err(error))
            }
        }
    }

    fn open(&self, topic: Topic, retention: Retention) -> Answer<Opened> {
        let id = self.id;
        self.desks
            .engine
            .ask(|reply| engine::Call::Open(id, topic, retention, reply))
    }

    fn close(&self, topic: Topic) -> Answer<()> {
        let id = self.id;
        let desks = Arc::clone(&self.desks);
        let closed = desks
            .engine
            .ask(|reply| engine::Call::Close(id, topic, reply));
        Box::pin(async move {
            closed.await?;
            // The exchange may have been about to push who came and went.
            desks.exchange.ask(exchange::Call::Check).await
        })
    }

    fn subscribe(&self, filter: TopicFilter) -> Answer<()> {
        let id = self.id;
        self.desks
            .engine
            .ask(|reply| engine::Call::Subscribe(id, filter, reply))
    }

    fn unsubscribe(&self, filter: TopicFilter) -> Answer<()> {
        let id = self.id;
        self.desks
            .engine
            .ask(|reply| engine::Call::Unsubscribe(id, filter, reply))
    }

    fn read(&self, topic: Topic, page: HistoryPage, limit: usize) -> Answer<RecordPage> {
        self.desks
            .engine
            .ask(|reply| engine::Call::Read(topic, page, limit, reply))
    }

    fn forget(&self, topic: Topic) -> Answer<()> {
        self.desks
            .engine
            .ask(|reply| engine::Call::Forget(topic, reply))
    }

    fn enter(&self, topic: Topic, member: Member) -> Answer<()> {
        self.exchange(|reply| NodeCall::Enter(topic, member, reply))
    }

    fn leave(&self, topic: Topic, connection: ConnectionId) -> Answer<()> {
        self.exchange(|reply| NodeCall::Leave(topic, connection, reply))
    }

    fn renew(&self) -> Answer<()> {
        self.exchange(NodeCall::Renew)
    }

    fn members(&self, query: MembersQuery) -> Answer<Members> {
        self.exchange(|reply| NodeCall::Members(query, reply))
    }

    fn tell(&self, node: NodeName, bytes: Bytes) -> Answer<()> {
        self.exchange(|reply| NodeCall::Tell(node, bytes, reply))
    }

    fn tell_all(&self, bytes: Bytes) -> Answer<()> {
        self.exchange(|reply| NodeCall::TellAll(bytes, reply))
    }

    fn ask(&self, node: NodeName, bytes: Bytes, timeout: Duration) -> Answer<Bytes> {
        self.exchange(|reply| NodeCall::Ask(node, bytes, timeout, reply))
    }

    fn answer(&self, request: RequestId, bytes: Bytes) -> Answer<()> {
        self.exchange(|reply| NodeCall::Answer(request, bytes, reply))
    }

    fn nodes(&self) -> Answer<Vec<NodeName>> {
        self.exchange(NodeCall::Nodes)
    }

    fn detach(&self) -> Answer<()> {
        let gone = self.exchange(|reply| NodeCall::Detach(Some(reply)));
        let id = self.id;
        let quiet = self
            .desks
            .engine
            .ask(|reply| engine::Call::Detach(id, Some(reply)));
        Box::pin(async move {
            gone.await?;
            quiet.await
        })
    }
}

impl Drop for LocalLink {
    fn drop(&mut self) {
        // When a desk is full or closed, the lease ends what is left of the node.
        _ = self
            .desks
            .exchange
            .tell(exchange::Call::Node(self.id, NodeCall::Detach(None)));
        _ = self.desks.engine.tell(engine::Call::Detach(self.id, None));
    }
}

impl fmt::Debug for LocalLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LocalLink").field(&self.name).finish()
    }
}
