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

mod alerts;
mod bench;
mod chaos;
mod check;
mod cli;
mod conform;
mod dashboard;
mod deploy;
mod fuzz;
mod generate;
mod process;
mod project;
mod setup;
mod simulate;
mod soak;
mod steps;
mod test;
mod tidy;
mod workers;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
