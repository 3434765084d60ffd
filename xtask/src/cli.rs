//! The command line: one subcommand a file.

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::project::Project;
use crate::{bench, chaos, check, conform, fuzz, generate, setup, simulate, soak, test, tidy};

/// Build tool of the Wirehub project.
///
/// New here? `cargo xtask test` does everything: it installs what is missing, then checks and
/// tests. While you work, `cargo xtask check` is the quick round and `cargo xtask tidy` the
/// quickest.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
pub(crate) struct Cli {
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
    Simulate(simulate::Args),
    Soak(soak::Args),
    Chaos(chaos::Args),
    Bench(bench::Args),
    Generate(generate::Args),
}

impl Cli {
    /// Does what was asked for.
    pub(crate) fn run(&self) -> Result<()> {
        let project = Project::locate()?;
        match &self.command {
            Command::Setup(args) => setup::run(&project, args),
            Command::Check(args) => check::run(&project, args),
            Command::Test(args) => test::run(&project, args),
            Command::Tidy(args) => tidy::run(&project, args),
            Command::Conform(args) => conform::run(&project, args),
            Command::Fuzz(args) => fuzz::run(&project, args),
            Command::Simulate(args) => simulate::run(&project, args),
            Command::Soak(args) => soak::run(&project, args),
            Command::Chaos(args) => chaos::run(&project, args),
            Command::Bench(args) => bench::run(&project, args),
            Command::Generate(args) => generate::run(&project, args),
        }
    }
}
