//! What the nodes meet on. Another one is one more module, and an arm below.

mod nats;
mod redis;
mod server;

use std::path::Path;

use anyhow::{Result, bail};

use crate::chaos::broker::nats::Nats;
use crate::chaos::broker::redis::Redis;
use crate::chaos::network::Network;
use crate::project::Project;

/// Those there are.
pub(crate) const NAMES: [&str; 2] = ["redis", "nats"];

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
        "nats" => Box::new(Nats::new(project, network, folder, plant)?),
        _ => bail!("there is no broker `{name}`"),
    };
    broker.start()?;
    Ok(broker)
}
