//! `cargo xtask bench`: instruction counts of the pure crates, and ratios against peers.

use anyhow::{Result, bail};
use clap::Subcommand;
use serde_json::Value;

use crate::process;
use crate::project::Project;

/// Name of the bench target that counts instructions, in each crate that has one.
const INSTRUCTIONS: &str = "instructions";

/// Benchmarks: instruction counts, and ratios against peers
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Count instructions of decode, encode and fan-out under Valgrind
    ///
    /// The same binary and input give the same count, whatever else the machine does.
    Instructions,
    /// Measure throughput, latency and memory beside other servers, on this machine
    ///
    /// Needs a quiet machine. Words after `peers` go to the benchmark itself; try `-- --help`.
    Peers {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Runs the chosen benchmark.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    match &args.command {
        Command::Instructions => instructions(project),
        Command::Peers { arguments } => {
            let mut cargo = project.cargo();
            cargo.args([
                "run",
                "--release",
                "--locked",
                "--package",
                "wirehub-bench",
                "--",
            ]);
            process::run(cargo.args(arguments))
        }
    }
}

fn instructions(project: &Project) -> Result<()> {
    if !process::is_on_path("valgrind") {
        bail!("valgrind is not installed; `cargo xtask setup` installs it");
    }
    let packages = with_bench(&project.metadata()?, INSTRUCTIONS);
    if packages.is_empty() {
        bail!("no package has a bench target named `{INSTRUCTIONS}`");
    }
    for package in packages {
        let mut cargo = project.cargo();
        cargo.args([
            "bench",
            "--locked",
            "--package",
            &package,
            "--bench",
            INSTRUCTIONS,
        ]);
        process::run(&mut cargo)?;
    }
    Ok(())
}

/// Packages that have a bench target of this name.
fn with_bench(metadata: &Value, bench: &str) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let has_it = |package: &Value| {
        list(&package["targets"]).iter().any(|target| {
            target["name"] == bench && list(&target["kind"]).iter().any(|kind| kind == "bench")
        })
    };
    list(&metadata["packages"])
        .iter()
        .filter(|package| has_it(package))
        .filter_map(|package| package["name"].as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests;
