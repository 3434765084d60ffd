//! A Redis master, its replica, and three sentinels that have the replica take over.

use std::path::Path;

use anyhow::{Context, Result};

use super::patience::wait_until;
use super::redis_server::{self, RedisServer};
use super::{Broker, Plant};
use crate::chaos::network::{Network, Place};

const SENTINELS: u16 = 3;
/// Milliseconds after which a master that says nothing counts as dead.
const SILENT: u32 = 1_000;
/// Milliseconds that an election may take.
const ELECTION: u32 = 10_000;

/// The servers. The master ends, the other one takes its place, and the former comes back as its
/// replica.
pub(crate) struct RedisSentinel {
    servers: Vec<RedisServer>,
    sentinels: Vec<RedisServer>,
    /// Which one has ended.
    away: Option<usize>,
}

impl RedisSentinel {
    pub(crate) fn new(network: &Network, folder: &Path, plant: Option<Plant>) -> Result<Self> {
        let keeps = redis_server::keeps(plant);
        let server = |number: u16, more: &str| {
            let address = network.address(Place::Broker, 6_379 + number)?;
            let folder = folder.join(format!("redis-{number}"));
            let configuration = format!("{keeps}repl-diskless-sync-delay 0\n{more}");
            RedisServer::new(network, &folder, address, &configuration)
        };
        let master = server(0, "")?;
        let (ip, port) = (master.address.ip(), master.address.port());
        let replica = server(1, &format!("replicaof {ip} {port}\n"))?;
        let sentinels = (0..SENTINELS).map(|number| {
            let address = network.address(Place::Broker, 26_379 + number)?;
            let folder = folder.join(format!("sentinel-{number}"));
            let configuration = format!(
                "sentinel monitor main {ip} {port} 2\n\
                 sentinel down-after-milliseconds main {SILENT}\n\
                 sentinel failover-timeout main {ELECTION}\n"
            );
            RedisServer::sentinel(network, &folder, address, &configuration)
        });
        Ok(Self {
            sentinels: sentinels.collect::<Result<_>>()?,
            servers: vec![master, replica],
            away: None,
        })
    }

    /// The one that the sentinels call master.
    fn master(&self) -> Result<usize> {
        let sentinel = self.sentinels.first().context("there is no sentinel")?;
        let said = sentinel.ask(&["sentinel", "get-master-addr-by-name", "main"])?;
        let port = said.lines().last().unwrap_or_default().trim().to_owned();
        let mut servers = self.servers.iter();
        let found = servers.position(|server| server.address.port().to_string() == port);
        found.with_context(|| format!("the sentinels know of no master of ours, but of {said}"))
    }

    /// Whether the master has a replica that has all that it has, and every sentinel knows of both.
    fn can_fail_over(&self) -> Result<bool> {
        let master = &self.servers[self.master()?];
        let role = master.value(&["info", "replication"], "role")?;
        let replica = master.value(&["info", "replication"], "slave0")?;
        if role != "master" || !replica.contains("state=online") {
            return Ok(false);
        }
        for sentinel in &self.sentinels {
            let known = sentinel.value(&["info", "sentinel"], "master0")?;
            let ours = ["status=ok", "slaves=1", "sentinels=3"];
            if !ours.iter().all(|word| known.contains(word)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Broker for RedisSentinel {
    fn version(&self) -> Result<String> {
        redis_server::version()
    }

    fn settings(&self) -> String {
        let addresses = self.sentinels.iter().map(|one| one.address.to_string());
        let addresses = addresses.collect::<Vec<_>>().join(",");
        format!(
            "[broker]\nkind = \"redis\"\nredis = {{ url = \"redis+sentinel://{addresses}/main\", \
             durable = true, replicas = 1 }}\n"
        )
    }

    fn begins_epochs(&self) -> bool {
        true
    }

    fn start(&mut self) -> Result<()> {
        if let Some(number) = self.away.take() {
            return self.servers[number].start();
        }
        self.servers.iter_mut().try_for_each(RedisServer::start)?;
        self.sentinels.iter_mut().try_for_each(RedisServer::start)?;
        wait_until("there is a replica that can take over", || {
            self.can_fail_over()
        })
    }

    fn kill(&mut self) -> Result<()> {
        // Without one there would be nothing to see but a server that ends and comes back.
        wait_until("there is a replica that can take over", || {
            self.can_fail_over()
        })?;
        let master = self.master()?;
        self.servers[master].kill();
        self.away = Some(master);
        wait_until(
            "the replica has taken over",
            || Ok(self.master()? != master),
        )
    }
}
