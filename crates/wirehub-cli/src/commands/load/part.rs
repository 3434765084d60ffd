//! One part of a run: a process that does what another one asks for.
//!
//! It hears and speaks in lines, on its standard streams: the job comes first, and it answers
//! whether this machine can do it; then it says its clock when asked, until it is told when to
//! begin. Seconds follow, and at last what was found. `soon` and `now` ask for an early end, and so
//! does the end of the stream.

use std::{
    io,
    io::BufRead as _,
    net::IpAddr,
    sync::{Arc, atomic::Ordering::Relaxed},
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wirehub_load::{Outcome, Progress, Row, Stop, monotonic};

use super::{interrupts, job::Job};
use crate::{exit_code::ExitCode, failure::Failure};

/// What a part hears, once it has its job.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Call {
    /// Say your clock.
    Clock,
    /// Begin at that moment of your clock.
    Begin(Duration),
    /// End in order.
    Soon,
    /// Wait for nothing.
    Now,
}

/// What a part says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// It could begin.
    Ready,
    /// Its clock, which only goes forward.
    Clock(Duration),
    /// A second of the run.
    Second(u32, Box<Row>),
    /// What it found.
    Outcome(Box<Outcome>),
    /// Why it cannot go on.
    Failed(String),
}

/// Plays a part.
pub(super) fn play(sources: &[IpAddr]) -> Result<ExitCode, Failure> {
    let played = prepare(sources).and_then(|job| run(&job));
    if let Err(failure) = &played {
        say(&Line::Failed(failure.message.clone()));
    }
    played
}

fn prepare(sources: &[IpAddr]) -> Result<Job, Failure> {
    let text = heard()?.unwrap_or_default();
    let mut job: Job = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!(
            "--part is for this program's own use: {error} on standard input"
        ))
    })?;
    if !sources.is_empty() {
        job.sources = sources.to_vec();
    }
    let targets = job.targets()?;
    wirehub_load::check(
        &job.scenario,
        &targets,
        &job.trust(),
        &job.sources,
        &job.share,
    )
    .map_err(Failure::usage)?;
    say(&Line::Ready);
    loop {
        let call = heard()?.and_then(|line| serde_json::from_str(&line).ok());
        match call {
            Some(Call::Clock) => say(&Line::Clock(monotonic())),
            Some(Call::Begin(start)) => {
                job.share.start = Some(start);
                return Ok(job);
            }
            Some(Call::Soon | Call::Now) | None => {
                return Err(Failure::outside("whoever asked is gone"));
            }
        }
    }
}

fn run(job: &Job) -> Result<ExitCode, Failure> {
    let stop = Arc::new(Stop::default());
    interrupts::catch(&stop)?;
    let told = Arc::clone(&stop);
    thread::spawn(move || listen(&told));
    let mut tell = |progress: &Progress<'_>| {
        // A whole number of seconds, said as one that may be a fraction.
        let second = (progress.at as u32).saturating_sub(1);
        say(&Line::Second(second, Box::new(progress.row.clone())));
    };
    let outcome = wirehub_load::run(job.order(None)?, &stop, &mut tell);
    say(&Line::Outcome(Box::new(outcome.map_err(Failure::outside)?)));
    Ok(ExitCode::Fine)
}

fn say(line: &Line) {
    if let Ok(text) = serde_json::to_string(line) {
        crate::output::say(&text);
    }
}

/// The next line; nothing when there is none.
fn heard() -> Result<Option<String>, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().read_line(&mut text);
    Ok((read.map_err(Failure::outside)? > 0).then_some(text))
}

/// Hears when an early end is wanted. The end of the stream says that whoever asked is gone.
fn listen(stop: &Stop) {
    while let Ok(Some(line)) = heard() {
        stop.soon.store(true, Relaxed);
        if matches!(serde_json::from_str(&line), Ok(Call::Now)) {
            stop.now.store(true, Relaxed);
        }
    }
    stop.soon.store(true, Relaxed);
    stop.now.store(true, Relaxed);
}
