//! A process that holds members of one hub, because a process may open so many files only.

use std::io::{self, BufRead, BufReader, Write};
use std::net::SocketAddrV4;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::Duration;

use clap::Args;

use crate::load::Members;

/// How long members are let be at a time, before it is looked what is wanted.
const MOMENT: Duration = Duration::from_millis(50);

/// Hold members of a topic at one hub: told by lines on standard input what to do.
#[derive(Debug, Clone, Args)]
pub struct Hold {
    /// The hub.
    #[arg(long)]
    pub address: SocketAddrV4,
    /// A token for it.
    #[arg(long)]
    pub token: String,
    /// The topic.
    #[arg(long)]
    pub topic: String,
    /// How many members.
    #[arg(long)]
    pub count: usize,
}

/// Gathers the members and says `held`. At a line `RATE SECONDS`, so many leave each second and
/// come back, and it says how many left and came. At the end of the input all leave.
///
/// # Errors
/// When the hub refuses one, or sends one away.
pub fn hold(options: &Hold, out: &mut impl Write) -> io::Result<()> {
    let Hold {
        address,
        token,
        topic,
        count,
    } = options;
    let mut members = Members::gather(*address, token, topic, *count)?;
    writeln!(out, "held")?;
    out.flush()?;
    let (send, wanted) = mpsc::channel();
    // A pipe cannot be looked at without waiting. The thread ends with the input.
    thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            if send.send(line).is_err() {
                return;
            }
        }
    });
    loop {
        match wanted.try_recv() {
            Ok(line) => {
                let words = line.split_once(' ');
                let words = words.and_then(|(rate, time)| {
                    let time = Duration::try_from_secs_f64(time.parse().ok()?).ok()?;
                    Some((rate.parse().ok()?, time))
                });
                let (rate, time) =
                    words.ok_or_else(|| io::Error::other(format!("what is {line:?}?")))?;
                let (left, came) = members.turn_over(rate, time)?;
                writeln!(out, "{left} {came}")?;
                out.flush()?;
            }
            Err(TryRecvError::Empty) => members.stay(MOMENT)?,
            Err(TryRecvError::Disconnected) => return members.leave(),
        }
    }
}

/// Such a process.
#[derive(Debug)]
pub(super) struct Holder {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Holder {
    /// Starts it; [`Holder::held`] waits for its members.
    pub(super) fn start(options: &Hold) -> io::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("hold");
        for (name, value) in [
            ("--address", options.address.to_string()),
            ("--token", options.token.clone()),
            ("--topic", options.topic.clone()),
            ("--count", options.count.to_string()),
        ] {
            command.arg(format!("{name}={value}"));
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let input = child.stdin.take();
        let output = child.stdout.take();
        let output = output.ok_or_else(|| io::Error::other("no output"))?;
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => Err(io::Error::other("who holds members has ended")),
            _ => Ok(line.trim().to_owned()),
        }
    }

    /// Waits until all members are there.
    pub(super) fn held(&mut self) -> io::Result<()> {
        self.line().map(|_| ())
    }

    /// Has members leave and come back; [`Holder::turned_over`] waits for that.
    pub(super) fn turn_over(&mut self, rate: f64, seconds: f64) -> io::Result<()> {
        let input = self.input.as_mut();
        let input = input.ok_or_else(|| io::Error::other("no input"))?;
        writeln!(input, "{rate} {seconds}")
    }

    /// How many have left, and how many have come.
    pub(super) fn turned_over(&mut self) -> io::Result<(u64, u64)> {
        let line = self.line()?;
        let counts = line.split_once(' ');
        let counts = counts.and_then(|(left, came)| Some((left.parse().ok()?, came.parse().ok()?)));
        counts.ok_or_else(|| io::Error::other(format!("who holds members said {line:?}")))
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        // Its members leave when nothing more is wanted; who does not end by then is ended.
        drop(self.input.take());
        if self.line().is_err() {
            let _ = self.child.wait();
        } else {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}
