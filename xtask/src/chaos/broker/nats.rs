//! A NATS server whose streams are on its disk before it answers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::server::Server;
use super::{Broker, Plant};
use crate::chaos::network::{Network, Place};
use crate::process;
use crate::project::Project;
use crate::setup::python;

/// Where its streams are, below its folder.
const STORE: &str = "store";
/// What it says last when it starts.
const READY: &str = "Server is ready";

/// A server of the run's own.
pub(crate) struct Nats {
    program: PathBuf,
    network: Network,
    address: SocketAddr,
    /// Its configuration, its log and its store.
    folder: PathBuf,
    plant: Option<Plant>,
    server: Server,
}

impl Nats {
    pub(crate) fn new(
        project: &Project,
        network: &Network,
        folder: &Path,
        plant: Option<Plant>,
    ) -> Result<Self> {
        let folder = folder.join("nats");
        std::fs::create_dir_all(&folder)?;
        let store = folder.join(STORE);
        let text = format!("jetstream {{ store_dir: {store:?}, sync_interval: always }}\n");
        std::fs::write(folder.join("nats.conf"), text)?;
        Ok(Self {
            program: python::NATS.program(project, "nats-server"),
            address: network.address(Place::Broker, 4_222)?,
            network: network.clone(),
            server: Server::new("nats-server", &folder),
            folder,
            plant,
        })
    }
}

impl Broker for Nats {
    fn version(&self) -> Result<String> {
        let text = process::capture(Command::new(&self.program).arg("--version"))?;
        let version = text.trim().rsplit(['v', ' ']).next();
        Ok(format!(
            "NATS {}",
            version.unwrap_or("of an unknown version")
        ))
    }

    fn settings(&self) -> String {
        format!(
            "[broker]\nkind = \"nats\"\nnats = {{ url = \"nats://{}\" }}\n",
            self.address
        )
    }

    fn start(&mut self) -> Result<()> {
        let Self {
            address, server, ..
        } = self;
        let mut command = self.network.command(Place::Broker, &self.program);
        command.args(["--addr", &address.ip().to_string()]);
        command.args(["--port", &address.port().to_string()]);
        command.arg("--config").arg(self.folder.join("nats.conf"));
        server.start(&mut command, |said| said.contains(READY))
    }

    fn kill(&mut self) -> Result<()> {
        self.server.kill_with(self.plant, &self.folder.join(STORE))
    }
}
