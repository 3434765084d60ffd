//! `cargo xtask conform`: judges that were not written here, and what our own clients live through.

pub(crate) mod autobahn;
pub(crate) mod clients;
pub(crate) mod console;
pub(crate) mod interop;
mod openapi;
pub(crate) mod rust_agent;
pub(crate) mod server;

use anyhow::Result;
use clap::Subcommand;

use crate::project::Project;

/// The Autobahn suite, clients written by others, our own under every fault, the console, and the
/// server API
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Autobahn(autobahn::Args),
    Clients(clients::Args),
    Console(console::Args),
    Interop(interop::Args),
    Openapi(openapi::Args),
}

/// Runs the chosen judge.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    match &args.command {
        Command::Autobahn(args) => autobahn::run(project, args),
        Command::Clients(args) => clients::run(project, args),
        Command::Console(args) => console::run(project, args),
        Command::Interop(args) => interop::run(project, args),
        Command::Openapi(args) => openapi::run(project, args),
    }
}
