//! The project's own build tool: `cargo xtask --help` lists what it does.
//!
//! It holds every step that a developer or CI takes, so that both take the same ones. It is not
//! part of the product: nothing in `crates/` depends on it. Read [`steps`] (named steps with
//! durations), [`process`] (other programs) and [`project`] (where the files are) first; each
//! subcommand is one file beside this one.
#![expect(
    clippy::print_stdout,
    reason = "a command line tool talks to its user on standard output"
)]
#![expect(clippy::print_stderr, reason = "failures belong on standard error")]

mod bench;
mod check;
mod conform;
mod fuzz;
mod generate;
mod process;
mod project;
mod setup;
mod steps;
mod test;
mod tidy;
mod workers;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::project::Project;

/// Build tool of the Wirehub project.
///
/// New here? `cargo xtask test` does everything: it installs what is missing, then checks and
/// tests. While you work, `cargo xtask check` is the quick round and `cargo xtask tidy` the
/// quickest.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Setup(setup::Args),
    Check(check::Args),
    Test(test::Args),
    Tidy(tidy::Args),
    Conform(conform::Args),
    Fuzz(fuzz::Args),
    Bench(bench::Args),
    Generate(generate::Args),
}

fn main() -> ExitCode {
    let outcome = run(Cli::parse().command);
    if let Err(error) = &outcome {
        eprintln!("error: {error:#}");
    }
    if outcome.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn run(command: Command) -> anyhow::Result<()> {
    let project = Project::locate()?;
    match command {
        Command::Setup(args) => setup::run(&project, &args),
        Command::Check(args) => check::run(&project, &args),
        Command::Test(args) => test::run(&project, &args),
        Command::Tidy(args) => tidy::run(&project, &args),
        Command::Conform(args) => conform::run(&project, &args),
        Command::Fuzz(args) => fuzz::run(&project, &args),
        Command::Bench(args) => bench::run(&project, &args),
        Command::Generate(args) => generate::run(&project, &args),
    }
}
