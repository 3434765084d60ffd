//! A broker, alone or with hubs that meet on it.

use std::fs;
use std::io;
use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::process::Command;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use super::Options;
use super::paths::Paths;
use super::peer::{self, Peer};
use super::rounds::{Target, load};
use super::server::{Ready, Server};
use crate::case::{Case, Keeping};
use crate::load::WireKind;
use crate::measure::Core;
use crate::outcome::Outcome;

/// What hubs meet on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Meeting {
    /// Redis.
    Redis,
    /// NATS with JetStream.
    Nats,
}

impl Meeting {
    /// Each, in the order of the tables.
    pub(crate) const ALL: [Self; 2] = [Self::Redis, Self::Nats];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Redis => "redis",
            Self::Nats => "nats",
        }
    }

    /// What clients speak to it without a hub.
    const fn wire(self, keeping: Keeping) -> WireKind {
        match (self, keeping) {
            (Self::Redis, Keeping::Nothing) => WireKind::Redis,
            (Self::Redis, Keeping::History | Keeping::Disk) => WireKind::RedisStream,
            (Self::Nats, Keeping::Nothing) => WireKind::NatsTcp,
            (Self::Nats, Keeping::History | Keeping::Disk) => WireKind::JetStream,
        }
    }

    /// Prepares the start of the server, with a folder of its own that is empty.
    fn launch(self, paths: &Paths, keeping: Keeping) -> io::Result<Launch> {
        let folder = paths.logs().join(self.name());
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        let address = peer::free_address()?;
        match self {
            Self::Redis => Ok(redis(&folder, address, keeping)),
            Self::Nats => nats(paths, &folder, address, keeping),
        }
    }
}

/// How to start a broker.
struct Launch {
    command: Command,
    address: SocketAddrV4,
    /// Where it tells what it has counted.
    counters: SocketAddrV4,
}

fn redis(folder: &Path, address: SocketAddrV4, keeping: Keeping) -> Launch {
    let mut command = Command::new("redis-server");
    command.args(["--bind", "127.0.0.1", "--save", "", "--port"]);
    command.arg(address.port().to_string()).arg("--dir");
    command.arg(folder).arg("--appendonly");
    command.args(match keeping {
        Keeping::Disk => &["yes", "--appendfsync", "always"][..],
        Keeping::Nothing | Keeping::History => &["no"],
    });
    Launch {
        command,
        address,
        counters: address,
    }
}

fn nats(
    paths: &Paths,
    folder: &Path,
    address: SocketAddrV4,
    keeping: Keeping,
) -> io::Result<Launch> {
    let hint = "cargo xtask bench cluster";
    let mut command = Command::new(peer::present(paths, paths.nats(), hint)?);
    let sync = match keeping {
        Keeping::Disk => "sync_interval: always",
        Keeping::Nothing | Keeping::History => "",
    };
    let counters = peer::free_address()?;
    let settings = format!(
        "listen: \"{address}\"\nhttp: \"{counters}\"\nmax_connections: 20000\n\
         jetstream {{ store_dir: \"{}\"\n {sync} }}\n",
        folder.display()
    );
    let file = folder.join("nats.conf");
    fs::write(&file, settings)?;
    // One core, as the others.
    command.env("GOMAXPROCS", "1").arg("-c").arg(file);
    Ok(Launch {
        command,
        address,
        counters,
    })
}

/// What a cluster is made of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) meeting: Meeting,
    pub(crate) keeping: Keeping,
    pub(crate) hubs: usize,
    /// The file under `benchmarks/peers` with the settings of the hubs.
    pub(crate) settings: &'static str,
    /// Where all of it runs.
    pub(crate) core: Option<Core>,
}

/// A broker and its hubs. They end with it, hubs first.
#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) hubs: Vec<Server>,
    pub(crate) broker: Server,
    /// Where the broker tells what it has counted.
    pub(crate) counters: SocketAddrV4,
    pub(crate) token: String,
}

impl Cluster {
    /// Starts a broker and so many hubs.
    ///
    /// # Errors
    /// When one is missing or does not listen, with what it said.
    pub(crate) fn start(paths: &Paths, setup: Setup) -> io::Result<Self> {
        let launch = setup.meeting.launch(paths, setup.keeping)?;
        let log = paths.logs().join(format!("{}.log", setup.meeting.name()));
        let ready = Ready::Answers(launch.address);
        let broker = Server::start(launch.command, &ready, setup.core, &log)?;
        let mut cluster = Self {
            hubs: Vec::new(),
            broker,
            counters: launch.counters,
            token: String::new(),
        };
        for number in 0..setup.hubs {
            let binary = peer::shipped(paths)?;
            if cluster.token.is_empty() {
                cluster.token = peer::token(&binary)?;
            }
            let node = Node {
                number,
                setup,
                broker: launch.address,
            };
            cluster.hubs.push(node.start(paths, &binary)?);
        }
        Ok(cluster)
    }

    /// The public addresses of the hubs.
    pub(crate) fn addresses(&self) -> Vec<SocketAddrV4> {
        self.hubs.iter().map(Server::address).collect()
    }

    /// Of all processes: the broker, and the hubs in their order.
    pub(crate) fn pids(&self) -> Vec<u32> {
        let servers = std::iter::once(&self.broker).chain(&self.hubs);
        servers.map(Server::pid).collect()
    }
}

/// One hub of a cluster.
struct Node {
    number: usize,
    setup: Setup,
    broker: SocketAddrV4,
}

impl Node {
    /// One shard, because the broker has one thread.
    fn start(&self, paths: &Paths, binary: &Path) -> io::Result<Server> {
        let Setup {
            meeting,
            keeping,
            settings,
            core,
            ..
        } = self.setup;
        let ready = self.file(paths, "json");
        if ready.exists() {
            fs::remove_file(&ready)?;
        }
        let mut command = peer::hub_command(binary);
        let (scheme, broker) = (meeting.name(), self.broker);
        command.env("WIREHUB_BROKER__KIND", scheme);
        let url = format!("WIREHUB_BROKER__{}__URL", scheme.to_uppercase());
        command.env(url, format!("{scheme}://{broker}"));
        if meeting == Meeting::Redis && keeping == Keeping::Disk {
            command.env("WIREHUB_BROKER__REDIS__DURABLE", "true");
        }
        command
            .current_dir(&paths.root)
            .args(["serve", "--shards", "1", "--config"])
            .arg(paths.settings(settings));
        command.args(["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"]);
        command.arg("--ready-file").arg(&ready);
        let log = self.file(paths, "log");
        Server::start(command, &Ready::Writes(ready), core, &log)
    }

    fn file(&self, paths: &Paths, ending: &str) -> PathBuf {
        let name = format!("node-{}.{ending}", self.number);
        paths.logs().join(name)
    }
}

/// The publisher is at the first hub, the subscribers are at the second; without hubs all are at
/// the broker.
pub(super) fn run(
    options: &Options,
    case: Case,
    keeping: Keeping,
    peer: Peer,
) -> io::Result<Outcome> {
    let (meeting, hubs) = match peer {
        Peer::RedisAlone => (Meeting::Redis, 0),
        Peer::WirehubOnRedis => (Meeting::Redis, 2),
        Peer::NatsAlone => (Meeting::Nats, 0),
        Peer::WirehubOnNats => (Meeting::Nats, 2),
        _ => return Err(io::Error::other(format!("{peer} is no cluster"))),
    };
    let setup = Setup {
        meeting,
        keeping,
        hubs,
        settings: match keeping {
            Keeping::Nothing => "wirehub.toml",
            Keeping::History | Keeping::Disk => "history.toml",
        },
        core: Some(options.server_core),
    };
    let cluster = Cluster::start(&options.paths, setup)?;
    let target = Target {
        also: Vec::new(),
        address: cluster.hubs.last().unwrap_or(&cluster.broker).address(),
        publisher: cluster.hubs.first().map(Server::address),
        pids: cluster.pids(),
        wire: match hubs {
            0 => meeting.wire(keeping),
            _ => WireKind::Native,
        },
        token: cluster.token.clone(),
        topic: peer::TOPIC,
    };
    load(options, case, options.payload, &target)
}
