//! `cargo xtask conform`: judges that were not written here.

pub(crate) mod autobahn;
pub(crate) mod interop;

use anyhow::Result;
use clap::Subcommand;

use crate::project::Project;

/// Foreign judges: the Autobahn suite, and clients written by others
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Autobahn(autobahn::Args),
    Interop(interop::Args),
}

/// Runs the chosen judge.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    match &args.command {
        Command::Autobahn(args) => autobahn::run(project, args),
        Command::Interop(args) => interop::run(project, args),
    }
}
