//! A Redis server that writes everything to its disk before it answers.

use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::{Broker, Plant};
use crate::chaos::network::{Network, Place};
use crate::process::{self, Guarded};

/// How long it may take until it answers, reading its file included.
const START_TIME_MAX: Duration = Duration::from_secs(20);

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
    child: Option<Guarded>,
}

impl Redis {
    pub(crate) fn new(network: &Network, folder: &Path, plant: Option<Plant>) -> Result<Self> {
        let folder = folder.join("redis");
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            address: network.address(Place::Broker, 6_379)?,
            network: network.clone(),
            folder,
            keeps: match plant {
                None => &DURABLE,
                Some(Plant::ForgetfulBroker) => &FORGETFUL,
                Some(Plant::RolledBackBroker) => &ROLLED_BACK,
            },
            child: None,
        })
    }

    fn log(&self) -> Result<File> {
        let mut options = OpenOptions::new();
        let log = options.create(true).append(true);
        Ok(log.open(self.folder.join("log"))?)
    }

    /// Whether it answers, and has read its file.
    fn answers(&self) -> bool {
        let mut client = self.network.command(Place::Broker, Path::new("redis-cli"));
        client.arg("-h").arg(self.address.ip().to_string());
        client.args(["-p", &self.address.port().to_string(), "ping"]);
        process::capture(&mut client).is_ok_and(|answer| answer.trim() == "PONG")
    }
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
        let log = self.log()?;
        let mut command = self
            .network
            .command(Place::Broker, Path::new("redis-server"));
        command.args(["--protected-mode", "no", "--bind"]);
        command.arg(self.address.ip().to_string());
        command.args(["--port", &self.address.port().to_string(), "--dir"]);
        command.arg(&self.folder).args(self.keeps);
        command.stdout(log.try_clone()?).stderr(log);
        let child = command.spawn();
        let child =
            child.context("redis-server has to be installed: `cargo xtask setup` does it")?;
        self.child = Some(Guarded(child));
        let deadline = Instant::now() + START_TIME_MAX;
        loop {
            let ended = self.child.as_mut().map(|child| child.0.try_wait());
            if let Some(status) = ended.transpose()?.flatten() {
                let log = self.folder.join("log");
                bail!("Redis ended with {status}; see {}", log.display());
            }
            if self.answers() {
                return Ok(());
            }
            if Instant::now() > deadline {
                bail!(
                    "Redis has not answered within {} s",
                    START_TIME_MAX.as_secs()
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn kill(&mut self) -> Result<()> {
        drop(self.child.take());
        Ok(())
    }
}
