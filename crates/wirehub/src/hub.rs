//! The handle of a running hub.

mod clients;
mod drain;
mod topics;

use std::{net::SocketAddr, sync::Arc};

use futures_util::future::select_all;
use wirehub_broker::NodeName;
use wirehub_events::Selection;
use wirehub_intake::{Intake, RecordLog};
use wirehub_model::{Limits, Moment, Namespaces};
use wirehub_traces::Tracer;

use crate::{
    ClusterInfo, DependencyStatus, DoorSettings, HubBuilder, HubError, HubReport, LeakReport,
    Onlooker, ShardHealth, StartError, TaskInfo, UpgradeService,
    cluster::{Cluster, Here},
    letter::Letter,
    reach::Reach,
    shards::Shards,
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
}
