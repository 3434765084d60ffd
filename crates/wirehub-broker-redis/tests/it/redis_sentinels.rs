//! A master, its replica and three sentinels of a test's own.

use std::{thread, time::Duration};

use crate::{redis_cluster::of, redis_server::RedisServer};

/// How often it is looked whether all know each other.
const LOOK: Duration = Duration::from_millis(20);

/// A master, its replica and three sentinels that look after them.
pub(crate) struct RedisSentinels {
    /// The server that is the master at first.
    pub(crate) first: RedisServer,
    pub(crate) second: RedisServer,
    sentinels: Vec<RedisServer>,
}

impl RedisSentinels {
    pub(crate) fn start(options: &[&str]) -> Self {
        let first = RedisServer::start(options);
        let port = first.port.to_string();
        let more = [
            "--replicaof",
            "127.0.0.1",
            &port,
            "--repl-diskless-sync-delay",
            "0",
        ];
        let second = RedisServer::start(&[options, &more].concat());
        while of(
            &second.ask::<String>(&["INFO", "replication"]).unwrap(),
            "master_link_status",
        ) != "up"
        {
            thread::sleep(LOOK);
        }
        let file = format!(
            "sentinel monitor main 127.0.0.1 {port} 2\n\
             sentinel down-after-milliseconds main 1000\n\
             sentinel failover-timeout main 10000\n"
        );
        let sentinels: Vec<RedisServer> =
            (0..3).map(|_| RedisServer::start_sentinel(&file)).collect();
        for sentinel in &sentinels {
            let is_known = || {
                let known: Vec<String> = sentinel.ask(&["SENTINEL", "MASTER", "main"]).unwrap();
                let value = |name: &str| {
                    let at = known.iter().position(|word| word == name).unwrap();
                    known[at + 1].clone()
                };
                value("num-other-sentinels") == "2" && value("num-slaves") == "1"
            };
            while !is_known() {
                thread::sleep(LOOK);
            }
        }
        Self {
            first,
            second,
            sentinels,
        }
    }

    pub(crate) fn url(&self) -> String {
        let places = self.sentinels.iter().map(RedisServer::place);
        let places: Vec<String> = places.collect();
        format!("redis+sentinel://{}/main", places.join(","))
    }

    /// Where the sentinels say that the master is.
    pub(crate) fn master(&self) -> u16 {
        let ask = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"];
        let (_, port): (String, u16) = self.sentinels[0].ask(&ask).unwrap();
        port
    }

    /// Has the replica take the master's place.
    pub(crate) fn fail_over(&self) {
        let _: () = self.sentinels[0]
            .ask(&["SENTINEL", "FAILOVER", "main"])
            .unwrap();
    }
}
