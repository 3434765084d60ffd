//! A Redis server that writes everything to its disk before it answers.

use std::path::Path;

use anyhow::Result;

use super::redis_server::{self, RedisServer};
use super::{Broker, Plant};
use crate::chaos::network::{Network, Place};

/// A server of the run's own.
pub(crate) struct Redis(RedisServer);

impl Redis {
    pub(crate) fn new(network: &Network, folder: &Path, plant: Option<Plant>) -> Result<Self> {
        let address = network.address(Place::Broker, 6_379)?;
        let keeps = redis_server::keeps(plant);
        let server = RedisServer::new(network, &folder.join("redis"), address, keeps)?;
        Ok(Self(server))
    }
}

impl Broker for Redis {
    fn version(&self) -> Result<String> {
        redis_server::version()
    }

    fn settings(&self) -> String {
        let address = self.0.address;
        format!(
            "[broker]\nkind = \"redis\"\nredis = {{ url = \"redis://{address}\", durable = true }}\n"
        )
    }

    fn start(&mut self) -> Result<()> {
        self.0.start()
    }

    fn kill(&mut self) -> Result<()> {
        self.0.kill();
        Ok(())
    }
}
