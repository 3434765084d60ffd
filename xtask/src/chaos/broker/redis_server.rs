//! A server of Redis, or a sentinel, of the run's own.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::Plant;
use super::server::Server;
use crate::chaos::network::{Network, Place};
use crate::process;

/// It writes everything to its disk before it answers.
pub(super) const DURABLE: &str = "save \"\"\nappendonly yes\nappendfsync always\n";
/// It writes nothing.
const FORGETFUL: &str = "save \"\"\nappendonly no\n";
/// It writes a picture of everything, once a second at most.
const ROLLED_BACK: &str = "save 1 1\nappendonly no\n";

/// What a server is told of its disk.
pub(super) const fn keeps(plant: Option<Plant>) -> &'static str {
    match plant {
        None => DURABLE,
        Some(Plant::ForgetfulBroker) => FORGETFUL,
        Some(Plant::RolledBackBroker) => ROLLED_BACK,
    }
}

/// A server, which may run or not.
pub(super) struct RedisServer {
    network: Network,
    pub(super) address: SocketAddr,
    /// Its configuration, its log and its files.
    folder: PathBuf,
    is_sentinel: bool,
    server: Server,
}

impl RedisServer {
    /// One that does not run yet, in a folder of its own.
    pub(super) fn new(
        network: &Network,
        folder: &Path,
        address: SocketAddr,
        configuration: &str,
    ) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (ip, port) = (address.ip(), address.port());
        let text =
            format!("bind {ip}\nport {port}\nprotected-mode no\ndir {folder:?}\n{configuration}");
        // Sentinels and servers that change places write into it.
        std::fs::write(folder.join("redis.conf"), text)?;
        Ok(Self {
            network: network.clone(),
            address,
            server: Server::new("redis-server", folder),
            folder: folder.to_owned(),
            is_sentinel: false,
        })
    }

    /// A sentinel.
    pub(super) fn sentinel(
        network: &Network,
        folder: &Path,
        address: SocketAddr,
        configuration: &str,
    ) -> Result<Self> {
        let server = Self::new(network, folder, address, configuration)?;
        Ok(Self {
            is_sentinel: true,
            ..server
        })
    }

    /// Starts it, for the first time or again, and waits until it answers and has read its files.
    pub(super) fn start(&mut self) -> Result<()> {
        let Self {
            network,
            address,
            folder,
            server,
            ..
        } = self;
        let mut command = network.command(Place::Broker, Path::new("redis-server"));
        command.arg(folder.join("redis.conf"));
        if self.is_sentinel {
            command.arg("--sentinel");
        }
        let pong = |answer: String| answer.trim() == "PONG";
        server.start(&mut command, |_| {
            ask(network, *address, &["ping"]).is_ok_and(pong)
        })
    }

    /// Ends it as `kill -9` does.
    pub(super) fn kill(&mut self) {
        self.server.kill();
    }

    /// Says something to it.
    pub(super) fn ask(&self, words: &[&str]) -> Result<String> {
        ask(&self.network, self.address, words)
    }

    /// A line of what it says of itself, of the kind `name:value`; nothing when it has none.
    pub(super) fn value(&self, question: &[&str], name: &str) -> Result<String> {
        let text = self.ask(question)?;
        let mut lines = text.lines().filter_map(|line| line.trim().split_once(':'));
        let found = lines.find(|(known, _)| *known == name);
        Ok(found.map(|(_, value)| value.to_owned()).unwrap_or_default())
    }
}

fn ask(network: &Network, address: SocketAddr, words: &[&str]) -> Result<String> {
    let mut client = network.command(Place::Broker, Path::new("redis-cli"));
    client.arg("-h").arg(address.ip().to_string());
    client.args(["-p", &address.port().to_string()]).args(words);
    process::capture(&mut client)
}

/// Which version there is.
pub(super) fn version() -> Result<String> {
    let text = process::capture(Command::new("redis-server").arg("--version"))?;
    let version = text
        .split_whitespace()
        .find_map(|word| word.strip_prefix("v="));
    Ok(format!(
        "Redis {}",
        version.unwrap_or("of an unknown version")
    ))
}
