//! The command `wirehub-bench`.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use wirehub_bench::runner::Subject;
use wirehub_bench::{bare, load, members, nodes, runner};

/// Measures the Wirehub server beside Bun and beside a bare epoll server.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Measure Wirehub, Bun and the bare epoll server, and compare them.
    Peers(runner::Options),
    /// Measure what history and sessions cost, and how fast clients that come back get what they
    /// missed.
    Remembering(runner::Options),
    /// Measure what it costs that the hub can be looked into.
    Seeing(runner::Options),
    /// Measure Wirehub beside Sockudo, both as servers of Pusher's protocol.
    Pusher(runner::Options),
    /// Measure what TLS, compression, slow readers, joins, scrapes and a second shard cost.
    Conditions(runner::Options),
    /// Measure what comes from one hub to another, beside what they meet on without hubs.
    Cluster(runner::Options),
    /// Count what hubs of a cluster cost their broker, and measure how fast they are.
    Nodes(nodes::Options),
    /// Gather very many members of one topic over several hubs, some of whom come and go.
    Members(members::Options),
    /// Hold members at one hub; `members` starts it.
    #[command(hide = true)]
    Hold(members::Hold),
    /// Run the bare epoll server, the limit.
    BareEpoll(bare::Options),
    /// Load one server that is already listening and print the outcome as JSON.
    Wsload(load::Options),
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "wirehub-bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> io::Result<()> {
    match command {
        Command::Peers(options) => runner::run(Subject::Peers, &options, &mut io::stdout()),
        Command::Remembering(options) => {
            runner::run(Subject::Remembering, &options, &mut io::stdout())
        }
        Command::Seeing(options) => runner::run(Subject::Seeing, &options, &mut io::stdout()),
        Command::Pusher(options) => runner::run(Subject::Pusher, &options, &mut io::stdout()),
        Command::Conditions(options) => {
            runner::run(Subject::Conditions, &options, &mut io::stdout())
        }
        Command::Cluster(options) => runner::run(Subject::Cluster, &options, &mut io::stdout()),
        Command::Nodes(options) => nodes::run(&options, &mut io::stdout()),
        Command::Members(options) => members::run(&options, &mut io::stdout()),
        Command::Hold(options) => members::hold(&options, &mut io::stdout()),
        Command::BareEpoll(options) => bare::serve(&options, |address| {
            writeln!(io::stdout(), "listening {address}")
        }),
        Command::Wsload(options) => {
            let outcome = load::run(&options)?;
            writeln!(io::stdout(), "{}", serde_json::to_string(&outcome)?)
        }
    }
}
