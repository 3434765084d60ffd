//! One part of a run, from the side of whoever asked for it.

use std::{
    env,
    io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _},
    net::IpAddr,
    os::{fd::OwnedFd, unix::net::UnixStream},
    process::{Child, Command, Stdio},
    sync::mpsc::SyncSender,
    time::Duration,
};

use wirehub_load::{Outcome, Row, monotonic};

use super::super::{
    job::Job,
    part::{Call, Line},
};

/// How long a part may take to say whether it can begin.
const PREPARES: Duration = Duration::from_secs(30);
/// A part says something every second; one that says nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
/// Times that a clock is asked for: the fastest answer counts.
const ASKED: u32 = 8;
/// A line is no longer than this: an outcome has a row for each of 3,600 seconds, with histograms.
const LINE: u64 = 256 << 20;

/// One part of a run.
#[derive(Debug)]
pub(super) struct Member {
    /// What people call it.
    pub(super) name: String,
    stream: BufReader<UnixStream>,
    child: Option<Child>,
    /// What has to be added to the clock here to have the clock there, and how far that may be off.
    clock: (i128, Duration),
}

impl Member {
    /// A process of this program, that takes part.
    pub(super) fn here(name: String) -> io::Result<Self> {
        let (near, child) = part(&[])?;
        Ok(Self {
            child: Some(child),
            ..Self::behind(name, near)
        })
    }

    /// A part at the other end of a stream.
    pub(super) fn behind(name: String, stream: UnixStream) -> Self {
        Self {
            name,
            stream: BufReader::new(stream),
            child: None,
            clock: (0, Duration::ZERO),
        }
    }

    /// Gives it its job, and hears whether it can be done.
    pub(super) fn prepare(&mut self, job: &Job) -> Result<(), String> {
        let text = serde_json::to_string(job).map_err(|error| error.to_string())?;
        let stream = self.stream.get_mut();
        let timeout = stream.set_read_timeout(Some(PREPARES));
        let sent = timeout.and_then(|()| writeln!(stream, "{text}"));
        sent.map_err(|error| said(&error))?;
        match self.hear()? {
            Line::Ready => {}
            _ => return Err("it says what was not asked for".to_owned()),
        }
        if self.child.is_none() {
            self.ask_clock()?;
        }
        Ok(())
    }

    /// How far its clock may be off.
    pub(super) const fn doubt(&self) -> Duration {
        self.clock.1
    }

    /// Compares clocks: what was asked and answered in the shortest time tells best, as its moment
    /// is within that time.
    fn ask_clock(&mut self) -> Result<(), String> {
        let mut best: Option<(i128, Duration)> = None;
        for _ in 0..ASKED {
            let asked = monotonic();
            self.call(&Call::Clock).map_err(|error| said(&error))?;
            let Line::Clock(there) = self.hear()? else {
                return Err("it does not say its clock".to_owned());
            };
            let took = monotonic().saturating_sub(asked);
            let here = asked + took / 2;
            let ahead = nanoseconds(there) - nanoseconds(here);
            if best.is_none_or(|(_, doubt)| took / 2 < doubt) {
                best = Some((ahead, took / 2));
            }
        }
        self.clock = best.unwrap_or_default();
        Ok(())
    }

    /// Has it begin at a moment of the clock here.
    pub(super) fn begin(&self, start: Duration) -> io::Result<()> {
        let there = (nanoseconds(start) + self.clock.0).max(0);
        let there = u64::try_from(there).map_err(io::Error::other)?;
        self.call(&Call::Begin(Duration::from_nanos(there)))?;
        self.stream.get_ref().set_read_timeout(Some(SILENCE))
    }

    fn call(&self, call: &Call) -> io::Result<()> {
        Caller(self.stream.get_ref().try_clone()?).call(call)
    }

    /// Speaks to it while somebody else hears it.
    pub(super) fn caller(&self) -> io::Result<Caller> {
        self.stream.get_ref().try_clone().map(Caller)
    }

    /// Hears it to its end, and says why there is no outcome when there is none.
    pub(super) fn finish(
        mut self,
        seconds: &SyncSender<(u32, Row)>,
    ) -> Result<Box<Outcome>, String> {
        let found = loop {
            match self.hear() {
                // Whoever listens went away only when all is lost anyhow.
                Ok(Line::Second(second, row)) => drop(seconds.send((second, *row))),
                Ok(Line::Outcome(outcome)) => break Ok(outcome),
                Ok(_) => break Err("it says what was not asked for".to_owned()),
                Err(why) => break Err(why),
            }
        };
        drop(self.stream);
        if let Some(mut child) = self.child {
            child.wait().map_err(|error| error.to_string())?;
        }
        found
    }

    fn hear(&mut self) -> Result<Line, String> {
        let mut text = String::new();
        let read = (&mut self.stream).take(LINE).read_line(&mut text);
        if read.map_err(|error| said(&error))? == 0 {
            return Err("it ended in the middle".to_owned());
        }
        match serde_json::from_str(&text) {
            Ok(Line::Failed(why)) => Err(why),
            Ok(line) => Ok(line),
            Err(error) => Err(format!("it says what nobody understands: {error}")),
        }
    }
}

/// Speaks to a part.
#[derive(Debug)]
pub(super) struct Caller(UnixStream);

impl Caller {
    pub(super) fn call(&mut self, call: &Call) -> io::Result<()> {
        writeln!(self.0, "{}", serde_json::to_string(call)?)
    }
}

/// Starts a process that plays a part, from some addresses of this machine if any are given; gives
/// the stream on which it hears and speaks.
pub(in super::super) fn part(sources: &[IpAddr]) -> io::Result<(UnixStream, Child)> {
    let (near, far) = UnixStream::pair()?;
    let far = OwnedFd::from(far);
    let mut command = Command::new(env::current_exe()?);
    command.args(["load", "--part"]);
    for source in sources {
        command.args(["--source", &source.to_string()]);
    }
    let command = command.stdin(Stdio::from(far.try_clone()?));
    let child = command.stdout(Stdio::from(far)).spawn()?;
    Ok((near, child))
}

fn said(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "it says nothing any more".to_owned(),
        ErrorKind::BrokenPipe | ErrorKind::ConnectionReset => "it ended in the middle".to_owned(),
        _ => error.to_string(),
    }
}

const fn nanoseconds(time: Duration) -> i128 {
    time.as_nanos().cast_signed()
}
