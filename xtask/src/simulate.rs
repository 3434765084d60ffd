//! `cargo xtask simulate`: scenarios of the simulator, as many as asked for or as time allows.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::{fuzz, process, workers};

/// Simulate shards, clients and their network; fails on a finding
///
/// Each seed is one scenario, the same in every run. A finding comes with the steps before it and
/// the command that repeats it. With a mutant, a bug is planted that has to be found.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// One seed
    #[arg(long, value_name = "SEED", conflicts_with_all = ["seeds", "time"])]
    seed: Option<u64>,
    /// These seeds, the last one excluded
    #[arg(long, value_name = "FROM..TO", value_parser = parse_seeds, conflicts_with = "time")]
    seeds: Option<Range<u64>>,
    /// New seeds for this long: 90s, 15m, 2h
    #[arg(long = "for", value_name = "TIME", value_parser = fuzz::parse_time)]
    time: Option<Duration>,
    /// Plant this bug
    #[arg(long, value_name = "NAME")]
    mutant: Option<String>,
    /// How many steps to show before a finding
    #[arg(long, value_name = "COUNT", default_value = "60")]
    lines: usize,
    /// How many seeds are played at the same time
    #[arg(long, value_name = "COUNT", default_value = "2")]
    at_a_time: NonZeroUsize,
}

/// Seeds that one process plays.
const CHUNK: u64 = 1_000;

/// What is played when nothing else is asked for.
const DEFAULT: Range<u64> = 0..20_000;

/// Builds the simulator and plays.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let build = ["build", "--package", "wirehub-testkit"];
    let mut cargo = project.cargo();
    process::run(
        cargo
            .args(build)
            .args(["--example", "simulate", "--locked"]),
    )?;
    let program = project.built("debug/examples/simulate")?;
    let queue = Mutex::new(Queue::new(args)?);
    let started = Instant::now();
    workers::run(args.at_a_time.get(), 0..args.at_a_time.get(), |_| {
        work(project, &program, args, &queue)
    })?;
    let queue = queue.into_inner().unwrap_or_else(PoisonError::into_inner);
    let seconds = started.elapsed().as_secs_f64();
    match queue.findings.first() {
        Some(finding) => {
            println!("{finding}");
            bail!("a promise is broken");
        }
        None => println!("{} seeds in {seconds:.0} s without a finding", queue.played),
    }
    Ok(())
}

/// What is left to be played, and what was found.
struct Queue {
    seeds: Range<u64>,
    until: Option<Instant>,
    told: Instant,
    played: u64,
    findings: Vec<String>,
}

impl Queue {
    fn new(args: &Args) -> Result<Self> {
        let seeds = match (args.seed, &args.seeds, args.time) {
            (Some(seed), ..) => seed..seed.checked_add(1).context("the seed is too large")?,
            (_, Some(seeds), _) => seeds.clone(),
            (.., Some(_)) => {
                // Where nobody has been: each run begins at another place.
                let since = SystemTime::now().duration_since(UNIX_EPOCH)?;
                let first = since.as_secs() * 1_000_000;
                println!("seeds from {first} on");
                first..u64::MAX
            }
            _ => DEFAULT,
        };
        Ok(Self {
            seeds,
            until: args.time.map(|time| Instant::now() + time),
            told: Instant::now(),
            played: 0,
            findings: Vec::new(),
        })
    }

    /// The next seeds to play; `None` when it is enough.
    fn next(&mut self) -> Option<Range<u64>> {
        let late = self.until.is_some_and(|until| Instant::now() >= until);
        if late || self.seeds.is_empty() || !self.findings.is_empty() {
            return None;
        }
        let end = self.seeds.end.min(self.seeds.start.saturating_add(CHUNK));
        let chunk = self.seeds.start..end;
        self.seeds.start = end;
        Some(chunk)
    }

    fn passed(&mut self, chunk: &Range<u64>) {
        self.played += chunk.end - chunk.start;
        if self.told.elapsed() > Duration::from_secs(10) {
            self.told = Instant::now();
            println!("{} seeds", self.played);
        }
    }
}

fn work(project: &Project, program: &Path, args: &Args, queue: &Mutex<Queue>) -> Result<()> {
    let lock = || queue.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let Some(chunk) = lock().next() else {
            return Ok(());
        };
        let mut simulator = project.command(program);
        simulator.arg(format!("{}..{}", chunk.start, chunk.end));
        simulator.arg(args.lines.to_string()).args(&args.mutant);
        let output = simulator.output().context("cannot start the simulator")?;
        match output.status.code() {
            Some(0) => lock().passed(&chunk),
            Some(1) => {
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                lock().findings.push(text);
            }
            _ => {
                let said = String::from_utf8_lossy(&output.stderr);
                let Range { start, end } = chunk;
                bail!("seeds {start}..{end}: {} {}", output.status, said.trim());
            }
        }
    }
}

fn parse_seeds(text: &str) -> Result<Range<u64>, String> {
    let seeds = text.split_once("..").and_then(|(from, to)| {
        let seeds: Range<u64> = from.parse().ok()?..to.parse().ok()?;
        (!seeds.is_empty()).then_some(seeds)
    });
    seeds.ok_or_else(|| format!("`{text}` is no range of seeds: write 0..1000"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(seeds: Range<u64>) -> Queue {
        Queue {
            seeds,
            until: None,
            told: Instant::now(),
            played: 0,
            findings: Vec::new(),
        }
    }

    #[test]
    fn every_seed_is_played_once() {
        let mut queue = queue(5..2_105);
        let chunks: Vec<_> = std::iter::from_fn(|| queue.next()).collect();
        assert_eq!(chunks, [5..1_005, 1_005..2_005, 2_005..2_105]);
    }

    #[test]
    fn a_finding_ends_it() {
        let mut queue = queue(0..9_000);
        assert!(queue.next().is_some());
        queue.findings.push("found".to_owned());
        assert_eq!(queue.next(), None);
    }

    #[test]
    fn ranges_are_read_or_refused() {
        assert_eq!(parse_seeds("3..9"), Ok(3..9));
        for bad in ["3", "9..3", "3..3", "a..b", ".."] {
            assert!(parse_seeds(bad).unwrap_err().contains("0..1000"), "{bad}");
        }
    }
}
