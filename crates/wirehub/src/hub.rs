//! The handle of a running hub.

mod drain;

use std::{net::SocketAddr, sync::Arc};

use futures_util::future::select_all;
use wirehub_broker::NodeName;
use wirehub_core::{Answer, ConnectionDetails, Recipient, Renewal, Request, TopicsQuery};
use wirehub_events::Selection;
use wirehub_intake::{Intake, RecordLog};
use wirehub_model::{
    CloseReason, ConnectionId, History, HistoryQuery, Limits, Message, Moment, Namespaces,
    PresencePage, PresenceQuery, Publish, Published, Subscribe, Topic, TopicFilter, UserId,
};
use wirehub_traces::Tracer;

use crate::{
    ClusterInfo, ConnectionList, DependencyStatus, DoorSettings, HubBuilder, HubError, HubReport,
    LeakReport, Onlooker, Page, ShardHealth, StartError, TaskInfo, TopicList, UpgradeService,
    cluster::{Cluster, Given, Here, Wanted},
    letter::Letter,
    reach::Reach,
    shards::{Shards, TopicSum},
    shared::Shared,
    tasks::Tasks,
};

/// A running hub. Clones are handles of the same one; it runs until [`Hub::stop`] is called.
#[derive(Clone, Debug)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: Option<SocketAddr>,
    shards: Shards,
    reach: Reach,
    shared: Arc<Shared>,
    tasks: Tasks,
}

impl Hub {
    /// Begins to build a hub.
    #[must_use]
    pub fn builder() -> HubBuilder {
        HubBuilder::default()
    }

    pub(crate) fn new(
        address: Option<SocketAddr>,
        shards: Shards,
        cluster: Option<Cluster>,
        shared: Arc<Shared>,
        tasks: Tasks,
    ) -> Self {
        let here = Here::new(shards.clone(), &shared, &tasks);
        Self(Arc::new(Inner {
            address,
            shards,
            reach: Reach::new(here, cluster),
            shared,
            tasks,
        }))
    }

    /// Where clients connect; `None` when the hub has no listener of its own.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.address
    }

    /// Publishes to a topic. Returns the place of the publication in the topic's stream, and
    /// whether it had been published before with the same idempotency key.
    ///
    /// # Errors
    /// When the hub holds as many topics as it may, could not store the publication, or has
    /// stopped.
    pub async fn publish(&self, publish: Publish) -> Result<Published, HubError> {
        let topic = publish.topic.clone();
        match self
            .0
            .shards
            .ask_home(&topic, Request::Publish(publish))
            .await?
        {
            Answer::Published(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Publishes in the name of a client, which the publication is told to be from and which gets
    /// it only with [`Publish::echo`].
    ///
    /// # Errors
    /// As for [`Hub::publish`].
    pub async fn publish_for(
        &self,
        connection: ConnectionId,
        wish: Publish,
    ) -> Result<Published, HubError> {
        let topic = wish.topic.clone();
        let request = Request::PublishFor { connection, wish };
        match self.0.shards.ask_home(&topic, request).await? {
            Answer::Published(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Reads past publications of a topic.
    ///
    /// # Errors
    /// When the topic's namespace keeps no history, or the hub has stopped.
    pub async fn history(&self, query: HistoryQuery) -> Result<History, HubError> {
        let topic = query.topic.clone();
        match self
            .0
            .shards
            .ask_home(&topic, Request::History(query))
            .await?
        {
            Answer::History(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Forgets what was published to a topic: its history, and its last values. Where it stands
    /// stays, so whoever comes back is told that it missed something.
    ///
    /// # Errors
    /// When a broker keeps the topic and cannot, or the hub has stopped.
    pub async fn forget(&self, topic: Topic) -> Result<(), HubError> {
        let request = Request::Forget(topic.clone());
        match self.0.shards.ask_home(&topic, request).await? {
            Answer::Forgotten(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Lists who is on a topic, and counts them: at most as many members as the query and
    /// [`Limits::members_listed`] say, and those after the last one when asked again.
    ///
    /// # Errors
    /// When the topic's namespace has no presence, or the hub has stopped.
    pub async fn presence(&self, query: PresenceQuery) -> Result<PresencePage, HubError> {
        let topic = query.topic.clone();
        match self
            .0
            .shards
            .ask_home(&topic, Request::Presence(query))
            .await?
        {
            Answer::Presence(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Tells every connection of a user, on every node; returns how many there were.
    ///
    /// # Errors
    /// [`HubError::Silent`] when some nodes did not answer, or when the hub has stopped.
    pub async fn send_to_user(&self, user: UserId, message: Message) -> Result<u64, HubError> {
        self.tell(Recipient::User(user), message).await
    }

    /// Tells one connection, on whatever node; returns whether it was there.
    ///
    /// # Errors
    /// When its node does not answer, or the hub has stopped.
    pub async fn send_to_connection(
        &self,
        connection: ConnectionId,
        message: Message,
    ) -> Result<bool, HubError> {
        let told = self
            .tell(Recipient::Connection(connection), message)
            .await?;
        Ok(told > 0)
    }

    /// Tells every connection, on every node; returns how many there were.
    ///
    /// # Errors
    /// As for [`Hub::send_to_user`].
    pub async fn broadcast(&self, message: Message) -> Result<u64, HubError> {
        self.tell(Recipient::Everyone, message).await
    }

    /// Closes connections, on every node; returns how many.
    ///
    /// # Errors
    /// As for [`Hub::send_to_user`].
    pub async fn disconnect(&self, who: Recipient, reason: CloseReason) -> Result<u64, HubError> {
        let wanted = Wanted::Disconnect(who.clone(), reason);
        self.0.reach.everywhere(&who, wanted).await
    }

    /// Subscribes connections to something, on every node and whatever their tokens allow; returns
    /// how many have the subscription then.
    ///
    /// # Errors
    /// When a bound does not allow any of them to, and as for [`Hub::send_to_user`].
    pub async fn subscribe(&self, who: Recipient, wish: Subscribe) -> Result<u64, HubError> {
        let wanted = Wanted::Subscribe(who.clone(), Box::new(wish));
        self.0.reach.everywhere(&who, wanted).await
    }

    /// Ends a subscription of connections on every node, whose filter is written as it was
    /// subscribed; returns how many had it.
    ///
    /// # Errors
    /// As for [`Hub::send_to_user`].
    pub async fn unsubscribe(&self, who: Recipient, filter: TopicFilter) -> Result<u64, HubError> {
        let wanted = Wanted::Unsubscribe(who.clone(), filter);
        self.0.reach.everywhere(&who, wanted).await
    }

    /// Lets connections stay for longer on every node, or not so long, as if their clients had
    /// brought new tokens; returns how many.
    ///
    /// # Errors
    /// As for [`Hub::send_to_user`].
    pub async fn renew(&self, who: Recipient, renewal: Renewal) -> Result<u64, HubError> {
        let wanted = Wanted::Renew(who.clone(), renewal);
        self.0.reach.everywhere(&who, wanted).await
    }

    /// Lists topics that somebody subscribes to by name on any node, in the order of their names.
    /// Every shard looks through all its subscriptions: this is for people, and not for programs
    /// in a loop.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn topics(&self, query: &TopicsQuery) -> Result<TopicList, HubError> {
        let mut topics = TopicSum::new(query.limit);
        let wanted = Wanted::Topics(query.clone());
        let (given, silent) = self.0.reach.all(wanted).await?;
        for given in given {
            if let Given::Topics(list, more) = given {
                topics.add(list, more);
            }
        }
        let (list, more) = topics.first();
        Ok(TopicList { list, more, silent })
    }

    /// Lists the connections of a user, at most [`Limits::connections_per_user`] of each shard of
    /// each node.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn connections_of(&self, user: UserId) -> Result<ConnectionList, HubError> {
        let (given, silent) = self.0.reach.all(Wanted::ConnectionsOf(user)).await?;
        let mut list = Vec::new();
        for given in given {
            if let Given::Connections(more, _) = given {
                list.extend(more);
            }
        }
        Ok(ConnectionList {
            list,
            next: None,
            silent,
        })
    }

    /// Lists connections of all nodes, at most `limit` at a time: begin with [`Page::default`] and
    /// go on with the page that comes back, until there is none. A node that does not answer is
    /// passed over, and named.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn connections(&self, page: Page, limit: usize) -> Result<ConnectionList, HubError> {
        self.0.reach.connections(page, limit).await
    }

    /// Whether a page can be one that [`Hub::connections`] gave.
    #[must_use]
    pub fn may_have(&self, page: Page) -> bool {
        self.0.reach.may_have(page)
    }

    /// Looks closer at a connection, on whatever node; `None` when it is not there.
    ///
    /// # Errors
    /// When its node does not answer, or the hub has stopped.
    pub async fn connection(
        &self,
        id: ConnectionId,
    ) -> Result<Option<ConnectionDetails>, HubError> {
        match self.0.reach.at(id, Wanted::Connection(id)).await? {
            Given::Connection(found) => Ok(found.map(|details| *details)),
            _ => Ok(None),
        }
    }

    /// The hub's numbers. A shard that does not answer in time is missing from them, and no other
    /// request waits for it.
    pub async fn report(&self) -> HubReport {
        self.0.reach.here().report().await
    }

    /// The nodes of the cluster at a glance, this one too; `None` for a hub without a broker.
    pub async fn cluster(&self) -> Option<ClusterInfo> {
        self.0.reach.info().await
    }

    /// The name by which its broker knows the hub, if it has one.
    #[must_use]
    pub fn node(&self) -> Option<&NodeName> {
        self.0.reach.cluster().map(Cluster::name)
    }

    /// The node that serves a connection, as far as it is known here.
    #[must_use]
    pub fn node_of(&self, connection: ConnectionId) -> Option<NodeName> {
        let cluster = self.0.reach.cluster()?;
        cluster.name_of(connection.node())
    }

    /// What the hub's clock says, for whoever has to name a moment to it.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.shared.clock.moment()
    }

    /// Who records the ways of publications, if somebody does.
    #[must_use]
    pub fn tracer(&self) -> Option<&Tracer> {
        self.0.shared.tracer.as_ref()
    }

    /// How many shards the hub has.
    #[must_use]
    pub fn shards(&self) -> usize {
        self.0.shards.len()
    }

    /// What the hub depends on, as it was last checked.
    #[must_use]
    pub fn dependencies(&self) -> Vec<DependencyStatus> {
        self.0.shared.dependencies()
    }

    /// How each shard is doing, in the order of their numbers. Says so without asking any, so it
    /// never waits.
    #[must_use]
    pub fn shard_health(&self) -> Vec<ShardHealth> {
        self.0.shared.shard_health()
    }

    /// What is left over although nothing should keep it, as of the last look.
    #[must_use]
    pub fn leaks(&self) -> LeakReport {
        self.0.shared.leaks.report()
    }

    /// What tests plant leaks in.
    #[cfg(test)]
    pub(crate) fn parts(&self) -> (Tasks, tokio::runtime::Handle) {
        (self.0.tasks.clone(), self.0.shared.runtime.clone())
    }

    /// Every task and thread of the hub, the oldest first.
    #[must_use]
    pub fn tasks(&self) -> Vec<TaskInfo> {
        self.0.tasks.list()
    }

    /// Changes bounds and rules while the hub runs. They hold for what happens from then on; the
    /// bounds on connections and handshakes stay as they were at the start.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn reload(&self, limits: Limits, namespaces: Namespaces) -> Result<(), HubError> {
        self.0.shared.set_message_bytes(limits.message_bytes);
        let namespaces = self.0.shared.settings.pusher.named(namespaces);
        let (limits, namespaces) = (Arc::new(limits), Arc::new(namespaces));
        for shard in self.0.shards.senders() {
            let letter = Letter::Reload(Arc::clone(&limits), Arc::clone(&namespaces));
            shard.send(letter).await.map_err(|_| HubError::Stopped)?;
        }
        Ok(())
    }

    /// Changes how clients are let in while the hub runs. Clients that are in stay in until their
    /// tokens expire.
    ///
    /// # Errors
    /// When the settings are wrong; the ones before stay in force.
    pub fn reload_door(&self, settings: &DoorSettings) -> Result<(), StartError> {
        let refresher = self.0.shared.doorkeeper().replace(settings)?;
        if let Some(refresher) = refresher {
            let tasks = &self.0.tasks;
            tasks.spawn("key-refresher", &self.0.shared.runtime, refresher.run());
        }
        Ok(())
    }

    /// Stops the hub at once and waits until all its tasks and threads have ended and all its
    /// sockets are closed.
    pub async fn stop(&self) {
        self.0.shared.intakes.close().await;
        for shard in self.0.shards.senders() {
            let _ = shard.send(Letter::Stop).await;
        }
        self.0.tasks.stop().await;
        if let Some(cluster) = self.0.reach.cluster() {
            cluster.leave().await;
        }
        // Now nothing happens any more.
        self.0.shared.events.finish().await;
    }

    /// Publishes what comes through a log, until the hub drains or stops.
    pub fn take_in(&self, intake: Intake, log: Box<dyn RecordLog>) {
        let shared = &self.0.shared;
        let work = shared.intakes.open(intake, log, self.clone());
        self.0.tasks.spawn("intake", &shared.runtime, work);
    }

    /// Looks on at what happens from now on.
    pub async fn look_on(&self, selection: Selection) -> Onlooker {
        let shared = &self.0.shared;
        let tail = shared.events.tail(selection);
        Onlooker::new(tail, self.0.shards.senders(), shared.runtime.clone()).await
    }

    /// Ends when a shard has failed, or the hub lost its place among others, either of which leaves
    /// it incomplete: whoever runs it should stop it and let a supervisor start it anew. The log
    /// says which.
    pub async fn failed(&self) {
        // There is at least one shard: the builder sees to that.
        let shards = self.0.shards.senders().iter();
        let watched = shards.map(|shard| Box::pin(shard.closed()));
        tokio::select! {
            _ = select_all(watched) => {}
            () = self.0.shared.failed() => {}
        }
    }

    /// The WebSocket endpoint as a service, for a route of an application that has its own server.
    #[must_use]
    pub fn upgrade(&self) -> UpgradeService {
        let shards = self.0.shards.senders().to_vec();
        UpgradeService::new(shards, Arc::clone(&self.0.shared), self.0.tasks.clone())
    }

    async fn tell(&self, to: Recipient, message: Message) -> Result<u64, HubError> {
        let Request::Tell { to, direct } = Request::tell(to, message) else {
            return Ok(0);
        };
        let wanted = Wanted::Tell(to.clone(), direct);
        self.0.reach.everywhere(&to, wanted).await
    }
}
