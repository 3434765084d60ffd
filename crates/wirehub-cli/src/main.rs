//! The program `wirehub`: settings from a file, the environment and flags around the hub of the
//! crate
//! `wirehub`.
//!
//! What it adds is what a process needs: signals, log, file limit, development secrets, a banner,
//! and tools beside the server. It holds no rule of the hub itself.

mod catalogue;
mod centrifugo;
mod cli;
mod commands;
mod config_file;
mod exit_code;
mod failure;
mod fault;
#[cfg_attr(not(feature = "kafka"), path = "no_kafka.rs")]
mod kafka;
mod layers;
mod lists;
mod log;
mod optional;
mod output;
mod raw_settings;
mod settings;
mod shards;
mod shown;
mod size;
mod span;
mod terminal;

use std::process;

use clap::Parser;
use tikv_jemallocator::Jemalloc;
#[cfg(feature = "heap-profile")]
use wirehub_profile::SamplingAllocator;

use crate::{
    cli::{Cli, Command},
    commands::{
        config, connections, disconnect, doctor, drain, events, history, key, load, nodes,
        presence, publish, send, serve, stay, token, top, topics,
    },
};

#[cfg(feature = "heap-profile")]
#[global_allocator]
static ALLOCATOR: SamplingAllocator<Jemalloc> = SamplingAllocator::around(Jemalloc);

#[cfg(not(feature = "heap-profile"))]
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> process::ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(flags) => serve::run(&flags),
        Command::Token(flags) => token::run(flags),
        Command::Publish(flags) => publish::run(flags),
        Command::Send(flags) => send::run(flags),
        Command::Disconnect(flags) => disconnect::run(flags),
        Command::Drain(flags) => drain::run(&flags),
        Command::Stay(flags) => stay::run(&flags),
        Command::Nodes(flags) => nodes::run(&flags),
        Command::Connections(flags) => connections::run(flags),
        Command::Topics(flags) => topics::run(flags),
        Command::Presence(flags) => presence::run(flags),
        Command::History(flags) => history::run(flags),
        Command::Events { what } => events::run(what),
        Command::Top(flags) => top::run(&flags),
        Command::Load(flags) => load::run(&flags),
        Command::Key { what } => key::run(what),
        Command::Config { what } => config::run(what),
        Command::Doctor(file) => doctor::run(file),
    };
    outcome
        .unwrap_or_else(|failure| {
            output::complain(&failure.message);
            failure.code
        })
        .into()
}
