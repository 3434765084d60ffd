//! What this node does, for whoever asks: its own application, or another node.

use std::sync::Arc;

use wirehub_core::Request;
use wirehub_model::Moment;

use super::{Given, NodeInfo, Wanted};
use crate::{
    HubError, HubReport, reporter::Reporter, shards::Shards, shared::Shared, tasks::Tasks,
    usher::Usher,
};

/// This node.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    shards: Shards,
    reporter: Reporter,
    usher: Usher,
}

impl Here {
    pub(crate) fn new(shards: Shards, shared: &Arc<Shared>, tasks: &Tasks) -> Self {
        let reporter = Reporter::new(shards.clone(), Arc::clone(shared), tasks.clone());
        Self {
            usher: Usher::new(shards.clone(), Arc::clone(shared), reporter.clone()),
            shards,
            reporter,
        }
    }

    /// Its shards.
    pub(crate) const fn shards(&self) -> &Shards {
        &self.shards
    }

    /// Who sends its clients away.
    pub(crate) const fn usher(&self) -> &Usher {
        &self.usher
    }

    /// What its clock says.
    pub(crate) fn now(&self) -> Moment {
        self.reporter.now()
    }

    /// Its numbers.
    pub(crate) async fn report(&self) -> HubReport {
        self.reporter.report().await
    }

    /// Does on this node what is wanted.
    ///
    /// # Errors
    /// When the hub has stopped.
    pub(crate) async fn perform(&self, wanted: Wanted) -> Result<Given, HubError> {
        let Self {
            shards,
            reporter,
            usher,
        } = self;
        match wanted {
            Wanted::Tell(who, direct) => {
                let request = Request::Tell {
                    to: who.clone(),
                    direct,
                };
                shards.count(&who, request).await.map(Given::Count)
            }
            Wanted::Disconnect(who, reason) => {
                let request = Request::Disconnect {
                    who: who.clone(),
                    reason,
                };
                shards.count(&who, request).await.map(Given::Count)
            }
            Wanted::Subscribe(who, wish) => {
                let begun = shards.subscribe(&who, &wish).await;
                begun.map(|begun| Given::Subscribed(begun.connections, begun.refusal))
            }
            Wanted::Unsubscribe(who, filter) => {
                let request = Request::Unsubscribe {
                    who: who.clone(),
                    filter,
                };
                shards.count(&who, request).await.map(Given::Count)
            }
            Wanted::Renew(who, renewal) => {
                let request = Request::Renew {
                    who: who.clone(),
                    renewal,
                };
                shards.count(&who, request).await.map(Given::Count)
            }
            Wanted::Connections(from, limit) => {
                let listed = shards.connections(from, limit).await;
                listed.map(|(list, next)| Given::Connections(list, next))
            }
            Wanted::ConnectionsOf(user) => {
                let listed = shards.connections_of(&user).await;
                listed.map(|list| Given::Connections(list, None))
            }
            Wanted::Connection(id) => {
                let found = shards.connection(id).await;
                found.map(|found| Given::Connection(found.map(Box::new)))
            }
            Wanted::TakeSession(presented) => {
                let taken = shards.take_session(presented).await;
                taken.map(Given::Session)
            }
            Wanted::Topics(query) => {
                let listed = shards.topics(&query).await;
                listed.map(|(list, more)| Given::Topics(list, more))
            }
            Wanted::Drain(wish) => Ok(Given::Draining(usher.begin(wish).await)),
            Wanted::Stay => usher.call_off().await.map(Given::Draining),
            Wanted::Draining => Ok(Given::Draining(usher.look().await)),
            Wanted::Info => Ok(Given::Info(Box::new(info(
                &reporter.report().await,
                shards.len(),
            )))),
        }
    }
}

/// A node at a glance.
fn info(report: &HubReport, shards: usize) -> NodeInfo {
    let (core, io) = (&report.total.core, &report.total.io);
    let silent = (0..)
        .take(shards)
        .filter(|shard| !report.shards.contains_key(shard));
    NodeInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        uptime: report.uptime.as_secs_f64(),
        draining: report.draining,
        shards,
        silent_shards: silent.collect(),
        connections: core.connections,
        users: core.users,
        subscriptions: core.subscriptions,
        feeds: core.feeds,
        topics: core.topics,
        received: io.messages_in,
        published: core.published,
        delivered: core.deliveries,
    }
}
