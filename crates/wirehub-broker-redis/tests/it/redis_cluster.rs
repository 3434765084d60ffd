//! A cluster of Redis servers of a test's own.

use std::{thread, time::Duration};

use redis::Value;

use crate::{
    certificates::Certificates,
    redis_server::{RedisServer, free_port},
};

/// How often it is looked whether the servers know each other.
const LOOK: Duration = Duration::from_millis(20);
const SLOTS: u16 = 16_384;

/// Servers of which each master has its part of the slots.
pub(crate) struct RedisCluster {
    pub(crate) servers: Vec<RedisServer>,
    pub(crate) masters: usize,
}

impl RedisCluster {
    /// Starts so many masters, each with a replica or none. A master that says nothing for so many
    /// milliseconds counts as dead.
    pub(crate) fn start(
        masters: usize,
        has_replicas: bool,
        patience: u32,
        options: &[&str],
    ) -> Self {
        let count = if has_replicas { masters * 2 } else { masters };
        let servers = (0..count).map(|_| {
            RedisServer::start_at(|port| {
                let (bus, patience) = (free_port().to_string(), patience.to_string());
                let own = [
                    "--port",
                    &port.to_string(),
                    "--save",
                    "",
                    "--cluster-enabled",
                    "yes",
                    "--cluster-port",
                    &bus,
                    "--cluster-node-timeout",
                    &patience,
                    "--repl-diskless-sync-delay",
                    "0",
                ];
                let options = own.iter().chain(options);
                options.map(|option| (*option).to_owned()).collect()
            })
        });
        let cluster = Self {
            servers: servers.collect(),
            masters,
        };
        cluster.join();
        cluster
    }

    /// Starts three masters that speak nothing but TLS.
    pub(crate) fn start_with_tls(certificates: &Certificates) -> Self {
        let servers = (0..3).map(|_| {
            let mut server = RedisServer::start_at(|port| {
                let (bus, port) = (free_port().to_string(), port.to_string());
                let own = [
                    ["--port", "0"],
                    ["--tls-port", &port],
                    ["--save", ""],
                    ["--cluster-enabled", "yes"],
                    ["--cluster-port", &bus],
                    ["--tls-cluster", "yes"],
                ];
                let own = own.into_iter().flatten().map(str::to_owned);
                own.chain(certificates.options()).collect()
            });
            server.ask_with(&certificates.for_clients());
            server
        });
        let cluster = Self {
            servers: servers.collect(),
            masters: 3,
        };
        cluster.join();
        cluster
    }

    fn join(&self) {
        let first = &self.servers[0];
        for (place, server) in self.servers.iter().enumerate() {
            let epoch = (place + 1).to_string();
            let _: () = server
                .ask(&["CLUSTER", "SET-CONFIG-EPOCH", &epoch])
                .unwrap();
            if place > 0 {
                let (port, bus) = (first.port.to_string(), bus_port(first));
                let meet = ["CLUSTER", "MEET", "127.0.0.1", &port, &bus];
                let _: () = server.ask(&meet).unwrap();
            }
            if place < self.masters {
                let share = |place: usize| usize::from(SLOTS) * place / self.masters;
                let (from, to) = (share(place).to_string(), (share(place + 1) - 1).to_string());
                let _: () = server
                    .ask(&["CLUSTER", "ADDSLOTSRANGE", &from, &to])
                    .unwrap();
            }
        }
        self.wait(|server| info(server, "cluster_known_nodes") == self.servers.len().to_string());
        for (place, replica) in self.servers.iter().enumerate().skip(self.masters) {
            let id = id(&self.servers[place - self.masters]);
            let _: () = replica.ask(&["CLUSTER", "REPLICATE", &id]).unwrap();
        }
        self.wait_until_well();
    }

    fn wait(&self, is_well: impl Fn(&RedisServer) -> bool) {
        for server in &self.servers {
            while !is_well(server) {
                thread::sleep(LOOK);
            }
        }
    }

    /// Waits until all servers agree that all slots are served, and replicas have what they copy.
    pub(crate) fn wait_until_well(&self) {
        self.wait(|server| info(server, "cluster_state") == "ok");
        for replica in self.servers.iter().skip(self.masters) {
            while !of(
                &replica.ask::<String>(&["INFO", "replication"]).unwrap(),
                "master_link_status",
            )
            .starts_with("up")
            {
                thread::sleep(LOOK);
            }
        }
    }

    /// The address for a hub: two of the servers, as people write it.
    pub(crate) fn url(&self) -> String {
        let places = self.servers.iter().take(2).map(RedisServer::place);
        let places: Vec<String> = places.collect();
        format!("redis+cluster://{}", places.join(","))
    }

    /// The place of the master that has a slot, by what one of the servers says.
    pub(crate) fn owner(&self, slot: u16, by: usize) -> usize {
        let rows: Vec<Value> = self.servers[by].ask(&["CLUSTER", "SLOTS"]).unwrap();
        let has = |row: &Value| {
            let Value::Array(row) = row else { return None };
            let [
                Value::Int(first),
                Value::Int(last),
                Value::Array(master),
                ..,
            ] = row.as_slice()
            else {
                return None;
            };
            let Value::Int(port) = master[1] else {
                return None;
            };
            (*first..=*last).contains(&i64::from(slot)).then_some(port)
        };
        let port = rows.iter().find_map(has).unwrap();
        let is_it = |server: &RedisServer| i64::from(server.port) == port;
        self.servers.iter().position(is_it).unwrap()
    }

    /// Moves a slot with all that is in it, as `redis-cli --cluster reshard` does.
    pub(crate) fn move_slot(&self, slot: u16, from: usize, to: usize) {
        let (from, to) = (&self.servers[from], &self.servers[to]);
        let slot = slot.to_string();
        let (from_id, to_id) = (id(from), id(to));
        let _: () = to
            .ask(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &from_id])
            .unwrap();
        let _: () = from
            .ask(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &to_id])
            .unwrap();
        loop {
            let keys: Vec<String> = from.ask(&["CLUSTER", "GETKEYSINSLOT", &slot, "1"]).unwrap();
            if keys.is_empty() {
                break;
            }
            let port = to.port.to_string();
            let mut migrate = vec!["MIGRATE", "127.0.0.1", &port, "", "0", "5000", "KEYS"];
            migrate.extend(keys.iter().map(String::as_str));
            let _: Value = from.ask(&migrate).unwrap();
        }
        let _: () = to
            .ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id])
            .unwrap();
        let _: () = from
            .ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &to_id])
            .unwrap();
    }

    /// The slot of a key.
    pub(crate) fn slot(&self, key: &str) -> u16 {
        self.servers[0].ask(&["CLUSTER", "KEYSLOT", key]).unwrap()
    }
}

fn id(server: &RedisServer) -> String {
    server.ask(&["CLUSTER", "MYID"]).unwrap()
}

fn bus_port(server: &RedisServer) -> String {
    let pair: Vec<String> = server.ask(&["CONFIG", "GET", "cluster-port"]).unwrap();
    pair[1].clone()
}

fn info(server: &RedisServer, name: &str) -> String {
    of(&server.ask::<String>(&["CLUSTER", "INFO"]).unwrap(), name)
}

/// A line of what a server says of itself.
pub(crate) fn of(text: &str, name: &str) -> String {
    let mut lines = text.lines().filter_map(|line| line.trim().split_once(':'));
    let found = lines.find(|(known, _)| *known == name);
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}
