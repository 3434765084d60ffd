//! A node's link to the server.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::oneshot;
use wirehub_broker::{
    Answer, Append, Appended, BrokerError, Link, Members, MembersQuery, NodeName, Opened,
    RecordPage, Reply, RequestId, Retention, coming,
    meeting::{EarCall, NodeNews, Seated},
    ready,
};
use wirehub_model::{ConnectionId, HistoryPage, Member, Topic, TopicFilter};

use crate::{
    crowd_job::CrowdJob,
    server::Server,
    topic_job::{Publish, ROOM, TopicJob},
};

/// A node's link to the server.
pub(crate) struct NatsLink(pub(crate) Seated<Server>);

impl NatsLink {
    /// Asks the server something in more than one step.
    fn ask_server<T, F>(&self, asking: impl FnOnce(Arc<Server>) -> F) -> Answer<T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, BrokerError>> + Send + 'static,
    {
        match self.0.check() {
            Ok(()) => self.0.steps(asking(Arc::clone(self.0.server()))),
            Err(error) => ready(Err(error)),
        }
    }

    /// Has something done with a topic; its place is taken here.
    fn ask_topic<T: Send + 'static>(
        &self,
        topic: Topic,
        job: impl FnOnce(Reply<T>) -> TopicJob,
    ) -> Answer<T> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let (reply, answer) = oneshot::channel();
        self.0.server().work_on_topics(vec![(topic, job(reply))]);
        coming(answer)
    }

    /// Has a member come or go; its place is taken here.
    fn change(&self, topic: Topic, connection: ConnectionId, member: Option<Member>) -> Answer<()> {
        let claimed = match self.0.stay() {
            Ok(claimed) => claimed,
            // They are all gone.
            Err(BrokerError::LeaseExpired) if member.is_none() => return ready(Ok(())),
            Err(error) => return ready(Err(error)),
        };
        let (reply, answer) = oneshot::channel();
        let job = CrowdJob {
            stay: claimed.stay,
            connection,
            member,
            reply,
        };
        self.0.server().work_on_crowds(vec![(topic, job)]);
        coming(answer)
    }
}

impl Link for NatsLink {
    fn node(&self) -> &NodeName {
        self.0.node()
    }

    fn append(&self, batch: Vec<Append>) -> Answer<Vec<Result<Appended, BrokerError>>> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let server = self.0.server();
        let max = server.js.requests().max_payload();
        let (mut jobs, mut answers) = (Vec::new(), Vec::new());
        for append in batch {
            let topic = append.topic.clone();
            let (reply, answer) = oneshot::channel();
            answers.push(answer);
            let publish = Publish::new(append, self.0.node(), reply);
            let bytes = publish.written.len() + ROOM;
            let job = TopicJob::Publish(publish);
            if bytes > max {
                job.fail(BrokerError::TooLarge { bytes, max });
            } else {
                jobs.push((topic, job));
            }
        }
        server.work_on_topics(jobs);
        Box::pin(async move {
            let answers = join_all(answers).await.into_iter();
            let answers = answers.map(|answer| answer.unwrap_or(Err(BrokerError::Stopped)));
            Ok(answers.collect())
        })
    }

    fn open(&self, topic: Topic, retention: Retention) -> Answer<Opened> {
        let (server, there) = (Arc::clone(self.0.server()), topic.clone());
        self.0.open(topic, async move {
            let (reply, answer) = oneshot::channel();
            let open = TopicJob::Open(retention, reply);
            server.work_on_topics(vec![(there.clone(), open)]);
            let standing = coming(answer).await?;
            let opened = server.log.opened(&there, &standing).await?;
            Ok((opened, (standing.row.position, standing.number)))
        })
    }

    fn close(&self, topic: Topic) -> Answer<()> {
        self.0.hear(|reply| EarCall::Close(topic, reply))
    }

    fn subscribe(&self, filter: TopicFilter) -> Answer<()> {
        self.0.hear(|reply| EarCall::Subscribe(filter, reply))
    }

    fn unsubscribe(&self, filter: TopicFilter) -> Answer<()> {
        self.0.hear(|reply| EarCall::Unsubscribe(filter, reply))
    }

    fn read(&self, topic: Topic, page: HistoryPage, limit: usize) -> Answer<RecordPage> {
        self.ask_server(async move |server| server.log.page(&topic, page, limit).await)
    }

    fn forget(&self, topic: Topic) -> Answer<()> {
        self.ask_topic(topic, TopicJob::Forget)
    }

    fn enter(&self, topic: Topic, member: Member) -> Answer<()> {
        self.change(topic, member.connection, Some(member))
    }

    fn leave(&self, topic: Topic, connection: ConnectionId) -> Answer<()> {
        self.change(topic, connection, None)
    }

    fn renew(&self) -> Answer<()> {
        self.0.renew()
    }

    fn members(&self, query: MembersQuery) -> Answer<Members> {
        self.ask_server(async move |server| server.crowds.members(&query).await)
    }

    fn tell(&self, node: NodeName, bytes: Bytes) -> Answer<()> {
        self.0.tell(&node, bytes)
    }

    fn tell_all(&self, bytes: Bytes) -> Answer<()> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let news = NodeNews::Word(self.0.node().clone(), bytes);
        self.0.server().nodes.say(&news)
    }

    fn ask(&self, node: NodeName, bytes: Bytes, timeout: Duration) -> Answer<Bytes> {
        self.0.ask(&node, bytes, timeout)
    }

    fn answer(&self, request: RequestId, bytes: Bytes) -> Answer<()> {
        self.0.answer(request, bytes)
    }

    fn nodes(&self) -> Answer<Vec<NodeName>> {
        self.ask_server(async |server| server.nodes.list().await)
    }

    fn detach(&self) -> Answer<()> {
        self.0.detach()
    }
}
