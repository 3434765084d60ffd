//! The shards of this hub, asked from outside of them.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use tokio::sync::oneshot;
use wirehub_core::{
    Answer, ConnectionDetails, ConnectionInfo, Handover, Placement, Presented, Recipient, Relay,
    Request, TopicInfo, TopicsQuery,
};
use wirehub_model::{ConnectionId, Direct, Refusal, Subscribe, Topic, UserId};

use crate::{
    HubError,
    letter::{Letter, ShardSender},
};

/// The ways to all shards of this hub.
#[derive(Clone, Debug)]
pub(crate) struct Shards {
    senders: Arc<[ShardSender]>,
    placement: Placement,
}

/// How many connections a request concerned, and why it did not concern others.
#[derive(Debug, Default)]
pub(crate) struct Begun {
    pub(crate) connections: u64,
    pub(crate) refusal: Option<Refusal>,
}

impl Shards {
    pub(crate) fn new(senders: Vec<ShardSender>, placement: Placement) -> Self {
        Self {
            senders: senders.into(),
            placement,
        }
    }

    /// The same on a node that has this number among others.
    pub(crate) fn on_node(self, number: u16) -> Self {
        Self {
            placement: self.placement.on_node(number),
            ..self
        }
    }

    /// The way to each, in the order of their numbers.
    pub(crate) fn senders(&self) -> &[ShardSender] {
        &self.senders
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.senders.len()
    }

    /// The number of this node.
    pub(crate) const fn node(&self) -> u16 {
        self.placement.node()
    }

    /// Asks the home of a topic.
    pub(crate) async fn ask_home(
        &self,
        topic: &Topic,
        request: Request,
    ) -> Result<Answer, HubError> {
        self.ask(self.placement.home(topic), request).await
    }

    /// Asks the shards that `who` may be on, and adds up their answers.
    pub(crate) async fn count(&self, who: &Recipient, request: Request) -> Result<u64, HubError> {
        let mut sum = 0;
        for shard in self.of(who) {
            if let Answer::Count(count) = self.ask(shard, request.clone()).await? {
                sum += count;
            }
        }
        Ok(sum)
    }

    /// Subscribes connections to something.
    pub(crate) async fn subscribe(
        &self,
        who: &Recipient,
        wish: &Subscribe,
    ) -> Result<Begun, HubError> {
        let mut begun = Begun::default();
        for shard in self.of(who) {
            let (who, wish) = (who.clone(), Box::new(wish.clone()));
            let request = Request::Subscribe { who, wish };
            if let Answer::Subscribed {
                connections,
                refusal,
            } = self.ask(shard, request).await?
            {
                begun.connections += connections;
                begun.refusal = begun.refusal.or(refusal);
            }
        }
        Ok(begun)
    }

    /// Tells a user's connections, without being told how many there are.
    pub(crate) async fn tell_user(&self, user: &UserId, direct: &Arc<Direct>) {
        for shard in &*self.senders {
            let relay = Relay::TellUser(user.clone(), Arc::clone(direct));
            // A shard that has stopped has no connections.
            let _ = shard.send(Letter::Relays(vec![relay])).await;
        }
    }

    /// Lists topics that somebody here subscribes to, in the order of their names, and says
    /// whether there are more behind them.
    pub(crate) async fn topics(
        &self,
        query: &TopicsQuery,
    ) -> Result<(Vec<TopicInfo>, bool), HubError> {
        let mut topics = TopicSum::new(query.limit);
        for shard in 0..self.len() as u16 {
            // Each gives as many as are wanted altogether, so the first names are complete.
            let request = Request::Topics(query.clone());
            if let Answer::Topics(list, more) = self.ask(shard, request).await? {
                topics.add(list, more);
            }
        }
        Ok(topics.first())
    }

    /// Lists the connections of a user.
    pub(crate) async fn connections_of(
        &self,
        user: &UserId,
    ) -> Result<Vec<ConnectionInfo>, HubError> {
        let mut all = Vec::new();
        for shard in 0..self.len() as u16 {
            let request = Request::Connections {
                user: Some(user.clone()),
                from: 0,
                limit: usize::MAX,
            };
            if let Answer::Connections { list, .. } = self.ask(shard, request).await? {
                all.extend(list);
            }
        }
        Ok(all)
    }

    /// Lists connections from a slot of a shard on, and says where to go on.
    pub(crate) async fn connections(
        &self,
        (shard, from): (u16, u32),
        limit: usize,
    ) -> Result<(Vec<ConnectionInfo>, Option<(u16, u32)>), HubError> {
        if usize::from(shard) >= self.len() {
            // Whoever goes on from there was told so when there were more.
            return Ok((Vec::new(), None));
        }
        let user = None;
        let request = Request::Connections { user, from, limit };
        let Answer::Connections { list, next } = self.ask(shard, request).await? else {
            return Err(HubError::Stopped);
        };
        let next = match next {
            Some(from) => Some((shard, from)),
            None if usize::from(shard) + 1 < self.len() => Some((shard + 1, 0)),
            None => None,
        };
        Ok((list, next))
    }

    /// Looks closer at a connection.
    pub(crate) async fn connection(
        &self,
        id: ConnectionId,
    ) -> Result<Option<ConnectionDetails>, HubError> {
        for shard in self.of(&Recipient::Connection(id)) {
            if let Answer::Connection(found) = self.ask(shard, Request::Connection(id)).await? {
                return Ok(found.map(|details| *details));
            }
        }
        Ok(None)
    }

    /// Takes out a session that goes on on another node.
    pub(crate) async fn take_session(
        &self,
        presented: Presented,
    ) -> Result<Option<Box<Handover>>, HubError> {
        for shard in self.of(&Recipient::Connection(presented.place())) {
            let request = Request::TakeSession(presented.clone());
            if let Answer::Session(found) = self.ask(shard, request).await? {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The shards that `who` may be on.
    fn of(&self, who: &Recipient) -> Range<u16> {
        let all = 0..self.len() as u16;
        match who {
            Recipient::Connection(id) if id.node() == self.node() && all.contains(&id.shard()) => {
                id.shard()..id.shard() + 1
            }
            Recipient::Connection(_) => 0..0,
            Recipient::User(_) | Recipient::Everyone => all,
        }
    }

    /// Has the shard of a connection begin with something; the answer comes later.
    pub(crate) async fn begin(
        &self,
        who: &Recipient,
        request: Request,
    ) -> Option<oneshot::Receiver<Answer>> {
        let shard = self.of(who).next()?;
        let (answer, answered) = oneshot::channel();
        let letter = Letter::Request(request, answer);
        let sender = self.senders.get(usize::from(shard))?;
        sender.send(letter).await.ok().map(|()| answered)
    }

    async fn ask(&self, shard: u16, request: Request) -> Result<Answer, HubError> {
        let shard = self.senders.get(usize::from(shard));
        let shard = shard.ok_or(HubError::Stopped)?;
        let (answer, answered) = oneshot::channel();
        let letter = Letter::Request(request, answer);
        shard.send(letter).await.map_err(|_| HubError::Stopped)?;
        answered.await.map_err(|_| HubError::Stopped)
    }
}

/// Lists of topics, from several who each count their own subscribers.
#[derive(Debug)]
pub(crate) struct TopicSum {
    subscribers: BTreeMap<Topic, u64>,
    more: bool,
    limit: usize,
}

impl TopicSum {
    /// Nothing yet, of which so many will be wanted.
    pub(crate) const fn new(limit: usize) -> Self {
        Self {
            subscribers: BTreeMap::new(),
            more: false,
            limit,
        }
    }

    pub(crate) fn add(&mut self, list: Vec<TopicInfo>, more: bool) {
        self.more |= more;
        for info in list {
            *self.subscribers.entry(info.topic).or_default() += info.subscribers;
        }
    }

    /// The first of them, and whether there are more.
    pub(crate) fn first(self) -> (Vec<TopicInfo>, bool) {
        let more = self.more || self.subscribers.len() > self.limit;
        let list = self.subscribers.into_iter().take(self.limit);
        let list = list.map(|(topic, subscribers)| TopicInfo { topic, subscribers });
        (list.collect(), more)
    }
}
