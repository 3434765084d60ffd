//! `cargo xtask bench`: instruction counts of the pure crates, counts of a broadcast storm, and
//! ratios against peers and a bare loop.

mod conflation;
mod counts;
mod instructions;
mod store;

use anyhow::Result;
use clap::Subcommand;

use crate::process;
use crate::project::Project;

/// Benchmarks: instruction counts, a broadcast storm, and ratios against peers
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
    Instructions {
        /// Store the counts in benchmarks/instructions.md
        #[arg(long)]
        write: bool,
    },
    /// Count frames and bytes of a broadcast storm, with windows and paces and without
    ///
    /// The counts are the same on every machine.
    Conflation {
        /// Store the counts in benchmarks/conflation.md
        #[arg(long)]
        write: bool,
    },
    /// Measure throughput, latency and memory beside other servers, on this machine
    ///
    /// Needs a quiet machine. Words after `peers` go to the benchmark itself; try `-- --help`.
    Peers {
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Measure durable publications beside a bare loop on the same disk
    ///
    /// Words after `--` go to the benchmark itself: `--pairs 12`, `--millis 1500`.
    Store {
        /// Keep the result in benchmarks/store.md
        #[arg(long)]
        write: bool,
        /// Passed on
        #[arg(last = true)]
        arguments: Vec<String>,
    },
}

/// Runs the chosen benchmark.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    match &args.command {
        Command::Instructions { write } => instructions::run(project, *write),
        Command::Conflation { write } => conflation::run(project, *write),
        Command::Peers { arguments } => peers(project, arguments),
        Command::Store { write, arguments } => store::run(project, *write, arguments),
    }
}

/// Builds what is measured, and measures it.
fn peers(project: &Project, arguments: &[String]) -> Result<()> {
    let release = ["--release", "--locked", "--package"];
    let mut echo = project.cargo();
    echo.arg("build").args(release);
    process::run(echo.args(["wirehub", "--example", "echo"]))?;
    let mut hub = project.cargo();
    hub.arg("build").args(release);
    process::run(hub.arg("wirehub-cli"))?;
    let bun = project.path("benchmarks/peers/bun");
    process::run(
        std::process::Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(bun),
    )?;
    let mut bench = project.cargo();
    bench.arg("run").args(release);
    process::run(bench.args(["wirehub-bench", "--", "peers"]).args(arguments))
}
