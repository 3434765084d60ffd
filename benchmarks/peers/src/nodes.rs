//! What a cluster costs, with one hub and with many: counted at the broker, and measured.
//!
//! Counts of commands, messages and bytes are the same on every machine, but for the digits in
//! them. Rates and processor time are of this machine, which hubs, broker and clients share.

mod deeds;
mod model;
mod page;
pub(crate) mod tally;

use std::fs;
use std::io::{self, Write};
use std::process::Command;
use std::thread;
use std::time::Duration;

use clap::Args;
use serde::{Deserialize, Serialize};

use self::deeds::{Deed, Scene};
use self::tally::{Tally, Traffic};
use crate::case::{Case, Keeping};
use crate::measure::{Core, Machine, raise_file_limit};
use crate::outcome::{Flow, Outcome};
use crate::runner::Paths;
use crate::runner::cluster::{Cluster, Meeting, Setup};
use crate::runner::rounds::finished;

/// The settings of the hubs.
const SETTINGS: &str = "nodes.toml";
/// Messages that may be on their way at once while rates are measured.
const WINDOW: usize = 64;
/// How long a cluster is left alone before it is looked at what it does by itself.
const CALM: Duration = Duration::from_secs(2);

/// How many hubs to run, and for how long.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Hubs of a cluster; may be repeated.
    #[arg(long = "hubs", value_name = "COUNT", default_values_t = [1, 2, 4, 8])]
    pub hubs: Vec<usize>,
    /// Only on these brokers.
    #[arg(long = "on", value_name = "BROKER", value_enum)]
    pub meetings: Vec<Meeting>,
    /// Rounds of rates; things are counted in the first alone.
    #[arg(long, default_value_t = 3)]
    pub rounds: usize,
    /// Measured seconds of a rate.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// Seconds for which a cluster is watched in which nobody does anything. Leases are renewed
    /// every five seconds.
    #[arg(long, default_value_t = 15.0)]
    pub quiet: f64,
    /// Application data of a message in bytes.
    #[arg(long, default_value_t = 128)]
    pub payload: usize,
    /// The core for the client; the broker and the hubs run on the other.
    #[arg(long, default_value = "1")]
    pub client_core: Core,
    /// The core for the broker and the hubs.
    #[arg(long, default_value = "0")]
    pub server_core: Core,
    /// Keep the result in benchmarks/nodes.md and nodes.json.
    #[arg(long)]
    pub write: bool,
    /// Where the servers are.
    #[command(flatten)]
    pub paths: Paths,
}

/// All that was found.
#[derive(Debug, Serialize, Deserialize)]
struct Found {
    machine: Machine,
    seconds: f64,
    payload: usize,
    quiet: Vec<Quiet>,
    deeds: Vec<Counted>,
    rates: Vec<Rate>,
}

/// What a cluster costs in a second while nobody does anything.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Quiet {
    meeting: Meeting,
    hubs: usize,
    traffic: Traffic,
}

/// What a thing costs in a cluster.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Counted {
    meeting: Meeting,
    hubs: usize,
    deed: Deed,
}

/// How fast publications go from the first hub to one subscriber on each of the last ones.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Rate {
    meeting: Meeting,
    hubs: usize,
    interested: usize,
    round: usize,
    flow: Flow,
}

impl Rate {
    /// Publications, each of which was delivered to every hub that wanted it.
    fn publications(&self) -> f64 {
        self.flow.deliveries as f64 / self.interested as f64
    }

    fn per_second(&self) -> f64 {
        self.publications() / self.flow.seconds
    }

    /// Microseconds of processor time for a publication: of the broker, of the publisher's hub, of
    /// another one that wants it, and of one that does not.
    fn cpu(&self) -> [Option<f64>; 4] {
        let publications = self.publications().max(1.0);
        let each = |place: usize| Some(self.flow.each.get(place)? * 1e6 / publications);
        // The broker is the first process, then come the hubs.
        let first_ear = 1 + self.hubs - self.interested;
        let mean = |from: usize, to: usize| {
            let figures: Vec<f64> = (from..to).filter_map(each).collect();
            let sum: f64 = figures.iter().sum();
            (!figures.is_empty()).then(|| sum / figures.len() as f64)
        };
        let others = mean(first_ear.max(2), 1 + self.hubs);
        [each(0), each(1), others, mean(2, first_ear)]
    }
}

/// Counts, measures, prints, and writes when asked to.
///
/// # Errors
/// When a broker or a hub is missing or fails, or a file cannot be written.
pub fn run(options: &Options, out: &mut impl Write) -> io::Result<()> {
    raise_file_limit()?;
    let mut found = Found {
        machine: options.paths.machine(),
        seconds: options.seconds,
        payload: options.payload,
        quiet: Vec::new(),
        deeds: Vec::new(),
        rates: Vec::new(),
    };
    let meetings = match options.meetings.as_slice() {
        [] => &Meeting::ALL[..],
        chosen => chosen,
    };
    for round in 0..options.rounds.max(1) {
        for hubs in &options.hubs {
            for meeting in meetings {
                let name = meeting.name();
                write!(out, "\rround {}: {hubs} hubs on {name}   ", round + 1)?;
                out.flush()?;
                play(options, *meeting, *hubs, round, &mut found)?;
            }
        }
    }
    writeln!(out)?;
    let text = page::text(&found);
    write!(out, "{text}")?;
    if options.write {
        let results = options.paths.results();
        let json = serde_json::to_string_pretty(&found)? + "\n";
        fs::write(results.join("nodes.json"), json)?;
        fs::write(results.join("nodes.md"), text)?;
        writeln!(out, "written: {}", results.join("nodes.md").display())?;
    }
    Ok(())
}

/// One cluster: what it does by itself, what things cost, how fast it is.
fn play(
    options: &Options,
    meeting: Meeting,
    hubs: usize,
    round: usize,
    found: &mut Found,
) -> io::Result<()> {
    let setup = Setup {
        meeting,
        keeping: Keeping::Nothing,
        hubs,
        settings: SETTINGS,
        core: Some(options.server_core),
    };
    let cluster = Cluster::start(&options.paths, setup)?;
    if round == 0 {
        let tally = Tally::of(meeting, &cluster)?;
        let quiet = quiet(options, &tally)?;
        found.quiet.push(Quiet {
            meeting,
            hubs,
            traffic: quiet,
        });
        let scene = Scene {
            hubs: cluster.addresses(),
            token: &cluster.token,
            tally: &tally,
            quiet,
        };
        let counted = scene.play()?.into_iter().map(|deed| Counted {
            meeting,
            hubs,
            deed,
        });
        found.deeds.extend(counted);
    }
    let mut counts = vec![1, hubs];
    counts.dedup();
    for interested in counts {
        let flow = flow(options, &cluster, interested)?;
        found.rates.push(Rate {
            meeting,
            hubs,
            interested,
            round,
            flow,
        });
    }
    Ok(())
}

/// What comes and goes in a second while nobody does anything.
fn quiet(options: &Options, tally: &Tally) -> io::Result<Traffic> {
    thread::sleep(CALM);
    let before = tally.read()?;
    thread::sleep(Duration::try_from_secs_f64(options.quiet).unwrap_or_default());
    Ok(tally.since(before)? * (1.0 / options.quiet))
}

/// One publisher at the first hub, one subscriber at each of the last ones.
fn flow(options: &Options, cluster: &Cluster, interested: usize) -> io::Result<Flow> {
    let case = Case::Across {
        subscribers: interested,
        window: WINDOW,
        keeping: Keeping::Nothing,
    };
    let addresses = cluster.addresses();
    let mut ears = addresses.iter().skip(addresses.len() - interested);
    let (Some(publisher), Some(first)) = (addresses.first(), ears.next()) else {
        return Err(io::Error::other("a cluster has at least one hub"));
    };
    let mut load = Command::new(std::env::current_exe()?);
    load.arg("wsload").arg(case.to_string());
    load.args(["--wire", "native"]);
    for (name, value) in [
        ("--address", first.to_string()),
        ("--publisher", publisher.to_string()),
        ("--server-core", options.server_core.0.to_string()),
        ("--client-core", options.client_core.0.to_string()),
        ("--seconds", options.seconds.to_string()),
        ("--payload", options.payload.to_string()),
        ("--token", cluster.token.clone()),
    ] {
        load.arg(format!("{name}={value}"));
    }
    for ear in ears {
        load.arg(format!("--also={ear}"));
    }
    for pid in cluster.pids() {
        load.arg(format!("--server-pid={pid}"));
    }
    match finished(load)? {
        Outcome::Flow(flow) if flow.faults.total() == 0 => Ok(flow),
        other => Err(io::Error::other(format!("not a good flow: {other:?}"))),
    }
}
