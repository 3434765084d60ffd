//! A Redis server that writes everything to its disk before it answers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::server::Server;
use super::{Broker, Plant};
use crate::chaos::network::{Network, Place};
use crate::process;

/// What it writes, and when.
const DURABLE: [&str; 6] = [
    "--save",
    "",
    "--appendonly",
    "yes",
    "--appendfsync",
    "always",
];
/// Nothing.
const FORGETFUL: [&str; 4] = ["--save", "", "--appendonly", "no"];
/// A picture of everything, once a second at most.
const ROLLED_BACK: [&str; 4] = ["--save", "1 1", "--appendonly", "no"];

/// A server of the run's own.
pub(crate) struct Redis {
    network: Network,
    address: SocketAddr,
    folder: PathBuf,
    keeps: &'static [&'static str],
    server: Server,
}

impl Redis {
    pub(crate) fn new(network: &Network, folder: &Path, plant: Option<Plant>) -> Result<Self> {
        let folder = folder.join("redis");
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            address: network.address(Place::Broker, 6_379)?,
            network: network.clone(),
            server: Server::new("redis-server", &folder),
            folder,
            keeps: match plant {
                None => &DURABLE,
                Some(Plant::ForgetfulBroker) => &FORGETFUL,
                Some(Plant::RolledBackBroker) => &ROLLED_BACK,
            },
        })
    }
}

/// Whether a server answers, and has read its file.
fn answers(network: &Network, address: SocketAddr) -> bool {
    let mut client = network.command(Place::Broker, Path::new("redis-cli"));
    client.arg("-h").arg(address.ip().to_string());
    client.args(["-p", &address.port().to_string(), "ping"]);
    process::capture(&mut client).is_ok_and(|answer| answer.trim() == "PONG")
}

impl Broker for Redis {
    fn version(&self) -> Result<String> {
        let text = process::capture(Command::new("redis-server").arg("--version"))?;
        let version = text
            .split_whitespace()
            .find_map(|word| word.strip_prefix("v="));
        Ok(format!(
            "Redis {}",
            version.unwrap_or("of an unknown version")
        ))
    }

    fn settings(&self) -> String {
        format!(
            "[broker]\nkind = \"redis\"\nredis = {{ url = \"redis://{}\", durable = true }}\n",
            self.address
        )
    }

    fn start(&mut self) -> Result<()> {
        let Self {
            network, address, ..
        } = self;
        let mut command = network.command(Place::Broker, Path::new("redis-server"));
        command.args(["--protected-mode", "no", "--bind"]);
        command.arg(address.ip().to_string());
        command.args(["--port", &address.port().to_string(), "--dir"]);
        command.arg(&self.folder).args(self.keeps);
        self.server
            .start(&mut command, |_| answers(network, *address))
    }

    fn kill(&mut self) -> Result<()> {
        self.server.kill();
        Ok(())
    }
}
