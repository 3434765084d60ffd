//! What the nodes meet on. Another one is one more module, and an arm below.

mod kafka;
mod nats;
mod patience;
mod redis;
mod redis_cluster;
mod redis_sentinel;
mod redis_server;
mod server;

use std::path::Path;

use anyhow::{Result, bail};

use crate::chaos::broker::kafka::Kafka;
use crate::chaos::broker::nats::Nats;
use crate::chaos::broker::redis::Redis;
use crate::chaos::broker::redis_cluster::RedisCluster;
use crate::chaos::broker::redis_sentinel::RedisSentinel;
use crate::chaos::network::Network;
use crate::project::Project;
use crate::setup::tansu;

/// Those there are.
pub(crate) const NAMES: [&str; 5] = ["redis", "redis-cluster", "redis-sentinel", "nats", "kafka"];

/// What a program needs to be built with so that it can meet there, for Cargo.
pub(crate) fn feature(name: &str) -> Option<&'static str> {
    (name == "kafka").then_some("wirehub-cli/kafka")
}

/// Gets what takes long, before anything is started.
pub(crate) fn prepare(project: &Project, name: &str) -> Result<()> {
    match name {
        "kafka" => tansu::install(project),
        _ => Ok(()),
    }
}

/// What is particular about it, for the page.
pub(crate) fn about(name: &str) -> Option<&'static str> {
    match name {
        "kafka" => Some(
            "The broker is Tansu, a server of Kafka's protocol, with a SQLite file: Apache Kafka \
             itself cannot be had\nwhere this was run.",
        ),
        "redis-cluster" => Some(
            "The broker is a cluster of three masters without replicas. `kill-broker` ends one of \
             them, each in turn;\nthe topics of the others go on meanwhile.",
        ),
        "redis-sentinel" => Some(
            "The broker is a master with a replica that three sentinels have take over; \
             `broker.redis.replicas = 1`, so\nthat a publication is acknowledged when the replica \
             has it. `kill-broker` ends the master, and the\nformer one comes back as the replica. \
             Redis copies behind the answer, so a new master may lack what\nwas not acknowledged: \
             topics begin an epoch, and every subscriber is told that it may have missed\n\
             something. Those are the gaps of that row; elsewhere there may be none. While no \
             replica is there,\npublications are refused; they may be heard all the same, like any \
             whose answer was cut off.",
        ),
        _ => None,
    }
}

/// A broker that can be killed and comes back with what it had on its disk.
pub(crate) trait Broker {
    /// What it is, with its version.
    fn version(&self) -> Result<String>;
    /// The part of the settings of a node that leads to it.
    fn settings(&self) -> String;
    /// Starts it, for the first time or again, and waits until it answers.
    fn start(&mut self) -> Result<()>;
    /// Ends it as `kill -9` does.
    fn kill(&mut self) -> Result<()>;
    /// Whether its end begins epochs, so that everybody is told that something may be missing.
    fn begins_epochs(&self) -> bool {
        false
    }
}

/// What is wrong on purpose, to see that it is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Plant {
    /// The broker keeps nothing over its end, and nodes are told that it loses nothing.
    ForgetfulBroker,
    /// The broker comes back with what it had some seconds before, and nodes are told the same.
    RolledBackBroker,
}

impl Plant {
    pub(crate) const ALL: [Self; 2] = [Self::ForgetfulBroker, Self::RolledBackBroker];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ForgetfulBroker => "forgetful-broker",
            Self::RolledBackBroker => "rolled-back-broker",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plant| plant.name() == name)
    }
}

/// Makes one by its name, and starts it.
pub(crate) fn start(
    project: &Project,
    name: &str,
    network: &Network,
    folder: &Path,
    plant: Option<Plant>,
) -> Result<Box<dyn Broker>> {
    let mut broker: Box<dyn Broker> = match name {
        "redis" => Box::new(Redis::new(network, folder, plant)?),
        "redis-cluster" => Box::new(RedisCluster::new(network, folder, plant)?),
        "redis-sentinel" => Box::new(RedisSentinel::new(network, folder, plant)?),
        "kafka" => Box::new(Kafka::new(project, network, folder, plant)?),
        "nats" => Box::new(Nats::new(project, network, folder, plant)?),
        _ => bail!("there is no broker `{name}`"),
    };
    broker.start()?;
    Ok(broker)
}
