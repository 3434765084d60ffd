//! A node's link to the server.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use wirehub_broker::{
    Answer, Append, Appended, BrokerError, Link, Members, MembersQuery, NodeName, Opened,
    RecordPage, RequestId, Retention,
    meeting::{EarCall, NodeNews, Seated},
    ready,
};
use wirehub_model::{ConnectionId, HistoryPage, Member, Topic, TopicFilter};

use crate::{
    appends::Publication,
    command::Command,
    crowd_calls::{self, Held},
    failure::{answered, answered_of},
    lane::Lane,
    node_calls,
    reply::one,
    server::Server,
    topic_calls,
};

/// A node's link to the server.
pub(crate) struct RedisLink(pub(crate) Seated<Server>);

impl RedisLink {
    /// Asks one thing; its place is taken here.
    fn ask_one<T: Send + 'static>(
        &self,
        lane: &Lane,
        command: Command,
        read: impl FnOnce(redis::Value) -> Result<T, BrokerError> + Send + 'static,
    ) -> Answer<T> {
        let asked = self.0.check().map(|()| lane.ask(vec![command], 0));
        Box::pin(async move { read(one(asked?.await?)?) })
    }
}

impl Link for RedisLink {
    fn node(&self) -> &NodeName {
        self.0.node()
    }

    fn append(&self, batch: Vec<Append>) -> Answer<Vec<Result<Appended, BrokerError>>> {
        if let Err(error) = self.0.check() {
            return ready(Err(error));
        }
        let server = self.0.server();
        let payloads = batch.iter().map(|one| one.message.payload.bytes().len());
        let bytes = payloads.sum();
        let node = self.0.node().as_str();
        let append =
            |one| Command::Append(Publication::new(one, node, server.settings.bounds.names));
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
        let (server, there) = (Arc::clone(self.0.server()), topic.clone());
        self.0.open(topic, async move {
            let open = topic_calls::open(&server.keys, &there, &retention);
            let answer = one(server.topics.ask(vec![open], 0).await?)?;
            let opened = topic_calls::opened(&there, answer)?;
            let position = opened.position;
            Ok((opened, position))
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
        let server = self.0.server();
        let read = topic_calls::read(&server.keys, &topic, page, limit);
        self.ask_one(&server.topics, read, move |answer| {
            topic_calls::page(&topic, answer)
        })
    }

    fn forget(&self, topic: Topic) -> Answer<()> {
        let server = self.0.server();
        let forget = topic_calls::forget(&server.keys, &topic);
        self.ask_one(&server.topics, forget, move |answer| {
            answered_of(&topic, answer).map(|_| ())
        })
    }

    fn enter(&self, topic: Topic, member: Member) -> Answer<()> {
        let stay = match self.0.stay() {
            Ok(stay) => stay,
            Err(error) => return ready(Err(error)),
        };
        let server = self.0.server();
        let bound = server.settings.bounds.members;
        let number = server.note();
        let place = (number, bound);
        let enter = crowd_calls::enter(&server.keys, &topic, &member, stay.name(), place);
        let asked = server.nodes.ask_in_turn(enter);
        let seat = Arc::clone(&self.0);
        self.0.steps(async move {
            let mut answers = asked.await?.into_iter();
            let mut next = || answers.next().unwrap_or(Err(BrokerError::Stopped));
            next().and_then(answered)?;
            let entered = next();
            let entered = entered.and_then(|entered| crowd_calls::entered(&topic, entered, bound));
            let is_over = seat.stay().is_err();
            if entered.is_err() || is_over {
                // Whoever ended the lease may have looked before this one came.
                let held = Held {
                    topic,
                    connection: member.connection,
                };
                let server = seat.server();
                server.part_with(&[held], stay.name(), number).await?;
            }
            entered.and_then(|()| seat.stay().map(|_| ()))
        })
    }

    fn leave(&self, topic: Topic, connection: ConnectionId) -> Answer<()> {
        let stay = match self.0.stay() {
            Ok(stay) => stay,
            // They are all gone.
            Err(BrokerError::LeaseExpired) => return ready(Ok(())),
            Err(error) => return ready(Err(error)),
        };
        let server = Arc::clone(self.0.server());
        let number = server.note();
        let held = Held { topic, connection };
        let leave = crowd_calls::leave(&server.keys, &held, stay.name());
        let asked = server.nodes.ask(vec![leave], 0);
        self.0.steps(async move {
            answered_of(&held.topic, one(asked.await?)?)?;
            let (_, incarnation) = stay.name();
            let held = std::iter::once(&held);
            let release = crowd_calls::release(&server.keys, incarnation, held, number);
            server.ask_nodes(release).await.map(|_| ())
        })
    }

    fn renew(&self) -> Answer<()> {
        self.0.renew()
    }

    fn members(&self, query: MembersQuery) -> Answer<Members> {
        let server = self.0.server();
        let members = crowd_calls::members(&server.keys, &query);
        self.ask_one(&server.nodes, members, move |answer| {
            crowd_calls::listed(&query.topic, answer)
        })
    }

    fn tell(&self, node: NodeName, bytes: Bytes) -> Answer<()> {
        self.0.tell(&node, bytes)
    }

    fn tell_all(&self, bytes: Bytes) -> Answer<()> {
        let server = self.0.server();
        let news = NodeNews::Word(self.0.node().clone(), bytes);
        let channel = server.keys.everyone();
        let mut publish = redis::cmd("SPUBLISH");
        publish.arg(&channel).arg(news.written());
        let publish = Command::Plain(channel, publish);
        self.ask_one(&server.nodes, publish, |answer| {
            answered(answer).map(|_| ())
        })
    }

    fn ask(&self, node: NodeName, bytes: Bytes, timeout: Duration) -> Answer<Bytes> {
        self.0.ask(&node, bytes, timeout)
    }

    fn answer(&self, request: RequestId, bytes: Bytes) -> Answer<()> {
        self.0.answer(request, bytes)
    }

    fn nodes(&self) -> Answer<Vec<NodeName>> {
        let server = self.0.server();
        let nodes = node_calls::nodes(&server.keys);
        self.ask_one(&server.nodes, nodes, node_calls::listed)
    }

    fn detach(&self) -> Answer<()> {
        self.0.detach()
    }
}
