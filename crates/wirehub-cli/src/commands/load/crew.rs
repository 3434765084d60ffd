//! Several processes, since each may have only so many files open.
//!
//! One of them speaks with the others through their standard streams: what is to be done goes in as
//! the first line, then `soon` or `now` when an early end is wanted; seconds come out line by line,
//! and the outcome as the last one.

use std::{
    env,
    io::{self, BufRead as _, BufReader, Write as _},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::Ordering::Relaxed,
        mpsc::{SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use wirehub_load::{Outcome, Row, Share, Stop, Watch, Watching, follow, monotonic, settled};

use super::{interrupts, job::Job, live::Live};
use crate::{exit_code::ExitCode, failure::Failure};

/// What a process takes to begin.
const HEAD_START: Duration = Duration::from_millis(200);
const A_PROCESS: Duration = Duration::from_millis(30);
const LOOK: Duration = Duration::from_millis(100);
/// Rows on their way.
const ROWS: usize = 4_096;

/// One line that a part says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Second(u32, Box<Row>),
    Outcome(Box<Outcome>),
}

/// One process of the crew.
struct Member {
    child: Child,
    input: ChildStdin,
    reader: JoinHandle<Option<Box<Outcome>>>,
}

/// Runs a job with several processes and puts together what they found.
pub(super) fn run(
    job: &Job,
    processes: u32,
    watch: Option<Watch>,
    stop: &Arc<Stop>,
    live: &mut Live,
) -> Result<Outcome, Failure> {
    let start = monotonic() + HEAD_START + A_PROCESS * processes;
    let wait = start.saturating_sub(monotonic());
    let watching = watch.map(|watch| Watching::begin(watch, std::time::Instant::now() + wait));
    let watching = watching.transpose().map_err(Failure::outside)?;
    let (seconds, rows) = sync_channel(ROWS);
    let mut members = Vec::new();
    for process in 0..processes {
        let mut part = job.clone();
        part.share = Share {
            process,
            processes,
            start: Some(start),
            ..job.share
        };
        members.push(begin(&part, seconds.clone()).map_err(Failure::outside)?);
    }
    drop(seconds);
    let (inputs, rest): (Vec<_>, Vec<_>) = members
        .into_iter()
        .map(|member| (member.input, (member.child, member.reader)))
        .unzip();
    let told = Arc::clone(stop);
    // It ends with this process at the latest; pipes that nobody reads any more are no trouble.
    let passing = thread::spawn(move || pass_on(&told, inputs));
    let series = follow(
        &rows,
        &job.scenario,
        processes,
        watching.as_ref(),
        &mut |progress| {
            live.show(progress);
        },
    );
    drop(passing);
    let mut whole: Option<Outcome> = None;
    let mut silent = 0;
    for (mut child, reader) in rest {
        let outcome = reader.join().ok().flatten();
        child.wait().map_err(Failure::outside)?;
        match (outcome, &mut whole) {
            (None, _) => silent += 1,
            (Some(outcome), Some(whole)) => whole.merge(*outcome).map_err(Failure::outside)?,
            (Some(outcome), whole) => *whole = Some(*outcome),
        }
    }
    let mut whole = whole.ok_or_else(|| {
        Failure::outside("none of the processes came to an end; what they said stands above")
    })?;
    if silent > 0 {
        whole.remark(format!(
            "{silent} of {processes} processes ended without a word of what they found"
        ));
    }
    if let Some(watching) = watching {
        let settle = job.scenario.settle;
        let view = settled(watching, settle, stop, &series, &mut |progress| {
            live.show(progress);
        });
        whole.server = Some(view);
    }
    Ok(whole)
}

fn begin(part: &Job, seconds: SyncSender<(u32, Row)>) -> io::Result<Member> {
    let mut child = Command::new(env::current_exe()?)
        .args(["load", "--part"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(io::Error::other("a process without its streams"));
    };
    let text = serde_json::to_string(part)?;
    writeln!(input, "{text}")?;
    let reader = thread::Builder::new().spawn(move || read(output, &seconds))?;
    Ok(Member {
        child,
        input,
        reader,
    })
}

/// Hears a part to its end.
fn read(output: ChildStdout, seconds: &SyncSender<(u32, Row)>) -> Option<Box<Outcome>> {
    for line in BufReader::new(output).lines().map_while(Result::ok) {
        match serde_json::from_str(&line) {
            Ok(Line::Second(second, row)) => seconds.send((second, *row)).ok()?,
            Ok(Line::Outcome(outcome)) => return Some(outcome),
            Err(_) => return None,
        }
    }
    None
}

/// Tells the parts when an early end is wanted.
fn pass_on(stop: &Stop, mut inputs: Vec<ChildStdin>) {
    let mut has_said = false;
    loop {
        thread::sleep(LOOK);
        if stop.soon.load(Relaxed) && !has_said {
            has_said = true;
            for input in &mut inputs {
                let _ = writeln!(input, "soon");
            }
        }
        if stop.now.load(Relaxed) {
            for input in &mut inputs {
                let _ = writeln!(input, "now");
            }
            return;
        }
    }
}

/// Plays one part: what another process of this program asks for.
pub(super) fn play_part() -> Result<ExitCode, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().read_line(&mut text);
    read.map_err(Failure::outside)?;
    let job: Job = serde_json::from_str(&text).map_err(|error| {
        Failure::usage(format!(
            "--part is for this program's own use: {error} on standard input"
        ))
    })?;
    let stop = Arc::new(Stop::default());
    interrupts::catch(&stop)?;
    let told = Arc::clone(&stop);
    thread::spawn(move || listen(&told));
    let order = job.order(None)?;
    let mut tell = |progress: &wirehub_load::Progress<'_>| {
        // A whole number of seconds, said as one that may be a fraction.
        let second = (progress.at as u32).saturating_sub(1);
        say(&Line::Second(second, Box::new(progress.row.clone())));
    };
    let outcome = wirehub_load::run(order, &stop, &mut tell).map_err(Failure::outside)?;
    say(&Line::Outcome(Box::new(outcome)));
    Ok(ExitCode::Fine)
}

fn say(line: &Line) {
    if let Ok(text) = serde_json::to_string(line) {
        crate::output::say(&text);
    }
}

/// Hears when an early end is wanted. The end of the pipe says that whoever asked is gone.
fn listen(stop: &Stop) {
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        stop.soon.store(true, Relaxed);
        if line == "now" {
            stop.now.store(true, Relaxed);
        }
    }
    stop.soon.store(true, Relaxed);
    stop.now.store(true, Relaxed);
}
