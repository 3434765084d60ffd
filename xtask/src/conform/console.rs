//! The console in headless Chromium, against the running binary with a crowd of clients, and
//! against one of two that are a cluster.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::chaos::{broker, network::Network};
use crate::conform::server::{self, Server};
use crate::process::{self, Guarded};
use crate::project::Project;
use crate::steps::Outcome;

/// Every page of the console in Chromium, with a loaded server and hostile names
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Keep a picture of every page, dark and light, in this folder
    #[arg(long, value_name = "FOLDER")]
    pictures: Option<PathBuf>,
    /// How many clients there are
    #[arg(long, value_name = "N", default_value_t = CROWD)]
    crowd: u32,
    /// Test the release build
    #[arg(long)]
    release: bool,
}

/// Enough to fill pages, and not to keep others from their work.
const CROWD: u32 = 300;

/// How long all of it may take.
const TIME_MAX: Duration = Duration::from_mins(10);

/// Starts servers and runs the suites.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let binary = server::build(project, args.release)?;
    let settings = std::fs::read_to_string(project.path("conformance/console/wirehub.toml"))?;
    let mut server = Server::of(project, &binary, "console", &settings)?;
    let mut node = suites(project, &["pages", "hostile"], &server);
    node.env("WIREHUB_TEST_CROWD", args.crowd.to_string());
    if let Some(folder) = &args.pictures {
        node.env("WIREHUB_TEST_PICTURES", std::path::absolute(folder)?);
    }
    play(node, &server)?;
    server.stop()?;
    cluster(project, &binary)
}

/// Two hubs that meet on a broker, of which one is looked at.
fn cluster(project: &Project, binary: &Path) -> Result<()> {
    let folder = project.scratch("console-cluster")?;
    let broker = broker::start(project, "redis", &Network::new(false)?, &folder, None)?;
    let start = |name: &str| {
        let settings = format!("{}node = \"{name}\"\n", broker.settings());
        Server::of(project, binary, &format!("console-{name}"), &settings)
    };
    let (mut server, mut other) = (start("eu-1")?, start("eu-2")?);
    let mut node = suites(project, &["cluster"], &server);
    node.env(
        "WIREHUB_TEST_OTHER_URL",
        other.variable("WIREHUB_TEST_URL")?,
    );
    node.env("WIREHUB_TEST_OTHER_PID", other.pid().to_string());
    play(node, &server)?;
    server.stop()?;
    other.stop()
}

/// Suites against a server.
fn suites(project: &Project, names: &[&str], server: &Server) -> Command {
    let mut node = project.command("node");
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    let files = names.iter();
    node.args(files.map(|name| format!("conformance/console/{name}.test.mjs")));
    node.envs(server.environment());
    node
}

fn play(mut node: Command, server: &Server) -> Result<()> {
    let child = node
        .spawn()
        .context("cannot start node; `cargo xtask setup` installs it")?;
    let log = server.log().display();
    match process::wait(&mut Guarded(child).0, TIME_MAX)? {
        None => bail!("the console took longer than {} s", TIME_MAX.as_secs()),
        Some(status) if !status.success() => {
            bail!("the console ended with {status}; the server's log is {log}")
        }
        Some(_) => Ok(()),
    }
}

/// The step of `cargo xtask test`.
pub(crate) fn step(project: &Project) -> Result<Outcome> {
    let args = Args {
        crowd: CROWD,
        ..Args::default()
    };
    run(project, &args)?;
    Ok(Outcome::Passed)
}
