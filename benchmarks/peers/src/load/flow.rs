//! The course of a run that moves messages: warm up, measure, stop sending, wait for the rest.

use std::io;
use std::time::{Duration, Instant};

use super::options::Options;
use super::order::Arrival;
use super::pool::{Pool, Receiver};
use crate::measure::{Latencies, Meter};
use crate::outcome::{Faults, Flow};

/// A load that keeps messages on their way.
pub(super) trait Load: Receiver {
    /// Sends what is due.
    fn feed(&mut self, pool: &Pool) -> io::Result<()>;
    /// Sends nothing any more.
    fn stop(&mut self);
    /// Deliveries that are owed.
    fn missing(&self) -> u64;
    /// What was noted about arrivals.
    fn arrivals(&mut self) -> &mut Arrivals;
}

/// What is noted about arrivals, whatever the load.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    measuring: bool,
    total: u64,
    deliveries: u64,
    latencies: Latencies,
    faults: Faults,
}

impl Arrivals {
    /// A message arrived that was sent at `sent`; `None` when none of this number was on its
    /// way.
    pub(super) fn note(&mut self, arrival: Arrival, sent: Option<Instant>, now: Instant) {
        self.total += 1;
        match arrival {
            Arrival::Fresh => {}
            Arrival::Late => self.faults.reordered += 1,
            Arrival::Again => {
                self.faults.duplicated += 1;
                return;
            }
        }
        match sent {
            Some(sent) if self.measuring => {
                self.deliveries += 1;
                self.latencies.record(now.saturating_duration_since(sent));
            }
            Some(_) => {}
            None => self.faults.corrupt += 1,
        }
    }

    /// A message arrived that is not as it was sent.
    pub(super) fn note_corrupt(&mut self) {
        self.total += 1;
        self.faults.corrupt += 1;
    }
}

/// Runs a load whose connections are open.
pub(super) fn run(options: &Options, mut pool: Pool, mut load: impl Load) -> io::Result<Flow> {
    drive(&mut pool, &mut load, options.warmed_up(), options.patient())?;
    let before = pool.traffic();
    let servers = options.servers();
    let meter = Meter::start(&servers, options.server_core)?;
    let started = Instant::now();
    let told = load.arrivals().total;
    load.arrivals().measuring = true;
    drive(&mut pool, &mut load, options.measured(), options.patient())?;
    load.arrivals().measuring = false;
    let seconds = started.elapsed().as_secs_f64();
    let (cpu, each) = meter.stop_each()?;
    let during = pool.traffic().since(before);
    // Not frames: some servers put several messages into one.
    let messages = (load.arrivals().total - told) as f64;
    let rss = servers.iter().map(|server| server.rss());
    let rss = rss.sum::<io::Result<u64>>()?;
    drain(&mut pool, &mut load, options.patient())?;
    let lost = load.missing();
    let arrivals = load.arrivals();
    let flow = Flow {
        seconds,
        deliveries: arrivals.deliveries,
        cpu,
        each,
        latency: arrivals.latencies.summary(),
        messages_per_read: messages / during.reads.max(1) as f64,
        wire_bytes: during.bytes as f64 / messages.max(1.0),
        rss,
        faults: Faults {
            lost,
            ..arrivals.faults
        },
    };
    pool.close()?;
    Ok(flow)
}

fn drive(
    pool: &mut Pool,
    load: &mut impl Load,
    time: Duration,
    patience: Duration,
) -> io::Result<()> {
    let end = Instant::now() + time;
    let mut progress = Progress::new(load, patience);
    loop {
        load.feed(pool)?;
        pool.turn(Duration::ZERO, load)?;
        // A run in which nothing arrives ends early: its deliveries are lost, and the rate says
        // the rest.
        if Instant::now() >= end || progress.is_over(load) {
            return Ok(());
        }
    }
}

fn drain(pool: &mut Pool, load: &mut impl Load, patience: Duration) -> io::Result<()> {
    load.stop();
    let mut progress = Progress::new(load, patience);
    while load.missing() > 0 && !progress.is_over(load) {
        pool.turn(Duration::ZERO, load)?;
    }
    // A moment for messages that come once too often.
    pool.turn(Duration::from_millis(20), load)
}

/// Sees whether messages still arrive.
struct Progress {
    total: u64,
    at: Instant,
    patience: Duration,
}

impl Progress {
    fn new(load: &mut impl Load, patience: Duration) -> Self {
        Self {
            total: load.arrivals().total,
            at: Instant::now(),
            patience,
        }
    }

    fn is_over(&mut self, load: &mut impl Load) -> bool {
        let total = load.arrivals().total;
        if total != self.total {
            (self.total, self.at) = (total, Instant::now());
        }
        self.at.elapsed() > self.patience
    }
}
