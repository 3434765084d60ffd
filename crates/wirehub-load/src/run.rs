//! A run: threads with their crowds, the watch, and what comes of both.

use std::{
    io,
    net::{IpAddr, SocketAddr, ToSocketAddrs as _},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
        mpsc::sync_channel,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use rustls::pki_types::ServerName;

use crate::{
    board::Board,
    capacity::{self, CapacityError},
    crowd::{Crowd, Findings, Plan},
    dice::Dice,
    engine::{Dialing, Door, Trust, TrustError, Worker},
    native,
    opening::Opening,
    order::{Order, Share, TokenMaker},
    outcome::{Latency, Outcome, Row, Series, ServerView, Tally},
    progress::{Progress, follow},
    scenario::{Scenario, ScenarioError, Speech},
    target::Target,
    watch::Watching,
};

/// Rows on their way from the threads.
const ROWS: usize = 1_024;
/// By how much a load generator may be late before its reader has to know.
const LATE: Duration = Duration::from_millis(100);
/// What threads take to begin.
const HEAD_START: Duration = Duration::from_millis(50);

/// Ways to end a run early.
#[derive(Debug, Default)]
pub struct Stop {
    /// Ends it in order: what is on its way may arrive, and everybody says goodbye.
    pub soon: AtomicBool,
    /// Waits for nothing.
    pub now: AtomicBool,
}

impl Stop {
    /// Somebody wants an end: asked once it ends in order, asked again at once.
    pub fn ask(&self) {
        if self.soon.swap(true, Relaxed) {
            self.now.store(true, Relaxed);
        }
    }
}

/// Why there was no run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The scenario is none.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// The machine is too small for it.
    #[error(transparent)]
    Capacity(#[from] CapacityError),
    /// The name of the server leads nowhere.
    #[error("{target} is not to be found: {error}")]
    Lookup {
        /// The server.
        target: String,
        /// Why.
        error: io::Error,
    },
    /// TLS cannot be set up.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The machine refused something that is no connection.
    #[error("the load generator itself failed: {0}")]
    Machine(#[from] io::Error),
}

/// Says beforehand whether a run can begin: what a run asks itself too.
///
/// # Errors
/// When it cannot.
pub fn check(
    scenario: &Scenario,
    targets: &[Target],
    trust: &Trust,
    sources: &[IpAddr],
    share: &Share,
) -> Result<(), RunError> {
    scenario.check()?;
    let dialing = dialing(targets, trust, sources.to_vec(), scenario)?;
    Ok(capacity::check(scenario, share, &dialing.sources)?)
}

/// Runs a scenario to its end. `tell` hears once a second how it goes.
///
/// # Errors
/// When it cannot begin. What the server does, or a server that is not there, is no error but a
/// part of the outcome.
pub fn run(
    order: Order,
    stop: &Arc<Stop>,
    tell: &mut dyn FnMut(&Progress<'_>),
) -> Result<Outcome, RunError> {
    let scenario = order.scenario;
    scenario.check()?;
    let dialing = dialing(&order.targets, &order.trust, order.sources, &scenario)?;
    capacity::check(&scenario, &order.share, &dialing.sources)?;
    let subprotocol = match &scenario.speech {
        Speech::Native(format) => Some(native::subprotocol(*format)),
        Speech::Plain(adapter) => adapter.subprotocol.as_deref(),
    };
    let mut dice = Dice::new(scenario.seed ^ order.share.run);
    let nonce = (u128::from(dice.draw()) << 64 | u128::from(dice.draw())).to_le_bytes();
    let openings = order.targets.iter();
    let compresses = scenario.compression;
    let openings = openings.map(|target| Opening::new(target, subprotocol, compresses, nonce));
    let threads = scenario.threads;
    let plan = Arc::new(Plan {
        board: Board::new(scenario.topics()),
        openings: openings.collect(),
        tokens: order.tokens.map(|TokenMaker(make)| make),
        run: order.share.run,
        crowds: threads.saturating_mul(order.share.processes.max(1)),
        scenario,
    });
    let start = start(order.share.start);
    let watching = order.watch.map(|watch| Watching::begin(watch, start));
    let watching = watching.transpose()?;
    let (seconds, rows) = sync_channel(ROWS);
    let mut workers = Vec::new();
    for thread in 0..threads {
        let number = order.share.process.saturating_mul(threads) + thread;
        let (plan, dialing, seconds) = (Arc::clone(&plan), dialing.clone(), seconds.clone());
        let stop = Arc::clone(stop);
        // A crowd compresses, and what it does that with stays on its thread.
        let work = move || {
            let worker = Worker::new(Crowd::new(plan, number), dialing, start, seconds)?;
            worker.run(&stop.soon, &stop.now)
        };
        let worker = thread::Builder::new()
            .name(format!("load {number}"))
            .spawn(work)?;
        workers.push(worker);
    }
    drop(seconds);
    let begun_at = SystemTime::now().duration_since(UNIX_EPOCH);
    let series = follow(&rows, &plan.scenario, threads, watching.as_ref(), tell);
    let mut outcome = Outcome {
        target: Target::names(&order.targets),
        begun_at: u64::try_from(begun_at.unwrap_or_default().as_millis()).unwrap_or(0),
        interrupted: stop.soon.load(Relaxed),
        series,
        ..nothing_yet(&plan.scenario, &order.share)
    };
    collect(&mut outcome, workers)?;
    outcome.seconds = outcome.phases.last().map_or(0.0, |phase| phase.ended);
    if let Some(watching) = watching {
        let settle = plan.scenario.settle;
        outcome.server = Some(settled(watching, settle, stop, &outcome.series, tell));
    }
    Ok(outcome)
}

/// The outcome of a process in which nothing has happened.
fn nothing_yet(scenario: &Scenario, share: &Share) -> Outcome {
    Outcome {
        form: Outcome::FORM,
        scenario: scenario.name.clone(),
        target: String::new(),
        begun_at: 0,
        seconds: 0.0,
        interrupted: false,
        processes: 1,
        threads: scenario.threads,
        connections: share.of(scenario.connections),
        publishers: share.of(scenario.publishers()),
        spread: None,
        phases: Vec::new(),
        tally: Tally::default(),
        handshake: Latency::fine(),
        delivery: Latency::fine(),
        round_trip: Latency::fine(),
        resume: Latency::fine(),
        rooms: Vec::new(),
        series: Series::default(),
        server: None,
        missing: Vec::new(),
        remarks: Vec::new(),
    }
}

/// Watches the server until it is as before.
pub fn settled(
    watching: Watching,
    settle: Duration,
    stop: &Stop,
    series: &Series,
    tell: &mut dyn FnMut(&Progress<'_>),
) -> ServerView {
    let row = Row::default();
    let began = Instant::now();
    watching.settle(settle, |reading| {
        tell(&Progress {
            at: began.elapsed().as_secs_f64(),
            lasts: settle.as_secs_f64(),
            doing: "wait for the server to be as before".to_owned(),
            row: &row,
            series,
            server: Some(reading),
        });
        !stop.soon.load(Relaxed)
    })
}

fn dialing(
    targets: &[Target],
    trust: &Trust,
    sources: Vec<IpAddr>,
    scenario: &Scenario,
) -> Result<Dialing, RunError> {
    let doors = targets.iter().map(|target| door(target, trust));
    let doors: Vec<Door> = doors.collect::<Result<_, _>>()?;
    let first = doors.first().ok_or_else(|| RunError::Lookup {
        target: "no server".to_owned(),
        error: io::ErrorKind::NotFound.into(),
    })?;
    let sources = match sources.is_empty() {
        true => capacity::sources(scenario, first.to.ip()),
        false => sources,
    };
    Ok(Dialing { doors, sources })
}

fn door(target: &Target, trust: &Trust) -> Result<Door, RunError> {
    let lookup = |error| RunError::Lookup {
        target: target.to_string(),
        error,
    };
    let mut found = (target.host.as_str(), target.port)
        .to_socket_addrs()
        .map_err(lookup)?;
    // A name of this machine may stand for both kinds, and servers listen on the older one.
    let found: Vec<SocketAddr> = found.by_ref().collect();
    let first = found.iter().find(|address| address.is_ipv4());
    let first = first.or_else(|| found.first()).copied();
    let to = first.ok_or_else(|| lookup(io::ErrorKind::NotFound.into()))?;
    let tls = match target.secure {
        false => None,
        true => {
            let name = ServerName::try_from(target.host.clone());
            let name = name.map_err(|error| lookup(io::Error::other(error)))?;
            Some((trust.config()?, name))
        }
    };
    Ok(Door { to, tls })
}

/// The moment at which all threads of all processes begin.
fn start(at: Option<Duration>) -> Instant {
    let now = Instant::now();
    match at {
        None => now + HEAD_START,
        Some(at) => now + at.saturating_sub(monotonic()),
    }
}

/// The machine's clock that only goes forward; all its processes read the same.
#[must_use]
pub fn monotonic() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    Duration::try_from(now).unwrap_or_default()
}

/// Adds up what the threads found.
fn collect(
    outcome: &mut Outcome,
    workers: Vec<JoinHandle<io::Result<Findings>>>,
) -> Result<(), RunError> {
    let mut late = Duration::ZERO;
    for worker in workers {
        let found = worker
            .join()
            .map_err(|_| io::Error::other("a thread panicked"))??;
        outcome.tally.merge(&found.tally);
        outcome.handshake.merge(&found.handshake);
        outcome.delivery.merge(&found.delivery);
        outcome.round_trip.merge(&found.round_trip);
        outcome.resume.merge(&found.resume);
        outcome.told_spread(found.spread.map(|spread| spread.as_secs_f64()));
        outcome.merge_phases(found.phases);
        outcome.merge_rooms(found.rooms);
        late = late.max(found.late);
    }
    if late > LATE {
        outcome.remark(format!(
            "the load generator itself was late by up to {} ms, which is in all its times: give \
             it more cores or less to do",
            late.as_millis()
        ));
    }
    Ok(())
}
