//! Subscribers that are cut at once, miss something, and come back.

use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::crowd::Crowd;
use super::options::Options;
use super::payload::Payload;
use super::pool::{Comer, Pool, Receiver};
use super::wire::{Next, Role, Wire};
use crate::case::Comeback;
use crate::measure::{Meter, Process, put_off};
use crate::outcome::Recovery;

/// Connections on the way to the upgrade when they come for the first time.
const AT_ONCE: usize = 64;
/// Publications that everybody gets before the connections are cut, so that all have a position.
const BEFORE: usize = 3;
/// How long the server may take to notice that connections are gone.
const NOTICE: Duration = Duration::from_secs(10);
/// What comes once too often comes within this time.
const QUIET: Duration = Duration::from_millis(500);

/// Runs the case with so many clients, of which so many connect at once when they come back.
pub(super) fn run(
    options: &Options,
    (clients, window): (usize, usize),
    missed: usize,
    by: Comeback,
) -> io::Result<Recovery> {
    let (wire, server) = (options.wire(), options.server());
    let mut publisher = Publisher::new(options)?;
    let mut pool = Pool::new(options.address)?;
    let descriptors = server.descriptors()?;
    let mut crowd = Crowd::new(wire.clone(), options.payload(), clients);
    pool.rush(&wire, clients, AT_ONCE, &mut crowd)?;
    crowd.expect(BEFORE as u64);
    publisher.publish(BEFORE)?;
    wait_for(&mut pool, &mut crowd, options.patient())?;
    let rss_open = server.rss()?;

    crowd.leave(by);
    pool.cut()?;
    publisher.publish(missed)?;
    crowd.expect(missed as u64);
    notice(server, descriptors)?;
    let rss_away = server.rss()?;

    server.reset_rss_peak()?;
    let (before, put_off_before) = (pool.traffic(), put_off());
    let meter = Meter::start(&[server], options.server_core)?;
    let started = Instant::now();
    pool.rush(&wire, clients, window, &mut crowd)?;
    let cpu = meter.stop()?;
    let rss_peak = server.rss_peak()?;
    let (complete, latency) = (crowd.complete(), crowd.latency());
    let seconds = crowd.complete_at().saturating_duration_since(started);
    let bytes = pool.traffic().since(before).bytes;

    crowd.expect(1);
    publisher.publish(1)?;
    wait_for(&mut pool, &mut crowd, options.patient())?;
    quiet(&mut pool, &mut crowd, QUIET.max(options.settled()))?;
    let outcome = Recovery {
        clients: clients as u64,
        missed: missed as u64,
        complete: complete as u64,
        seconds: seconds.as_secs_f64(),
        cpu,
        latency,
        bytes,
        put_off: put_off() - put_off_before,
        rss_open,
        rss_away,
        rss_peak,
        rss_back: server.rss()?,
        faults: crowd.faults(),
    };
    pool.close()?;
    publisher.pool.close()?;
    Ok(outcome)
}

/// Waits until everybody has everything, or nothing comes any more.
fn wait_for(pool: &mut Pool, crowd: &mut Crowd, patience: Duration) -> io::Result<()> {
    let mut progress = (Instant::now(), pool.traffic().reads);
    while !crowd.is_done() && progress.0.elapsed() < patience {
        pool.turn(Duration::ZERO, crowd)?;
        let reads = pool.traffic().reads;
        if reads != progress.1 {
            progress = (Instant::now(), reads);
        }
    }
    Ok(())
}

fn quiet(pool: &mut Pool, crowd: &mut Crowd, time: Duration) -> io::Result<()> {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        pool.turn(left.min(Duration::from_millis(100)), crowd)?;
    }
    Ok(())
}

/// Waits until the server has no more descriptors than before the connections came.
fn notice(server: Process, descriptors: u64) -> io::Result<()> {
    let started = Instant::now();
    while server.descriptors()? > descriptors {
        if started.elapsed() > NOTICE {
            return Err(io::Error::other(
                "the server keeps connections that were cut",
            ));
        }
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// Numbers what it publishes from 0.
struct Publisher {
    pool: Pool,
    wire: Wire,
    payload: Payload,
    next: u64,
    patience: Duration,
}

impl Publisher {
    fn new(options: &Options) -> io::Result<Self> {
        let mut pool = Pool::new(options.address)?;
        let wire = options.wire();
        pool.open(&wire, Role::Publisher, 1)?;
        Ok(Self {
            pool,
            wire,
            payload: options.payload(),
            next: 0,
            patience: options.patient(),
        })
    }

    /// Publishes so many with one write and waits for the answer to the last.
    fn publish(&mut self, count: usize) -> io::Result<()> {
        let (mut frames, mut text) = (Vec::new(), Vec::new());
        for number in 0..count {
            let payload = self.payload.numbered(self.next);
            let last = number + 1 == count;
            self.wire
                .push_publish(&mut frames, &mut text, payload, last);
            self.next += 1;
        }
        self.pool.send(0, &frames)?;
        let mut answered = Answered(&self.wire, false);
        let end = Instant::now() + self.patience;
        while !answered.1 {
            if Instant::now() > end {
                return Err(io::Error::other("a publication got no answer"));
            }
            self.pool.turn(Duration::ZERO, &mut answered)?;
        }
        Ok(())
    }
}

/// Whether the answer came.
struct Answered<'a>(&'a Wire, bool);

impl Receiver for Answered<'_> {
    fn message(
        &mut self,
        _link: usize,
        message: &[u8],
        _now: Instant,
        _reply: &mut Vec<u8>,
    ) -> io::Result<()> {
        match self.0.heard(Role::Publisher, message) {
            Next::Open => self.1 = true,
            Next::Refused(text) => return Err(io::Error::other(text)),
            Next::Say(_) | Next::Wait => {}
        }
        Ok(())
    }
}
