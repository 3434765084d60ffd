//! A Redis cluster of three masters that write everything to their disks before they answer.

use std::path::Path;

use anyhow::Result;

use super::patience::wait_until;
use super::redis_server::{self, RedisServer};
use super::{Broker, Plant};
use crate::chaos::network::{Network, Place};

const MASTERS: u16 = 3;
const SLOTS: u16 = 16_384;
/// Milliseconds after which a master that says nothing counts as dead.
const SILENT: u32 = 2_000;

/// The servers, of which each has its part of the slots. One of them is away at a time.
pub(crate) struct RedisCluster {
    masters: Vec<RedisServer>,
    /// Which one ends next, or has ended.
    turn: usize,
    is_joined: bool,
}

impl RedisCluster {
    pub(crate) fn new(network: &Network, folder: &Path, plant: Option<Plant>) -> Result<Self> {
        let keeps = redis_server::keeps(plant);
        let masters = (0..MASTERS).map(|number| {
            let address = network.address(Place::Broker, 6_379 + number)?;
            let bus = network.address(Place::Broker, 16_379 + number)?.port();
            let configuration = format!(
                "{keeps}cluster-enabled yes\ncluster-port {bus}\ncluster-node-timeout {SILENT}\n\
                 cluster-require-full-coverage no\n"
            );
            let folder = folder.join(format!("redis-{number}"));
            RedisServer::new(network, &folder, address, &configuration)
        });
        Ok(Self {
            masters: masters.collect::<Result<_>>()?,
            turn: 0,
            is_joined: false,
        })
    }

    /// Gives each its slots, and lets all know each other.
    fn join(&self) -> Result<()> {
        for (number, master) in (0..MASTERS).zip(&self.masters) {
            master.ask(&["cluster", "set-config-epoch", &(number + 1).to_string()])?;
            let share = |number: u16| u32::from(SLOTS) * u32::from(number) / u32::from(MASTERS);
            let (first, last) = (share(number), share(number + 1) - 1);
            let slots = [first.to_string(), last.to_string()];
            master.ask(&["cluster", "addslotsrange", &slots[0], &slots[1]])?;
            for other in self.masters.iter().take(usize::from(number)) {
                let (ip, port) = (other.address.ip().to_string(), other.address.port());
                let bus = other.ask(&["config", "get", "cluster-port"])?;
                let bus = bus.lines().last().unwrap_or_default().to_owned();
                master.ask(&["cluster", "meet", &ip, &port.to_string(), &bus])?;
            }
        }
        Ok(())
    }

    /// Whether all servers agree that all of them are there and have all slots.
    fn is_whole(&self) -> Result<bool> {
        for master in &self.masters {
            let says = |name| master.value(&["cluster", "info"], name);
            let whole = says("cluster_slots_ok")? == SLOTS.to_string()
                && says("cluster_size")? == MASTERS.to_string()
                && says("cluster_state")? == "ok";
            if !whole {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Broker for RedisCluster {
    fn version(&self) -> Result<String> {
        redis_server::version()
    }

    fn settings(&self) -> String {
        let addresses = self.masters.iter().map(|master| master.address.to_string());
        let addresses = addresses.collect::<Vec<_>>().join(",");
        format!(
            "[broker]\nkind = \"redis\"\n\
             redis = {{ url = \"redis+cluster://{addresses}\", durable = true }}\n"
        )
    }

    fn start(&mut self) -> Result<()> {
        if self.is_joined {
            self.masters[self.turn].start()?;
            self.turn = (self.turn + 1) % self.masters.len();
        } else {
            self.masters.iter_mut().try_for_each(RedisServer::start)?;
            self.join()?;
            self.is_joined = true;
        }
        wait_until("the cluster is whole", || self.is_whole())
    }

    fn kill(&mut self) -> Result<()> {
        self.masters[self.turn].kill();
        Ok(())
    }
}
