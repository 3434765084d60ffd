//! Very many members of one topic over several hubs, some of whom leave and come back all the time.

mod holder;
mod page;

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddrV4;
use std::thread;
use std::time::{Duration, Instant};

use clap::Args;
use serde::{Deserialize, Serialize};

use self::holder::Holder;
pub use self::holder::{Hold, hold};
use crate::case::Keeping;
use crate::load::Guest;
use crate::measure::{Core, Machine, Meter, Process};
use crate::nodes::tally::{Tally, Traffic};
use crate::runner::Paths;
use crate::runner::cluster::{Cluster, Meeting, Setup};

/// The settings of the hubs, and the topic, which has presence there.
const SETTINGS: &str = "nodes.toml";
const TOPIC: &str = "bench/crowd/all";
/// How long it may take until all hubs know the same.
const AGREE: Duration = Duration::from_mins(2);
/// How long everything is left alone before memory is read.
const CALM: Duration = Duration::from_secs(3);

/// How many members, and how many of them leave.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Members of the topic, all together.
    #[arg(long, default_value_t = 100_000)]
    pub members: usize,
    /// Members of one hub at most: its limit on open files.
    #[arg(long, default_value_t = 17_000)]
    pub each: usize,
    /// Members who leave in a second, each of whom comes back at once.
    #[arg(long, default_value_t = 1000.0)]
    pub churn: f64,
    /// Seconds for which they do.
    #[arg(long, default_value_t = 15.0)]
    pub seconds: f64,
    /// Only on these brokers.
    #[arg(long = "on", value_name = "BROKER", value_enum)]
    pub meetings: Vec<Meeting>,
    /// Keep the result in benchmarks/members.md and members.json.
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
    members: usize,
    churn: f64,
    crowds: Vec<Crowd>,
}

/// Members who met on one broker.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Crowd {
    meeting: Meeting,
    /// Hubs with members; one more has none and follows them all.
    hubs: usize,
    /// Seconds until all were there, and the following hub knew it.
    gathered: f64,
    /// Bytes for a member: of the broker's process, of the hub that follows, of a hub for a member
    /// that it has a connection of.
    broker_bytes: f64,
    following_bytes: f64,
    leading_bytes: f64,
    /// Seconds in which members left and came back, and how many did.
    seconds: f64,
    left: u64,
    came: u64,
    /// What came and went at the broker meanwhile, in a second.
    traffic: Traffic,
    /// Processor time of the broker, of all hubs with members, and of the one that follows: seconds
    /// of it in a second.
    cpu: [f64; 3],
    /// Seconds from the end until the following hub knew how many there are.
    agreed: f64,
}

/// Gathers, counts, prints, and writes when asked to.
///
/// # Errors
/// When something is missing or fails, or hubs do not come to know the same.
pub fn run(options: &Options, out: &mut impl Write) -> io::Result<()> {
    let meetings = match options.meetings.as_slice() {
        [] => &Meeting::ALL[..],
        chosen => chosen,
    };
    let mut found = Found {
        machine: options.paths.machine(),
        members: options.members,
        churn: options.churn,
        crowds: Vec::new(),
    };
    for meeting in meetings {
        found.crowds.push(play(options, *meeting, out)?);
    }
    let text = page::text(&found);
    write!(out, "{text}")?;
    if options.write {
        let results = options.paths.results();
        let json = serde_json::to_string_pretty(&found)? + "\n";
        fs::write(results.join("members.json"), json)?;
        fs::write(results.join("members.md"), text)?;
        writeln!(out, "written: {}", results.join("members.md").display())?;
    }
    Ok(())
}

/// As many for each hub as it may have, dealt out evenly.
fn shares(members: usize, each: usize) -> Vec<usize> {
    let hubs = members.div_ceil(each.max(1)).max(1);
    let share = |hub| members / hubs + usize::from(hub < members % hubs);
    (0..hubs).map(share).collect()
}

fn play(options: &Options, meeting: Meeting, out: &mut impl Write) -> io::Result<Crowd> {
    let shares = shares(options.members, options.each);
    let hubs = shares.len();
    let setup = Setup {
        meeting,
        keeping: Keeping::Nothing,
        hubs: hubs + 1,
        settings: SETTINGS,
        core: None,
    };
    let cluster = Cluster::start(&options.paths, setup)?;
    let addresses = cluster.addresses();
    let (Some(following), leading) = (addresses.last(), &addresses[..hubs]) else {
        return Err(io::Error::other("no hub"));
    };
    let start = |address: SocketAddrV4, count| {
        Holder::start(&Hold {
            address,
            token: cluster.token.clone(),
            topic: TOPIC.to_owned(),
            count,
        })
    };
    // One subscribes there, too, so that the hub follows; it counts as a member.
    let mut follower = start(*following, 1)?;
    follower.held()?;
    let all = options.members as u64 + 1;
    let agree = |members| agree(*following, &cluster.token, members);
    agree(1)?;
    let before = resident(&cluster)?;
    let began = Instant::now();
    let holders = leading.iter().zip(shares);
    let holders = holders.map(|(address, count)| start(*address, count));
    let mut holders: Vec<Holder> = holders.collect::<io::Result<_>>()?;
    holders.iter_mut().try_for_each(Holder::held)?;
    agree(all)?;
    let gathered = began.elapsed().as_secs_f64();
    writeln!(
        out,
        "{}: {all} members after {gathered:.0} s",
        meeting.name()
    )?;
    thread::sleep(CALM);
    let after = resident(&cluster)?;
    let mut crowd = turn_over(options, (meeting, hubs), &cluster, &mut holders)?;
    let ended = Instant::now();
    agree(all)?;
    crowd.agreed = ended.elapsed().as_secs_f64();
    crowd.gathered = gathered;
    let beyond = |from: usize, to: usize| -> f64 {
        let sum = |figures: &[u64]| figures[from..to].iter().sum::<u64>() as f64;
        (sum(&after) - sum(&before)) / options.members as f64
    };
    // The broker is the first process, and the hub that follows the last.
    crowd.broker_bytes = beyond(0, 1);
    crowd.leading_bytes = beyond(1, 1 + hubs);
    crowd.following_bytes = beyond(1 + hubs, 2 + hubs);
    Ok(crowd)
}

/// Members leave and come back for a time.
fn turn_over(
    options: &Options,
    (meeting, hubs): (Meeting, usize),
    cluster: &Cluster,
    holders: &mut [Holder],
) -> io::Result<Crowd> {
    let tally = Tally::of(meeting, cluster)?;
    let processes: Vec<Process> = cluster.pids().into_iter().map(Process::new).collect();
    let meter = Meter::start(&processes, Core(0))?;
    let (before, began) = (tally.read()?, Instant::now());
    for holder in &mut *holders {
        holder.turn_over(options.churn / hubs as f64, options.seconds)?;
    }
    let (mut left, mut came) = (0, 0);
    for holder in holders {
        let (some_left, some_came) = holder.turned_over()?;
        (left, came) = (left + some_left, came + some_came);
    }
    let seconds = began.elapsed().as_secs_f64();
    let traffic = tally.since(before)? * (1.0 / seconds);
    let (_, each) = meter.stop_each()?;
    let cpu = |from: usize, to: usize| each[from..to].iter().sum::<f64>() / seconds;
    Ok(Crowd {
        meeting,
        hubs,
        gathered: 0.0,
        broker_bytes: 0.0,
        following_bytes: 0.0,
        leading_bytes: 0.0,
        seconds,
        left,
        came,
        traffic,
        cpu: [cpu(0, 1), cpu(1, 1 + hubs), cpu(1 + hubs, 2 + hubs)],
        agreed: 0.0,
    })
}

/// What each process of the cluster occupies, in bytes.
fn resident(cluster: &Cluster) -> io::Result<Vec<u64>> {
    let processes = cluster.pids().into_iter().map(Process::new);
    processes.map(Process::rss).collect()
}

/// Waits until a hub knows of so many members.
fn agree(hub: SocketAddrV4, token: &str, members: u64) -> io::Result<()> {
    let mut guest = Guest::connect(hub, token)?;
    let deadline = Instant::now() + AGREE;
    loop {
        let request = format!(r#"{{"type":"presence","topic":"{TOPIC}","limit":0}}"#);
        let answer = guest.ask(request)?;
        let found = answer["connections"].as_u64();
        if found == Some(members) {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(io::Error::other(format!(
                "there are {members} members, and a hub said {answer}"
            )));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::shares;

    #[test]
    fn no_hub_has_more_than_it_may_and_none_is_missing() {
        let shares = shares(100_000, 17_000);
        assert_eq!((shares.len(), shares.iter().sum()), (6, 100_000));
        assert!(shares.iter().all(|share| *share <= 17_000));
    }
}
