//! A node's link to the server.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use tokio::sync::oneshot;
use wirehub_broker::{
    Answer, Append, Appended, BrokerError, Link, Members, MembersQuery, NodeName, Opened,
    RecordPage, RequestId, Retention, meeting::NodeNews,
};
use wirehub_model::{ConnectionId, HistoryPage, Member, Topic, TopicFilter};

use crate::{
    appends::Publication,
    command::Command,
    crowd_calls::{self, Held},
    ear::EarCall,
    failure::{answered, answered_of, unavailable},
    node_calls,
    reply::{one, text},
    seat::Seat,
    topic_calls,
};

/// A node's link to the server.
pub(crate) struct RedisLink(Arc<Seat>);

impl RedisLink {
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

    /// Asks about a topic, one command; its place is taken here.
    fn ask_topic<T: Send + 'static>(
        &self,
        topic: &Topic,
        command: impl FnOnce() -> Command,
        read: impl FnOnce(&Topic, redis::Value) -> Result<T, BrokerError> + Send + 'static,
    ) -> Answer<T> {
        let asked = self.0.check();
        let asked = asked.map(|()| self.0.server.topics.ask(vec![command()], 0));
        let topic = topic.clone();
        Box::pin(async move { read(&topic, one(asked?.await?)?) })
    }

    fn say(&self, to: NodeName, news: &NodeNews) -> Answer<()> {
        let tell = node_calls::tell(&self.0.server.keys, &to, news.written());
        let asked = self.0.check();
        let asked = asked.map(|()| self.0.server.nodes.ask(vec![tell], 0));
        Box::pin(async move {
            let answer = one(asked?.await?).and_then(answered)?;
            match text(Some(answer))?.as_str() {
                "-1" => Err(BrokerError::UnknownNode(to)),
                "0" => Err(unavailable("the node does not listen at the moment")),
                _ => Ok(()),
            }
        })
    }
}

fn ready<T: Send + 'static>(answer: Result<T, BrokerError>) -> Answer<T> {
    Box::pin(std::future::ready(answer))
}

impl Link for RedisLink {
    fn node(&self) -> &NodeName {
        &self.0.node
    }

    fn append(&self, batch: Vec<Append>) -> Answer<Vec<Result<Appended, BrokerError>>> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let server = &self.0.server;
        let payloads = batch.iter().map(|one| one.message.payload.bytes().len());
        let bytes = payloads.sum();
        let node = self.0.node.as_str();
        let append = |one| Command::Append(Publication::new(one, node, server.settings.names));
        let commands = batch.iter().map(append).collect();
        let topics: Vec<Topic> = batch.into_iter().map(|one| one.topic).collect();
        let asked = server.topics.ask(commands, bytes);
        Box::pin(async move {
            let answers = topics.iter().zip(asked.await?);
            let answers = answers.map(|(topic, answer)| topic_calls::appended(topic, answer?));
            Ok(answers.collect())
        })
    }

    fn open(&self, topic: Topic, retention: Retention) -> Answer<Opened> {
        let heard = self.0.hear(|reply| EarCall::Open(topic.clone(), reply));
        let seat = Arc::clone(&self.0);
        self.steps(async move {
            // Whatever is published after the answer to the second is pushed because of the first.
            let is_new = heard.await?;
            let open = topic_calls::open(&seat.server.keys, &topic, &retention);
            let answer = seat.server.topics.ask(vec![open], 0).await.and_then(one);
            let opened = answer.and_then(|answer| topic_calls::opened(&topic, answer));
            match &opened {
                Ok(opened) => {
                    // Without this, what is missed before the first publication comes is not found.
                    _ = seat.tell_ear(EarCall::Stands(topic, opened.position));
                }
                Err(_) if is_new => {
                    let (reply, _) = oneshot::channel();
                    _ = seat.tell_ear(EarCall::Close(topic, reply));
                }
                Err(_) => {}
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
        let keys = &self.0.server.keys;
        let read = || topic_calls::read(keys, &topic, page, limit);
        self.ask_topic(&topic, read, topic_calls::page)
    }

    fn forget(&self, topic: Topic) -> Answer<()> {
        let forget = || topic_calls::forget(&self.0.server.keys, &topic);
        let done = |topic: &Topic, answer| answered_of(topic, answer).map(|_| ());
        self.ask_topic(&topic, forget, done)
    }

    fn enter(&self, topic: Topic, member: Member) -> Answer<()> {
        let incarnation = match self.0.incarnation() {
            Ok(incarnation) => incarnation,
            Err(error) => return ready(Err(error)),
        };
        let server = &self.0.server;
        let bound = server.settings.members;
        let number = server.note();
        let me = (&self.0.node, incarnation.as_str());
        let enter = crowd_calls::enter(&server.keys, &topic, &member, me, (number, bound));
        let asked = server.nodes.ask_in_turn(enter);
        let seat = Arc::clone(&self.0);
        self.steps(async move {
            let mut answers = asked.await?.into_iter();
            let mut next = || answers.next().unwrap_or(Err(BrokerError::Stopped));
            next().and_then(answered)?;
            let entered = next();
            let entered = entered.and_then(|entered| crowd_calls::entered(&topic, entered, bound));
            let is_over = seat.incarnation().is_err();
            if entered.is_err() || is_over {
                // Whoever ended the lease may have looked before this one came.
                let held = Held {
                    topic,
                    connection: member.connection,
                };
                let me = (&seat.node, incarnation.as_str());
                seat.server.part_with(&[held], me, number).await?;
            }
            entered.and_then(|()| seat.incarnation().map(|_| ()))
        })
    }

    fn leave(&self, topic: Topic, connection: ConnectionId) -> Answer<()> {
        let incarnation = match self.0.incarnation() {
            Ok(incarnation) => incarnation,
            // They are all gone.
            Err(BrokerError::LeaseExpired) => return ready(Ok(())),
            Err(error) => return ready(Err(error)),
        };
        let server = &self.0.server;
        let number = server.note();
        let held = Held { topic, connection };
        let leave = crowd_calls::leave(&server.keys, &held, (&self.0.node, &incarnation));
        let asked = server.nodes.ask(vec![leave], 0);
        let seat = Arc::clone(&self.0);
        self.steps(async move {
            answered_of(&held.topic, one(asked.await?)?)?;
            let held = std::iter::once(&held);
            let release = crowd_calls::release(&seat.server.keys, &incarnation, held, number);
            seat.server.ask_nodes(release).await.map(|_| ())
        })
    }

    fn renew(&self) -> Answer<()> {
        let seat = Arc::clone(&self.0);
        self.steps(async move { seat.renew().await })
    }

    fn members(&self, query: MembersQuery) -> Answer<Members> {
        let members = crowd_calls::members(&self.0.server.keys, &query);
        let asked = self.0.check();
        let asked = asked.map(|()| self.0.server.nodes.ask(vec![members], 0));
        Box::pin(async move { crowd_calls::listed(&query.topic, one(asked?.await?)?) })
    }

    fn tell(&self, node: NodeName, bytes: Bytes) -> Answer<()> {
        self.say(node, &NodeNews::Word(self.0.node.clone(), bytes))
    }

    fn tell_all(&self, bytes: Bytes) -> Answer<()> {
        let news = NodeNews::Word(self.0.node.clone(), bytes);
        let channel = self.0.server.keys.everyone();
        let mut publish = redis::cmd("SPUBLISH");
        publish.arg(&channel).arg(news.written());
        let asked = self.0.check();
        let asked = asked.map(|()| {
            let publish = vec![Command::Plain(channel, publish)];
            self.0.server.nodes.ask(publish, 0)
        });
        Box::pin(async move { one(asked?.await?).and_then(answered).map(|_| ()) })
    }

    fn ask(&self, node: NodeName, bytes: Bytes, timeout: Duration) -> Answer<Bytes> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let (reply, answer) = oneshot::channel();
        let deadline = self.0.server.elapsed().saturating_add(timeout);
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
        let nodes = node_calls::nodes(&self.0.server.keys);
        let asked = self.0.check();
        let asked = asked.map(|()| self.0.server.nodes.ask(vec![nodes], 0));
        Box::pin(async move { node_calls::listed(one(asked?.await?)?) })
    }

    fn detach(&self) -> Answer<()> {
        let seat = Arc::clone(&self.0);
        self.steps(async move { seat.leave().await })
    }
}

impl Drop for RedisLink {
    fn drop(&mut self) {
        let seat = Arc::clone(&self.0);
        // When this fails, the lease ends what is left of the node.
        self.0.server.runtime.spawn(async move {
            _ = seat.leave().await;
        });
    }
}

impl fmt::Debug for RedisLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RedisLink").field(&self.0.node).finish()
    }
}
