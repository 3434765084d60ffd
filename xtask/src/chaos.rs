//! `cargo xtask chaos`: three nodes on a real broker under load, while things are killed, cut off
//! and restarted around them.

pub(crate) mod broker;
mod cluster;
mod crowd;
mod fault;
mod members;
pub(crate) mod network;
mod node;
mod page;
mod round;

use std::num::NonZeroUsize;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::chaos::broker::Plant;
use crate::chaos::cluster::{Cluster, Plan};
use crate::chaos::fault::Fault;
use crate::chaos::network::Network;
use crate::chaos::page::{Played, Table};
use crate::chaos::round::Round;
use crate::process;
use crate::project::Project;
use crate::steps::Outcome;
use crate::workers;

/// Kill, cut off and restart nodes and their broker under load; fails when anything is lost
///
/// Three `wirehub serve` meet on a broker, `wirehub load` speaks to all of them, and each fault
/// comes so many times. Nothing may be lost, come twice or out of order, no gap may be admitted,
/// and those who are told to be on a topic must be those who are. Partitions and bad lines need
/// root: each node gets a network of its own.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often each fault comes
    #[arg(long, value_name = "COUNT", default_value = "5")]
    rounds: u32,
    /// Just this fault (may be given more than once)
    #[arg(long = "fault", value_name = "NAME", value_parser = Fault::ALL.map(Fault::name))]
    faults: Vec<String>,
    /// What the nodes meet on
    #[arg(long, value_name = "NAME", default_value = "redis", value_parser = broker::NAMES)]
    broker: String,
    /// What has to be found: run with a broker that is not what the nodes are told
    #[arg(long, value_name = "NAME", value_parser = Plant::ALL.map(Plant::name))]
    plant: Option<String>,
    /// Clients
    #[arg(long, value_name = "COUNT", default_value = "120")]
    connections: u32,
    /// How many faults are played at the same time, each on nodes and a broker of its own
    #[arg(long, value_name = "COUNT", default_value = "1")]
    at_a_time: NonZeroUsize,
    /// One short round of each fault that needs no root, as in `cargo xtask test`
    #[arg(long, conflicts_with_all = ["rounds", "write"])]
    quick: bool,
    /// Take the optimised build
    #[arg(long)]
    release: bool,
    /// Take this program, and build none
    #[arg(long, value_name = "FILE", conflicts_with = "release")]
    program: Option<PathBuf>,
    /// Keep the result in benchmarks/chaos-BROKER.md
    #[arg(long)]
    write: bool,
}

/// Plays all rounds, and says what became of them.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let plan = Plan {
        broker: args.broker.clone(),
        plant: args.plant.as_deref().and_then(Plant::named),
        connections: args.connections,
        program: match &args.program {
            Some(program) => program.canonicalize().context("there is no such program")?,
            None => cluster::build(project, &args.broker, args.release)?,
        },
    };
    broker::prepare(project, &plan.broker)?;
    let rounds = if args.quick { 1 } else { args.rounds };
    let is_chosen = |fault: &Fault| {
        let is_named = args.faults.iter().any(|name| name == fault.name());
        is_named || args.faults.is_empty() && (!args.quick || fault.is_quick())
    };
    let mut table = Table::default();
    let mut chosen = Vec::new();
    for fault in Fault::ALL.into_iter().filter(is_chosen) {
        match fault.cannot_be_played() {
            None => chosen.push(fault),
            Some(reason) => {
                println!("left out  {}: {reason}", fault.name());
                table.left_out(fault, reason);
            }
        }
    }
    let all = workers::run(args.at_a_time.get(), chosen, |fault| {
        play(project, &plan, fault, rounds, args.quick)
    })?;
    for played in all {
        table.add(played);
    }
    println!("\n{}", table.text());
    if args.write {
        let made = made(project, args, rounds, &table)?;
        let page = format!("benchmarks/chaos-{}.md", plan.broker);
        std::fs::write(project.path(&page), table.page(&plan.broker, &made))?;
        println!("wrote {page}");
    }
    match table.faults() {
        0 => Ok(()),
        count => bail!("{count} rounds have not passed; what was wrong stands above"),
    }
}

/// The step of `cargo xtask test`: one short round of what needs no root, and on NATS of what is
/// about the broker.
pub(crate) fn step(project: &Project) -> Result<Outcome> {
    let about_it = vec![Fault::KillBroker.name().to_owned()];
    for (broker, faults) in [("redis", Vec::new()), ("nats", about_it)] {
        let args = Args {
            rounds: 1,
            faults,
            broker: broker.to_owned(),
            plant: None,
            connections: 60,
            at_a_time: NonZeroUsize::MIN,
            quick: true,
            release: false,
            program: None,
            write: false,
        };
        run(project, &args)?;
    }
    Ok(Outcome::Passed)
}

/// All rounds of one fault, with the same nodes.
fn play(project: &Project, plan: &Plan, fault: Fault, rounds: u32, quick: bool) -> Result<Played> {
    let network = Network::new(fault.needs_lines())?;
    let name = format!("{}-{}", plan.broker, fault.name());
    let mut cluster = Cluster::start(project, plan, network, &name)?;
    let versions = cluster.versions()?;
    let mut found = Vec::new();
    for number in 0..rounds {
        let round = Round {
            fault,
            number,
            quick,
        };
        let one = round.play(&mut cluster, plan.connections)?;
        println!(
            "{:<9} {} {}/{rounds}: {one}",
            one.word(),
            fault.name(),
            number + 1
        );
        found.push(one);
    }
    Ok(Played {
        fault,
        found,
        wrong: cluster.stop()?,
        versions,
    })
}

/// With what, where and when the result was made.
fn made(project: &Project, args: &Args, rounds: u32, table: &Table) -> Result<String> {
    let build = if args.release { "release" } else { "dev" };
    let together = match args.at_a_time.get() {
        1 => String::new(),
        count => format!(", {count} faults at a time"),
    };
    Ok(format!(
        "{}, commit {}, {build} build, {} clients, {rounds} rounds each{together}, {} cores; {}.",
        process::today()?,
        project.commit()?,
        args.connections,
        std::thread::available_parallelism()?,
        table.measured_with()
    ))
}
