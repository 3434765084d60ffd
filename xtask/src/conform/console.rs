//! The console in headless Chromium, against the running binary with a crowd of clients.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::conform::server::Server;
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

/// Starts the server and runs the suite.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let settings = std::fs::read_to_string(project.path("conformance/console/wirehub.toml"))?;
    let mut server = Server::start(project, "console", &settings, args.release)?;
    let mut node = project.command("node");
    node.args(["--test", "--test-reporter=spec", "--test-concurrency=1"]);
    node.args(["pages", "hostile"].map(|name| format!("conformance/console/{name}.test.mjs")));
    node.envs(server.environment());
    node.env("WIREHUB_TEST_CROWD", args.crowd.to_string());
    if let Some(folder) = &args.pictures {
        node.env("WIREHUB_TEST_PICTURES", std::path::absolute(folder)?);
    }
    let child = node
        .spawn()
        .context("cannot start node; `cargo xtask setup` installs it")?;
    let log = server.log().display();
    match process::wait(&mut Guarded(child).0, TIME_MAX)? {
        None => bail!("the console took longer than {} s", TIME_MAX.as_secs()),
        Some(status) if !status.success() => {
            bail!("the console ended with {status}; the server's log is {log}")
        }
        Some(_) => server.stop(),
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
