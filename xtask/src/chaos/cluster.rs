//! Three nodes and what they meet on.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::chaos::broker::{self, Broker, Plant};
use crate::chaos::network::{NODES, Network};
use crate::chaos::node::Node;
use crate::process;
use crate::project::Project;

/// What a run is made with.
pub(crate) struct Plan {
    pub(crate) broker: String,
    pub(crate) plant: Option<Plant>,
    pub(crate) connections: u32,
    /// What the nodes and the crowd run.
    pub(crate) program: PathBuf,
}

/// The rest of the settings of a node: everything is remembered for long enough, and who is gone
/// is noticed within a partition.
const SETTINGS: &str = r#"
[heartbeat]
interval = "4s"
timeout = "4s"

[drain]
spread = "2s"
deadline = "20s"

[limits]
recovery = 100000

[[namespaces]]
pattern = "load/#"
presence = true
history = { size = 10000, ttl = "1h" }
"#;

/// A cluster. Its processes go with it.
pub(crate) struct Cluster {
    pub(crate) network: Network,
    pub(crate) nodes: Vec<Node>,
    pub(crate) broker: Box<dyn Broker>,
    pub(crate) program: PathBuf,
    pub(crate) folder: PathBuf,
}

impl Cluster {
    /// Starts everything.
    pub(crate) fn start(
        project: &Project,
        plan: &Plan,
        network: Network,
        name: &str,
    ) -> Result<Self> {
        let program = plan.program.clone();
        let folder = project.scratch("chaos")?.join(name);
        if folder.exists() {
            // The broker would find what an earlier run left.
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        let broker = broker::start(project, &plan.broker, &network, &folder, plan.plant)?;
        let settings = format!("{}{SETTINGS}", broker.settings());
        let mut nodes = Vec::new();
        for number in 0..NODES {
            let home = folder.join(format!("n{number}"));
            let mut node = Node::new(&network, number, program.clone(), home, &settings)?;
            node.start().with_context(|| format!("node {number}"))?;
            nodes.push(node);
        }
        Ok(Self {
            network,
            nodes,
            broker,
            program,
            folder,
        })
    }

    /// What it is made of, with versions.
    pub(crate) fn versions(&self) -> Result<String> {
        let version = |program: &Path| {
            let mut command = std::process::Command::new(program);
            process::capture(command.arg("--version"))
        };
        let wirehub = version(&self.program)?;
        Ok(format!("{}, {}", wirehub.trim(), self.broker.version()?))
    }

    /// What is wrong with nodes that nobody ended.
    pub(crate) fn troubles(&mut self) -> Result<Vec<String>> {
        let mut troubles = Vec::new();
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let trouble = node.trouble()?;
            troubles.extend(trouble.map(|trouble| format!("node {number}: {trouble}")));
        }
        Ok(troubles)
    }

    /// Ends it in order; says what was wrong with that.
    pub(crate) fn stop(mut self) -> Result<Vec<String>> {
        let mut troubles = self.troubles()?;
        for (number, node) in self.nodes.iter_mut().enumerate() {
            if let Err(error) = node.stop() {
                troubles.push(format!("node {number}: {error:#}"));
            }
        }
        self.broker.kill()?;
        Ok(troubles)
    }
}

/// Builds the program, so that it can meet on a broker.
pub(crate) fn build(project: &Project, broker: &str, release: bool) -> Result<PathBuf> {
    let mut cargo = project.cargo();
    cargo.args([
        "build",
        "--locked",
        "--package",
        "wirehub-cli",
        "--bin",
        "wirehub",
    ]);
    if let Some(feature) = broker::feature(broker) {
        cargo.args(["--features", feature]);
    }
    if release {
        cargo.arg("--release");
    }
    process::run(&mut cargo)?;
    project.built(match release {
        true => "release/wirehub",
        false => "debug/wirehub",
    })
}
