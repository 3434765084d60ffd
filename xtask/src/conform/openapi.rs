//! The running binary against its own description: schemathesis makes requests out of
//! `/api/openapi.json`, right and wrong ones, and holds the answers against it.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::conform::server::Server;
use crate::process::{self, Guarded};
use crate::project::Project;
use crate::setup::python;

/// The server API against its description, by schemathesis
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Requests of each kind to each endpoint
    #[arg(long, value_name = "N", default_value_t = 30)]
    requests: u32,
    /// Repeat the requests of a run that printed this seed
    #[arg(long, value_name = "N")]
    seed: Option<String>,
}

/// How long all requests may take.
const TIME_MAX: Duration = Duration::from_mins(10);

/// An answer of it does not end, so there is nothing to hold against the description.
const ENDLESS: &str = "/api/events";

/// A schema counts characters and cannot say which topics and epochs there are: what it lets pass
/// may still be refused.
const UNSAYABLE: &str = "positive_data_acceptance";

/// Starts the server and runs the judge.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let settings = std::fs::read_to_string(project.path("conformance/openapi/wirehub.toml"))?;
    let mut server = Server::start(project, "openapi", &settings, false)?;
    let (admin, key) = (
        server.variable("WIREHUB_TEST_ADMIN")?,
        server.variable("WIREHUB_TEST_API_KEY")?,
    );
    let interpreter = python::SCHEMATHESIS.interpreter(project);
    let mut judge = project.command(interpreter.with_file_name("schemathesis"));
    // It leaves its notes where it runs.
    judge.current_dir(project.scratch("openapi")?);
    judge
        .args(["run", &format!("{admin}/api/openapi.json")])
        .args(["--header", &format!("Authorization: Bearer {key}")])
        .args(["--exclude-path", ENDLESS])
        .args(["--exclude-checks", UNSAYABLE])
        .args(["--phases", "examples,coverage,fuzzing"])
        .args(["--max-examples", &args.requests.to_string()])
        .arg("--continue-on-failure");
    if let Some(seed) = &args.seed {
        judge.args(["--seed", seed]);
    }
    let child = judge
        .spawn()
        .context("cannot start schemathesis; `cargo xtask setup` installs it")?;
    let log = server.log().display();
    match process::wait(&mut Guarded(child).0, TIME_MAX)? {
        None => bail!("schemathesis took longer than {} s", TIME_MAX.as_secs()),
        Some(status) if !status.success() => {
            bail!("schemathesis ended with {status}; the server's log is {log}")
        }
        Some(_) => server.stop(),
    }
}
