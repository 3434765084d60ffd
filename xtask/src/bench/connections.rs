//! Very many connections, held with heartbeats: several hubs, several crowds, one machine.

mod crowd;
mod kernel;
mod page;

use std::path::PathBuf;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use self::crowd::Crowd;
use self::kernel::Kernel;
use self::page::{Found, Page};
use crate::conform::server::{self, Server};
use crate::fuzz;
use crate::process::{self, Guarded};
use crate::project::Project;
use crate::soak::admin::Admin;
use crate::soak::reading::Reading;

/// Where the result is kept.
const PAGE: &str = "benchmarks/connections.md";
/// The settings of each hub.
const SETTINGS: &str = "benchmarks/connections.toml";
/// How often all of it is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How long the last connections may take beyond their ramp.
const LATE: Duration = Duration::from_mins(2);

/// Hold very many connections on several hubs, and see what each takes of the machine
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many, all together
    #[arg(long, value_name = "COUNT", default_value = "20000")]
    connections: u32,
    /// How many one hub has at most, and one process of the crowd: their limits on open files
    #[arg(long, value_name = "COUNT", default_value = "19500")]
    each: u32,
    /// Connections that come in a second, all together
    #[arg(long, value_name = "COUNT", default_value = "2000")]
    rate: u32,
    /// How long they are held: 90s, 10m, 1h
    #[arg(long = "for", value_name = "TIME", default_value = "90s", value_parser = fuzz::parse_time)]
    time: Duration,
    /// Have the hubs meet on a Redis server, which is started too
    #[arg(long)]
    redis: bool,
    /// Take the binary without optimisation, which is built sooner
    #[arg(long)]
    dev: bool,
    /// Take this binary, and build none
    #[arg(long, value_name = "FILE", conflicts_with = "dev")]
    binary: Option<PathBuf>,
    /// Keep the result in benchmarks/connections.md
    #[arg(long)]
    write: bool,
}

/// One hub, and those who connect to it.
struct Node {
    server: Server,
    admin: Admin,
    before: Reading,
    crowd: Crowd,
}

/// Starts everything, holds it, and says what it took.
pub(super) fn run(project: &Project, args: &Args) -> Result<()> {
    let binary = match &args.binary {
        Some(binary) => binary.clone(),
        None => server::build(project, !args.dev)?,
    };
    let redis = args.redis.then(|| redis(project)).transpose()?;
    let settings = settings(project, redis.as_ref().map(|(_, port)| *port))?;
    let empty = Kernel::now()?;
    let mut nodes = Vec::new();
    for connections in shares(args.connections, args.each) {
        nodes.push(node(
            project,
            args,
            &binary,
            &settings,
            (nodes.len(), connections),
        )?);
    }
    let before = Kernel::now()?;
    for node in &mut nodes {
        node.crowd.begin()?;
    }
    let ramp = Duration::from_secs_f64(f64::from(args.connections) / f64::from(args.rate));
    let opened = until_open(&nodes, args.connections, ramp + LATE)?;
    println!(
        "{} connections are open after {opened:.0?}",
        args.connections
    );
    let found = hold(&mut nodes, args.time, (empty, before))?;
    drop(redis);
    let build = match (&args.binary, args.dev) {
        (Some(_), _) => "a given binary",
        (None, true) => "dev build",
        (None, false) => "release build",
    };
    let page = Page {
        connections: args.connections,
        time: args.time,
        opened,
        meets: args.redis,
        found,
        made: format!(
            "{}, commit {}, {build}",
            process::today()?,
            project.commit()?
        ),
    };
    println!("{}", page.table());
    if args.write {
        std::fs::write(project.path(PAGE), page.text()?)?;
        println!("wrote {PAGE}");
    }
    match page.faults().as_slice() {
        [] => Ok(()),
        faults => bail!("{}", faults.join("; ")),
    }
}

/// As many for each hub as it may have, dealt out evenly.
fn shares(connections: u32, each: u32) -> Vec<u32> {
    let nodes = connections.div_ceil(each.max(1)).max(1);
    let share = |node| connections / nodes + u32::from(node < connections % nodes);
    (0..nodes).map(share).collect()
}

fn settings(project: &Project, redis: Option<u16>) -> Result<String> {
    let text = std::fs::read_to_string(project.path(SETTINGS));
    let text = text.with_context(|| format!("cannot read {SETTINGS}"))?;
    Ok(match redis {
        None => text,
        Some(port) => format!(
            "{text}\n[broker]\nkind = \"redis\"\nredis = {{ url = \"redis://127.0.0.1:{port}\" }}\n"
        ),
    })
}

fn node(
    project: &Project,
    args: &Args,
    binary: &std::path::Path,
    settings: &str,
    (number, connections): (usize, u32),
) -> Result<Node> {
    let name = format!("connections-{number}");
    let server = Server::of(project, binary, &name, settings)?;
    let admin = Admin::of(&server)?;
    let before = admin.read(server.pid())?;
    let part = f64::from(connections) / f64::from(args.connections);
    let ramp = Duration::from_secs_f64(f64::from(connections) / (f64::from(args.rate) * part));
    let crowd = Crowd::prepare(
        project,
        (number, &name),
        &server,
        connections,
        (ramp, args.time + LATE),
    )?;
    Ok(Node {
        server,
        admin,
        before,
        crowd,
    })
}

/// A Redis that keeps nothing, on a port of its own.
fn redis(project: &Project) -> Result<(Guarded, u16)> {
    let port = server::free_port()?;
    let folder = project.scratch("connections-redis")?;
    let mut command = project.command("redis-server");
    command.args([
        "--save",
        "",
        "--appendonly",
        "no",
        "--bind",
        "127.0.0.1",
        "--port",
    ]);
    command
        .arg(port.to_string())
        .current_dir(folder)
        .stdout(Stdio::null());
    let child = Guarded(command.spawn().context("cannot start redis-server")?);
    let deadline = Instant::now() + LATE;
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if Instant::now() > deadline {
            bail!("redis-server does not listen");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok((child, port))
}

/// Sums over all hubs.
fn look(nodes: &[Node]) -> Result<Vec<Reading>> {
    let readings = nodes.iter().map(|node| node.admin.read(node.server.pid()));
    readings.collect()
}

/// Waits until everybody is there; says how long that took.
fn until_open(nodes: &[Node], connections: u32, patience: Duration) -> Result<Duration> {
    let started = Instant::now();
    loop {
        let open: u64 = look(nodes)?.iter().map(|reading| reading.connections).sum();
        // Each crowd has a publisher besides, who says nothing.
        let wanted = u64::from(connections) + nodes.len() as u64;
        if open >= wanted {
            return Ok(started.elapsed());
        }
        println!(
            "{open} of {wanted} connections after {:.0?}",
            started.elapsed()
        );
        if started.elapsed() > patience {
            bail!("only {open} of {wanted} connections are open after {patience:.0?}");
        }
        std::thread::sleep(LOOK);
    }
}

/// Holds them for a time; the last look counts for memory, the lowest for connections.
fn hold(nodes: &mut [Node], time: Duration, kernel: (Kernel, Kernel)) -> Result<Found> {
    let started = Instant::now();
    let beats = heartbeats(nodes)?;
    let (mut fewest, mut last) = (u64::MAX, Vec::new());
    while started.elapsed() < time {
        std::thread::sleep(LOOK.min(time));
        last = look(nodes)?;
        fewest = fewest.min(last.iter().map(|reading| reading.connections).sum());
        for node in nodes.iter_mut() {
            node.crowd.is_there()?;
        }
    }
    let during = Kernel::now()?;
    let beats = heartbeats(nodes)? - beats;
    let crowds: u64 = nodes
        .iter()
        .map(|node| node.crowd.resident())
        .sum::<Result<_>>()?;
    let mut ends = Vec::new();
    for node in nodes.iter_mut() {
        ends.push(node.crowd.end()?);
    }
    let sum = |read: fn(&Reading) -> u64, readings: &mut dyn Iterator<Item = Reading>| {
        readings.map(|reading| read(&reading)).sum::<u64>()
    };
    let before = || nodes.iter().map(|node| node.before);
    Ok(Found {
        nodes: nodes.len(),
        fewest,
        heartbeats: beats,
        resident: (
            sum(|reading| reading.resident, &mut before()),
            sum(|reading| reading.resident, &mut last.iter().copied()),
        ),
        allocated: (
            sum(|reading| reading.allocated, &mut before()),
            sum(|reading| reading.allocated, &mut last.iter().copied()),
        ),
        crowds,
        kernel: (kernel.0, kernel.1, during),
        ends,
    })
}

/// Heartbeats that the hubs sent so far.
fn heartbeats(nodes: &[Node]) -> Result<u64> {
    let counts = nodes
        .iter()
        .map(|node| node.admin.sum("wirehub_heartbeats_total"));
    counts.sum()
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn no_hub_has_more_than_it_may_and_none_is_missing() {
        assert_eq!(shares(20_000, 19_500), [10_000, 10_000]);
        assert_eq!(shares(5, 2), [2, 2, 1]);
        let million = shares(1_000_000, 19_500);
        assert_eq!((million.len(), million.iter().sum()), (52, 1_000_000));
        assert!(million.iter().all(|share| *share <= 19_500));
    }
}
