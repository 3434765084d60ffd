//! A server of Kafka's protocol, Tansu, whose records are in a file before it answers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::server::Server;
use super::{Broker, Plant};
use crate::chaos::network::{Network, Place};
use crate::process;
use crate::project::Project;
use crate::setup::tansu;

/// Partitions of what is published: more than one, and few enough for a server that looks into each
/// of them for every reader.
const PARTITIONS: u32 = 4;
/// Where its file is, below the folder that it runs in.
const STORE: &str = "store";
/// What it says last when it starts.
const READY: &str = "ready in";

/// A server of the run's own.
pub(crate) struct Kafka {
    program: PathBuf,
    network: Network,
    address: SocketAddr,
    /// Its log and its store.
    folder: PathBuf,
    plant: Option<Plant>,
    server: Server,
}

impl Kafka {
    pub(crate) fn new(
        project: &Project,
        network: &Network,
        folder: &Path,
        plant: Option<Plant>,
    ) -> Result<Self> {
        let folder = folder.join("kafka");
        std::fs::create_dir_all(folder.join(STORE))?;
        Ok(Self {
            program: tansu::program(project),
            address: network.address(Place::Broker, 9_092)?,
            network: network.clone(),
            server: Server::new("tansu", &folder),
            folder,
            plant,
        })
    }
}

impl Broker for Kafka {
    fn version(&self) -> Result<String> {
        let text = process::capture(Command::new(&self.program).arg("--version"))?;
        let version = text.split_whitespace().last();
        Ok(format!(
            "Tansu {}",
            version.unwrap_or("of an unknown version")
        ))
    }

    fn settings(&self) -> String {
        format!(
            "[broker]\nkind = \"kafka\"\nkafka = {{ servers = \"{}\", partitions = {PARTITIONS} }}\n",
            self.address
        )
    }

    fn start(&mut self) -> Result<()> {
        let url = format!("tcp://{}", self.address);
        let mut command = self.network.command(Place::Broker, &self.program);
        command.args([
            "--listener-url",
            &url,
            "--advertised-listener-url",
            &url,
            "--storage-engine",
            &format!("sqlite://{STORE}/tansu.db"),
        ]);
        command.current_dir(&self.folder);
        self.server.start(&mut command, |said| said.contains(READY))
    }

    fn kill(&mut self) -> Result<()> {
        let store = self.folder.join(STORE);
        self.server.kill_with(self.plant, &store)?;
        // It makes its file, and not the folder for it.
        Ok(std::fs::create_dir_all(store)?)
    }
}
