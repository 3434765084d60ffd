//! Connections that are subscribed and hear nothing.

use std::io;
use std::time::{Duration, Instant};

use super::options::Options;
use super::pool::{Ignore, Pool};
use super::wire::Role;
use crate::measure::{Meter, slab};
use crate::outcome::Idle;

/// Runs the case.
pub(super) fn run(options: &Options, connections: usize) -> io::Result<Idle> {
    let wire = options.wire();
    let server = options.server();
    // The first connection makes a server load code and fill caches that no other one needs.
    let mut warm_up = Pool::new(options.address)?;
    warm_up.open(&wire, Role::Subscriber, 1)?;
    warm_up.close()?;
    std::thread::sleep(Duration::from_millis(500));
    let rss_before = server.rss()?;
    let slab_before = slab()?;

    let mut pool = Pool::new(options.address)?;
    pool.open(&wire, Role::Subscriber, connections)?;
    // What opening leaves to do (timers, accounting) is not idling.
    hold(&mut pool, Duration::from_secs(1))?;
    let meter = Meter::start(&[server], options.server_core)?;
    let started = Instant::now();
    hold(&mut pool, options.held())?;
    let held = started.elapsed().as_secs_f64();
    let cpu = meter.stop()?.server;
    let rss_open = server.rss()?;
    let slab_open = slab()?;

    pool.close()?;
    std::thread::sleep(options.settled());
    Ok(Idle {
        open: connections as u64,
        rss_before,
        rss_open,
        rss_closed: server.rss()?,
        slab: slab_open as i64 - slab_before as i64,
        hold: held,
        cpu,
    })
}

/// Keeps the connections: answers pings, and fails when one is closed.
fn hold(pool: &mut Pool, time: Duration) -> io::Result<()> {
    let end = Instant::now() + time;
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        pool.turn(left.min(Duration::from_millis(100)), &mut Ignore)?;
    }
    Ok(())
}
