//! A node's link to the server.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::join_all;
use tokio::sync::oneshot;
use wirehub_broker::{
    Answer, Append, Appended, BrokerError, Link, Members, MembersQuery, NodeName, Opened,
    RecordPage, RequestId, Retention, meeting::NodeNews,
};
use wirehub_model::{ConnectionId, HistoryPage, Member, Topic, TopicFilter};

use crate::{
    crowd_job::CrowdJob,
    ear::EarCall,
    failure::{Failure, unavailable},
    requests::{Expects, Letter},
    seat::Seat,
    topic_job::{Publish, ROOM, TopicJob},
};

/// A node's link to the server.
pub(crate) struct NatsLink(Arc<Seat>);

impl NatsLink {
    pub(crate) const fn new(seat: Arc<Seat>) -> Self {
        Self(seat)
    }

    /// Does something in more than one step, which goes on when nobody waits for it.
    fn steps<T: Send + 'static>(
        &self,
        steps: impl Future<Output = Result<T, BrokerError>> + Send + 'static,
    ) -> Answer<T> {
        let (reply, answer) = oneshot::channel();
        self.0.server.runtime.spawn(async move {
            _ = reply.send(steps.await);
        });
        Box::pin(async { answer.await.unwrap_or(Err(BrokerError::Stopped)) })
    }

    /// Has something done with a topic; its place is taken here.
    fn ask_topic<T: Send + 'static>(
        &self,
        topic: &Topic,
        job: impl FnOnce(oneshot::Sender<Result<T, BrokerError>>) -> TopicJob,
    ) -> Answer<T> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let (reply, answer) = oneshot::channel();
        self.0
            .server
            .work_on_topics(vec![(topic.clone(), job(reply))]);
        Box::pin(async { answer.await.unwrap_or(Err(BrokerError::Stopped)) })
    }

    /// Has a member come or go; its place is taken here.
    fn change(&self, topic: Topic, connection: ConnectionId, member: Option<Member>) -> Answer<()> {
        let stay = match self.0.stay() {
            Ok(stay) => stay,
            // They are all gone.
            Err(BrokerError::LeaseExpired) if member.is_none() => return ready(Ok(())),
            Err(error) => return ready(Err(error)),
        };
        let (reply, answer) = oneshot::channel();
        let job = CrowdJob {
            stay,
            connection,
            member,
            reply,
        };
        self.0.server.work_on_crowds(vec![(topic, job)]);
        Box::pin(async { answer.await.unwrap_or(Err(BrokerError::Stopped)) })
    }

    fn say(&self, to: NodeName, news: &NodeNews) -> Answer<()> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let server = Arc::clone(&self.0.server);
        let letter = Letter {
            subject: server.subjects.inbox(&to),
            headers: Vec::new(),
            payload: news.written().into(),
        };
        let asked = server.js.requests().ask(vec![letter], Expects::One);
        Box::pin(async move {
            match asked.await {
                Ok(_) => Ok(()),
                Err(Failure::Nobody) if server.nodes.has_lease(&to).await? => {
                    Err(unavailable("the node does not listen at the moment"))
                }
                Err(Failure::Nobody) => Err(BrokerError::UnknownNode(to)),
                Err(error) => Err(error.into()),
            }
        })
    }
}

fn ready<T: Send + 'static>(answer: Result<T, BrokerError>) -> Answer<T> {
    Box::pin(std::future::ready(answer))
}

impl Link for NatsLink {
    fn node(&self) -> &NodeName {
        &self.0.node
    }

    fn append(&self, batch: Vec<Append>) -> Answer<Vec<Result<Appended, BrokerError>>> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let server = &self.0.server;
        let max = server.js.requests().max_payload();
        let (mut jobs, mut answers) = (Vec::new(), Vec::new());
        for append in batch {
            let topic = append.topic.clone();
            let (reply, answer) = oneshot::channel();
            answers.push(answer);
            let publish = Publish::new(append, &self.0.node, reply);
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
            let answers: Vec<_> = answers
                .map(|answer| answer.unwrap_or(Err(BrokerError::Stopped)))
                .collect();
            Ok(answers)
        })
    }

    fn open(&self, topic: Topic, retention: Retention) -> Answer<Opened> {
        let heard = self.0.hear(|reply| EarCall::Open(topic.clone(), reply));
        let seat = Arc::clone(&self.0);
        self.steps(async move {
            // Whatever is published after the next answer is pushed because of this one.
            let is_new = heard.await?;
            let (reply, answer) = oneshot::channel();
            let open = TopicJob::Open(retention, reply);
            seat.server.work_on_topics(vec![(topic.clone(), open)]);
            let standing = answer.await.unwrap_or(Err(BrokerError::Stopped));
            let opened = match &standing {
                Ok(standing) => seat.server.log.opened(&topic, standing).await,
                Err(error) => Err(error.clone()),
            };
            match (standing, &opened) {
                (Ok(standing), Ok(_)) => {
                    // Without this, what is missed before the first publication comes is not found.
                    let (position, number) = (standing.row.position, standing.number);
                    _ = seat.tell_ear(EarCall::Stands(topic, position, number));
                }
                _ if is_new => {
                    let (reply, _) = oneshot::channel();
                    _ = seat.tell_ear(EarCall::Close(topic, reply));
                }
                _ => {}
            }
            opened
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
        let asked = self.0.check();
        let seat = Arc::clone(&self.0);
        self.steps(async move {
            asked?;
            seat.server.log.page(&topic, page, limit).await
        })
    }

    fn forget(&self, topic: Topic) -> Answer<()> {
        self.ask_topic(&topic, TopicJob::Forget)
    }

    fn enter(&self, topic: Topic, member: Member) -> Answer<()> {
        self.change(topic, member.connection, Some(member))
    }

    fn leave(&self, topic: Topic, connection: ConnectionId) -> Answer<()> {
        self.change(topic, connection, None)
    }

    fn renew(&self) -> Answer<()> {
        let seat = Arc::clone(&self.0);
        self.steps(async move { seat.renew().await })
    }

    fn members(&self, query: MembersQuery) -> Answer<Members> {
        let asked = self.0.check();
        let seat = Arc::clone(&self.0);
        self.steps(async move {
            asked?;
            seat.server.crowds.members(&query).await
        })
    }

    fn tell(&self, node: NodeName, bytes: Bytes) -> Answer<()> {
        self.say(node, &NodeNews::Word(self.0.node.clone(), bytes))
    }

    fn tell_all(&self, bytes: Bytes) -> Answer<()> {
        let news = NodeNews::Word(self.0.node.clone(), bytes);
        let asked = self.0.check();
        let server = Arc::clone(&self.0.server);
        let letter = Letter {
            subject: server.subjects.everyone(),
            headers: Vec::new(),
            payload: news.written().into(),
        };
        let asked = asked.map(|()| server.js.requests().ask(vec![letter], Expects::Read));
        Box::pin(async move {
            asked?.await?;
            Ok(())
        })
    }

    fn ask(&self, node: NodeName, bytes: Bytes, timeout: Duration) -> Answer<Bytes> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let (reply, answer) = oneshot::channel();
        let deadline = self.0.server.clock.elapsed().saturating_add(timeout);
        if let Some(number) = self.0.questions.ask(node.clone(), deadline, reply) {
            let me = self.0.node.clone();
            let said = self.say(node, &NodeNews::Question(me, number, bytes));
            let questions = Arc::clone(&self.0.questions);
            self.0.server.runtime.spawn(async move {
                if let Err(error) = said.await {
                    questions.end(number, Err(error));
                }
            });
        }
        Box::pin(async { answer.await.unwrap_or(Err(BrokerError::Stopped)) })
    }

    fn answer(&self, request: RequestId, bytes: Bytes) -> Answer<()> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        // It was another node's question, or was answered already.
        let Some((from, number)) = self.0.questions.take(request) else {
            return ready(Ok(()));
        };
        let me = self.0.node.clone();
        let said = self.say(from, &NodeNews::Answer(me, number, bytes));
        Box::pin(async move {
            match said.await {
                // Whoever asked has left.
                Err(BrokerError::UnknownNode(_)) => Ok(()),
                other => other,
            }
        })
    }

    fn nodes(&self) -> Answer<Vec<NodeName>> {
        let asked = self.0.check();
        let seat = Arc::clone(&self.0);
        self.steps(async move {
            asked?;
            seat.server.nodes.list().await
        })
    }

    fn detach(&self) -> Answer<()> {
        let seat = Arc::clone(&self.0);
        self.steps(async move { seat.leave().await })
    }
}

impl Drop for NatsLink {
    fn drop(&mut self) {
        let seat = Arc::clone(&self.0);
        // When this fails, the lease ends what is left of the node.
        self.0.server.runtime.spawn(async move {
            _ = seat.leave().await;
        });
    }
}

impl fmt::Debug for NatsLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NatsLink").field(&self.0.node).finish()
    }
}
