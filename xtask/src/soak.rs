//! `cargo xtask soak`: a crowd that comes and goes for a long time, and nothing that stays behind.

pub(crate) mod admin;
mod crowd;
pub(crate) mod reading;
mod verdict;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::conform::server::Server;
use crate::project::Project;
use crate::soak::admin::Admin;
use crate::soak::crowd::Crowd;
use crate::soak::reading::Reading;
use crate::soak::verdict::Verdict;
use crate::{fuzz, process};

/// Have a crowd come and go for long; fails when something is left over
///
/// Starts the release binary with benchmarks/soak.toml and drives connections, sessions,
/// subscriptions and publications with the Rust client, and things that are no clients. Each minute
/// the server is asked what it found to be left over, which must be nothing at any time. At the end
/// everybody leaves, and descriptors and tasks must be as many as before.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How long: 90s, 15m, 2h
    #[arg(long = "for", value_name = "TIME", default_value = "1h", value_parser = fuzz::parse_time)]
    time: Duration,
    /// How many visitors come in a second
    #[arg(long, value_name = "COUNT", default_value = "20")]
    rate: u32,
    /// Take the binary without optimisation, which is built sooner
    #[arg(long)]
    dev: bool,
    /// Keep the result in benchmarks/soak.md
    #[arg(long)]
    write: bool,
}

/// Where the result is kept.
const PAGE: &str = "benchmarks/soak.md";
/// The settings of the server.
const SETTINGS: &str = "benchmarks/soak.toml";
/// How often the process is looked at.
const LOOK: Duration = Duration::from_secs(5);
/// How often what was seen is told, and leaks are asked for.
const TELL: Duration = Duration::from_mins(1);
/// How long the last of the crowd may be remembered: sessions, topics, closed sockets.
const FORGET: Duration = Duration::from_mins(3);

/// Builds the server and the crowd, lets them run, and judges.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let settings = std::fs::read_to_string(project.path(SETTINGS))
        .with_context(|| format!("cannot read {SETTINGS}"))?;
    let mut server = Server::start(project, "soak", &settings, !args.dev)?;
    let admin = Admin::of(&server)?;
    let start = admin.read(server.pid())?;
    let mut crowd = Crowd::start(project, &server, args.rate)?;
    let readings = watch(&admin, &server, &mut crowd, args.time)?;
    let (done, fault) = crowd.end()?;
    println!("the crowd is gone: {done}");
    let end = until_forgotten(&admin, &server, &start)?;
    let found = admin.leaks()?;
    server.stop()?;
    let verdict = Verdict {
        time: args.time,
        done,
        fault,
        start,
        readings,
        end,
        found,
    };
    println!("{}", verdict.table());
    if args.write {
        let build = if args.dev { "dev" } else { "release" };
        let made = format!(
            "{}, commit {}, {build} build, {} visitors a second",
            process::today()?,
            project.commit()?,
            args.rate
        );
        std::fs::write(project.path(PAGE), verdict.page(&made))?;
        println!("wrote {PAGE}");
    }
    let faults = verdict.faults();
    if !faults.is_empty() {
        let log = server.log().display();
        bail!("{}; the server's log is {log}", faults.join("; "));
    }
    println!("nothing was left over");
    Ok(())
}

/// Looks at the process until the time is over.
fn watch(
    admin: &Admin,
    server: &Server,
    crowd: &mut Crowd,
    time: Duration,
) -> Result<Vec<Reading>> {
    let started = Instant::now();
    let (mut readings, mut told) = (Vec::new(), Instant::now());
    while started.elapsed() < time {
        std::thread::sleep(LOOK.min(time));
        crowd.is_there()?;
        let reading = admin.read(server.pid())?;
        if told.elapsed() >= TELL {
            told = Instant::now();
            let found = admin.leaks()?;
            let seconds = started.elapsed().as_secs();
            println!("{seconds:>6} s  {reading}, {found}");
        }
        readings.push(reading);
    }
    Ok(readings)
}

/// Waits until as little is there as at the start, or for long enough.
fn until_forgotten(admin: &Admin, server: &Server, start: &Reading) -> Result<Reading> {
    let deadline = Instant::now() + FORGET;
    loop {
        let reading = admin.read(server.pid())?;
        if reading.is_like(start) || Instant::now() > deadline {
            return Ok(reading);
        }
        std::thread::sleep(LOOK);
    }
}
