//! The way between shards and the broker.

mod desk;
mod members;
mod record;
mod sink;

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, mpsc},
    time::{self, MissedTickBehavior},
};
use wirehub_broker::{Broker, BrokerError, Link, NodeName};
use wirehub_core::{Input, Placement, Told};

pub(crate) use desk::{Asked, BrokerDesk};
use sink::ShardSink;

use crate::{
    clock::Clock,
    cluster::{Cluster, Heard, WORDS, nodes_topic},
    letter::Letter,
    shards::Shards,
    shared::Shared,
};

/// How long the broker keeps what this node holds there when the node says nothing.
const LEASE: Duration = Duration::from_secs(15);
/// How often the node says that it lives.
const RENEWAL: Duration = Duration::from_secs(5);

/// A node at its broker: the way there, and what comes from there for nobody in particular.
pub(crate) struct Attached {
    pub(crate) link: Arc<dyn Link>,
    /// What other nodes say.
    pub(crate) heard: mpsc::Receiver<Heard>,
    /// Told when a node comes or goes.
    pub(crate) changed: Arc<Notify>,
}

/// Lets the hub in as a node; what the broker tells goes to the shards.
pub(crate) async fn attach(
    broker: &dyn Broker,
    node: NodeName,
    shards: Shards,
    placement: Placement,
    clock: Clock,
) -> Result<Attached, BrokerError> {
    let (words, heard) = mpsc::channel(WORDS);
    let changed = Arc::new(Notify::new());
    let sink = ShardSink {
        shards,
        placement,
        clock,
        words,
        changed: Arc::clone(&changed),
        nodes: nodes_topic(),
    };
    let link = broker.attach(node, LEASE, Arc::new(sink)).await?;
    Ok(Attached {
        link,
        heard,
        changed,
    })
}

/// Says again and again that the node lives. When it was believed dead meanwhile, its number is
/// taken again and its members are announced anew; a node whose name or number another one has got
/// by then is no part of the cluster any more, and fails.
pub(crate) async fn keep_lease(
    link: Arc<dyn Link>,
    cluster: Cluster,
    shards: Shards,
    shared: Arc<Shared>,
) {
    let mut renewals = time::interval(RENEWAL);
    renewals.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut holds_number = true;
    loop {
        renewals.tick().await;
        match link.renew().await {
            Ok(()) => {}
            Err(BrokerError::LeaseExpired) => {
                tracing::warn!("the node's lease had run out; its members enter again");
                holds_number = false;
            }
            Err(BrokerError::Stopped) => {
                let why = "the broker was shut down, or gave the node's name to another node";
                return shared.fail(why);
            }
            Err(error) => {
                tracing::warn!(%error, "the broker did not renew the node's lease");
                continue;
            }
        }
        if holds_number {
            continue;
        }
        match cluster.hold_number().await {
            Ok(true) => {
                holds_number = true;
                for shard in shards.senders() {
                    // A shard that has stopped has no members.
                    let _ = shard.send(Letter::Input(Input::Broker(Told::Missed))).await;
                }
            }
            Ok(false) => {
                let why = "the node was away for so long that another one has its number";
                return shared.fail(why);
            }
            Err(error) => tracing::warn!(%error, "the node's number is not held yet"),
        }
    }
}
