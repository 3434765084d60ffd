//! Our own clients against the running binary, with a proxy between that does harm.
//!
//! `conformance/faults` holds the proxy and the judge: every fault in every state, for the
//! TypeScript library and the Rust one. `conformance/pages` holds what only a browser can show.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::conform::rust_agent;
use crate::conform::server::Server;
use crate::process::{self, Guarded};
use crate::project::Project;
use crate::setup::npm;
use crate::steps::Outcome;

/// The TypeScript and Rust clients under every fault, and in a browser
#[derive(clap::Args, Default)]
pub(crate) struct Args {
    /// Just this part: faults or pages (may be given more than once)
    #[arg(long = "part", value_name = "NAME", value_parser = ["faults", "pages"])]
    parts: Vec<String>,
    /// Just this library: typescript or rust (may be given more than once)
    #[arg(long = "library", value_name = "NAME", value_parser = ["typescript", "rust"])]
    libraries: Vec<String>,
    /// Just this fault of conformance/faults/faults.json (may be given more than once)
    #[arg(long = "fault", value_name = "NAME")]
    faults: Vec<String>,
    /// Just this state of the client (may be given more than once)
    #[arg(long = "state", value_name = "NAME")]
    states: Vec<String>,
    /// Keep the table of faults in docs/clients.md
    #[arg(long)]
    write: bool,
}

/// How long each part may take.
const PART_TIME_MAX: Duration = Duration::from_mins(10);

/// Where the table is kept.
const PAGE: &str = "docs/clients.md";

/// Builds both libraries, starts the server and runs the chosen parts.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let wants = |list: &[String], name: &str| list.is_empty() || list.iter().any(|it| it == name);
    npm::TYPESCRIPT.run(project, "build")?;
    let settings = std::fs::read_to_string(project.path("conformance/faults/wirehub.toml"))?;
    let mut server = Server::start(project, "clients", &settings, false)?;
    if wants(&args.parts, "faults") {
        let mut proxy = project.command("node");
        proxy.args(["--test", "--test-reporter=spec"]);
        proxy.args(["proxy", "judge"].map(|name| format!("conformance/faults/{name}.test.mjs")));
        part("proxy", proxy, &server)?;
        let mut matrix = project.command("node");
        matrix.arg(project.path("conformance/faults/matrix.mjs"));
        if wants(&args.libraries, "typescript") {
            let agent = "typescript=node conformance/faults/agents/typescript.mjs";
            matrix.args(["--agent", agent]);
        }
        if wants(&args.libraries, "rust") {
            let agent = rust_agent::build(project, "fault_agent")?;
            matrix
                .arg("--agent")
                .arg(format!("rust={}", agent.display()));
        }
        for (flag, values) in [("--fault", &args.faults), ("--state", &args.states)] {
            matrix.args(values.iter().flat_map(|value| [flag, value]));
        }
        if args.write {
            matrix.args(["--write", PAGE]);
        }
        part("faults", matrix, &server)?;
    }
    if wants(&args.parts, "pages") {
        let mut pages = project.command("node");
        pages.args(["--test", "--test-reporter=spec"]);
        pages.args(["sdk", "trial"].map(|name| format!("conformance/pages/{name}.test.mjs")));
        part("pages", pages, &server)?;
    }
    server.stop()
}

/// The step of `cargo xtask test`.
pub(crate) fn step(project: &Project) -> Result<Outcome> {
    run(project, &Args::default())?;
    Ok(Outcome::Passed)
}

fn part(name: &str, mut command: Command, server: &Server) -> Result<()> {
    println!("part      {name}");
    command.envs(server.environment());
    let child = command
        .spawn()
        .context("cannot start; `cargo xtask setup` installs it")?;
    let log = server.log().display();
    match process::wait(&mut Guarded(child).0, PART_TIME_MAX)? {
        None => bail!("{name} took longer than {} s", PART_TIME_MAX.as_secs()),
        Some(status) if !status.success() => {
            bail!("{name} ended with {status}; the server's log is {log}")
        }
        Some(_) => Ok(()),
    }
}
