//! The handle of a running hub.

mod drain;

pub use drain::DrainProgress;

use std::{collections::BTreeMap, net::SocketAddr, ops::Range, sync::Arc, time::Duration};

use futures_util::future::{join_all, select_all};
use tokio::{
    sync::oneshot,
    time::{Instant, timeout},
};
use wirehub_core::{
    Answer, ConnectionDetails, ConnectionInfo, Placement, Recipient, Renewal, Request, TopicInfo,
    TopicsQuery,
};
use wirehub_events::Selection;
use wirehub_model::{
    CloseReason, ConnectionId, History, HistoryQuery, Limits, Message, Moment, Namespaces,
    PresencePage, PresenceQuery, Publish, Published, Subscribe, Topic, TopicFilter, UserId,
};
use wirehub_traces::Tracer;
use wirehub_transport::Tls;

use crate::{
    DependencyStatus, DoorSettings, HubBuilder, HubError, HubReport, LeakReport, Onlooker,
    ShardHealth, ShardReport, Silence, StartError, TaskInfo, UpgradeService,
    clock::Clock,
    letter::{Letter, ShardSender},
    shared::Shared,
    tasks::Tasks,
};

/// How long a shard may take to give its numbers.
const REPORT_TIMEOUT: Duration = Duration::from_millis(500);

/// A running hub. Clones are handles of the same one; it runs until [`Hub::stop`] is called.
#[derive(Clone, Debug)]
pub struct Hub(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    address: Option<SocketAddr>,
    shards: Vec<ShardSender>,
    placement: Placement,
    shared: Arc<Shared>,
    tasks: Tasks,
    clock: Clock,
}

impl Hub {
    /// Begins to build a hub.
    #[must_use]
    pub fn builder() -> HubBuilder {
        HubBuilder::default()
    }

    pub(crate) fn new(
        address: Option<SocketAddr>,
        shards: Vec<ShardSender>,
        placement: Placement,
        shared: Arc<Shared>,
        tasks: Tasks,
        clock: Clock,
    ) -> Self {
        Self(Arc::new(Inner {
            address,
            shards,
            placement,
            shared,
            tasks,
            clock,
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
        let home = self.0.placement.home(&publish.topic);
        match self.ask(home, Request::Publish(publish)).await? {
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
        let home = self.0.placement.home(&wish.topic);
        let request = Request::PublishFor { connection, wish };
        match self.ask(home, request).await? {
            Answer::Published(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Reads past publications of a topic.
    ///
    /// # Errors
    /// When the topic's namespace keeps no history, or the hub has stopped.
    pub async fn history(&self, query: HistoryQuery) -> Result<History, HubError> {
        let home = self.0.placement.home(&query.topic);
        match self.ask(home, Request::History(query)).await? {
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
        let home = self.0.placement.home(&topic);
        match self.ask(home, Request::Forget(topic)).await? {
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
        let home = self.0.placement.home(&query.topic);
        match self.ask(home, Request::Presence(query)).await? {
            Answer::Presence(result) => result.map_err(HubError::Refused),
            _ => Err(HubError::Stopped),
        }
    }

    /// Tells every connection of a user; returns how many there were.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn send_to_user(&self, user: UserId, message: Message) -> Result<u64, HubError> {
        self.tell(Recipient::User(user), message).await
    }

    /// Tells one connection; returns whether it was there.
    ///
    /// # Errors
    /// When the hub has stopped.
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

    /// Tells every connection; returns how many there were.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn broadcast(&self, message: Message) -> Result<u64, HubError> {
        self.tell(Recipient::Everyone, message).await
    }

    /// Closes connections; returns how many.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn disconnect(&self, who: Recipient, reason: CloseReason) -> Result<u64, HubError> {
        self.count(&who.clone(), Request::Disconnect { who, reason })
            .await
    }

    /// Subscribes connections to something, whatever their tokens allow; returns how many have the
    /// subscription then.
    ///
    /// # Errors
    /// When a bound does not allow any of them to, or the hub has stopped.
    pub async fn subscribe(&self, who: Recipient, wish: Subscribe) -> Result<u64, HubError> {
        let (mut sum, mut refused) = (0, None);
        for shard in self.shards_of(&who) {
            let (who, wish) = (who.clone(), Box::new(wish.clone()));
            let request = Request::Subscribe { who, wish };
            if let Answer::Subscribed {
                connections,
                refusal,
            } = self.ask(shard, request).await?
            {
                sum += connections;
                refused = refused.or(refusal);
            }
        }
        match refused {
            Some(refusal) if sum == 0 => Err(HubError::Refused(refusal)),
            _ => Ok(sum),
        }
    }

    /// Ends a subscription of connections, whose filter is written as it was subscribed; returns
    /// how many had it.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn unsubscribe(&self, who: Recipient, filter: TopicFilter) -> Result<u64, HubError> {
        self.count(&who.clone(), Request::Unsubscribe { who, filter })
            .await
    }

    /// Lets connections stay for longer, or not so long, as if their clients had brought new
    /// tokens; returns how many.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn renew(&self, who: Recipient, renewal: Renewal) -> Result<u64, HubError> {
        self.count(&who.clone(), Request::Renew { who, renewal })
            .await
    }

    /// Lists topics that somebody subscribes to by name, in the order of their names, and says
    /// whether there are more behind them. Every shard looks through all its subscriptions: this
    /// is for people, and not for programs in a loop.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn topics(&self, query: &TopicsQuery) -> Result<(Vec<TopicInfo>, bool), HubError> {
        let mut subscribers = BTreeMap::new();
        let mut more = false;
        for shard in 0..self.0.shards.len() as u16 {
            // Each gives as many as are wanted altogether, so the first names are complete.
            let request = Request::Topics(query.clone());
            if let Answer::Topics(list, rest) = self.ask(shard, request).await? {
                more |= rest;
                for info in list {
                    *subscribers.entry(info.topic).or_default() += info.subscribers;
                }
            }
        }
        more |= subscribers.len() > query.limit;
        let list = subscribers.into_iter().take(query.limit);
        let list = list.map(|(topic, subscribers)| TopicInfo { topic, subscribers });
        Ok((list.collect(), more))
    }

    /// Lists the connections of a user, at most [`Limits::connections_per_user`] of each shard.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn connections_of(&self, user: UserId) -> Result<Vec<ConnectionInfo>, HubError> {
        let mut all = Vec::new();
        for shard in 0..self.0.shards.len() as u16 {
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

    /// Lists connections, at most `limit` at a time: begin with [`Page::default`] and go on with
    /// the page that comes back, until there is none.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn connections(
        &self,
        page: Page,
        limit: usize,
    ) -> Result<(Vec<ConnectionInfo>, Option<Page>), HubError> {
        let Page { shard, from } = page;
        let user = None;
        let request = Request::Connections { user, from, limit };
        let Answer::Connections { list, next } = self.ask(shard, request).await? else {
            return Err(HubError::Stopped);
        };
        let next = match next {
            Some(from) => Some(Page { shard, from }),
            None if usize::from(shard) + 1 < self.0.shards.len() => Some(Page {
                shard: shard + 1,
                from: 0,
            }),
            None => None,
        };
        Ok((list, next))
    }

    /// Looks closer at a connection; `None` when it is not there.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub async fn connection(
        &self,
        id: ConnectionId,
    ) -> Result<Option<ConnectionDetails>, HubError> {
        for shard in self.shards_of(&Recipient::Connection(id)) {
            if let Answer::Connection(found) = self.ask(shard, Request::Connection(id)).await? {
                return Ok(found.map(|details| *details));
            }
        }
        Ok(None)
    }

    /// The hub's numbers. A shard that does not answer in time is missing from them, and no other
    /// request waits for it.
    pub async fn report(&self) -> HubReport {
        let mut report = HubReport {
            uptime: self.0.clock.uptime(),
            now: self.0.clock.moment(),
            tasks: self.0.tasks.counts(),
            outlets: self.0.shared.events.stats(),
            traces: self.tracer().map(Tracer::stats).unwrap_or_default(),
            certificate_expires_at: self.0.shared.settings.tls.as_ref().map(Tls::expires_at),
            dependencies: self.dependencies(),
            shard_health: self.shard_health(),
            leaks: self.leaks(),
            draining: self.is_draining(),
            allocated: self
                .0
                .shared
                .heap
                .as_ref()
                .and_then(|heap| heap.allocated()),
            ..HubReport::default()
        };
        // All at once: shards that are silent together cost the time of one.
        let answers = join_all(self.0.shards.iter().map(ask_for_report)).await;
        for (number, answer) in (0..).zip(answers) {
            report.answers.push(answer.map(|(shard, took)| {
                report.total.merge(&shard);
                report.shards.insert(number, shard);
                took
            }));
        }
        report
    }

    /// What the hub's clock says, for whoever has to name a moment to it.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.0.clock.moment()
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
        for shard in &self.0.shards {
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
        for shard in &self.0.shards {
            let _ = shard.send(Letter::Stop).await;
        }
        self.0.tasks.stop().await;
        // Now nothing happens any more.
        self.0.shared.events.finish().await;
    }

    /// Looks on at what happens from now on.
    pub async fn look_on(&self, selection: Selection) -> Onlooker {
        let shared = &self.0.shared;
        let tail = shared.events.tail(selection);
        Onlooker::new(tail, &self.0.shards, shared.runtime.clone()).await
    }

    /// Ends when a shard has failed, which leaves the hub incomplete: whoever runs it should stop
    /// it and let a supervisor start it anew.
    pub async fn failed(&self) {
        // There is at least one shard: the builder sees to that.
        let watched = self.0.shards.iter().map(|shard| Box::pin(shard.closed()));
        select_all(watched).await;
    }

    /// The WebSocket endpoint as a service, for a route of an application that has its own server.
    #[must_use]
    pub fn upgrade(&self) -> UpgradeService {
        let shards = self.0.shards.clone();
        UpgradeService::new(shards, Arc::clone(&self.0.shared), self.0.tasks.clone())
    }

    async fn tell(&self, to: Recipient, message: Message) -> Result<u64, HubError> {
        self.count(&to.clone(), Request::tell(to, message)).await
    }

    /// The shards that `who` may be on.
    fn shards_of(&self, who: &Recipient) -> Range<u16> {
        let all = 0..self.0.shards.len() as u16;
        match who {
            Recipient::Connection(id) if all.contains(&id.shard()) => id.shard()..id.shard() + 1,
            Recipient::Connection(_) => 0..0,
            Recipient::User(_) | Recipient::Everyone => all,
        }
    }

    /// Asks the shards that `who` may be on, and adds up their answers.
    async fn count(&self, who: &Recipient, request: Request) -> Result<u64, HubError> {
        let mut sum = 0;
        for shard in self.shards_of(who) {
            if let Answer::Count(count) = self.ask(shard, request.clone()).await? {
                sum += count;
            }
        }
        Ok(sum)
    }

    async fn ask(&self, shard: u16, request: Request) -> Result<Answer, HubError> {
        let shard = self.0.shards.get(usize::from(shard));
        let shard = shard.ok_or(HubError::Stopped)?;
        let (answer, answered) = oneshot::channel();
        let letter = Letter::Request(request, answer);
        shard.send(letter).await.map_err(|_| HubError::Stopped)?;
        answered.await.map_err(|_| HubError::Stopped)
    }
}

/// The numbers of a shard, and how long it took to give them.
async fn ask_for_report(shard: &ShardSender) -> Result<(ShardReport, Duration), Silence> {
    let asked = Instant::now();
    let answer = async {
        let (answer, answered) = oneshot::channel();
        shard.send(Letter::Report(answer)).await.ok()?;
        answered.await.ok()
    };
    match timeout(REPORT_TIMEOUT, answer).await {
        Ok(Some(report)) => Ok((report, asked.elapsed())),
        Ok(None) => Err(Silence::Stopped),
        Err(_) => Err(Silence::Late(REPORT_TIMEOUT)),
    }
}

/// Where in the list of all connections to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Page {
    shard: u16,
    from: u32,
}

impl Page {
    /// The page at a place that [`Page::place`] gave.
    #[must_use]
    pub const fn at(place: u64) -> Self {
        Self {
            shard: (place >> 32) as u16,
            from: place as u32,
        }
    }

    /// The place as a number, for whoever has to send it around.
    #[must_use]
    pub const fn place(self) -> u64 {
        ((self.shard as u64) << 32) | self.from as u64
    }
}
