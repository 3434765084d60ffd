//! The signals that a server listens to.

use std::io;

use tokio::signal::unix::{self, SignalKind};

use crate::exit_code::ExitCode;

/// What somebody told the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// SIGHUP.
    Reload,
    /// SIGINT, as from Ctrl-C.
    Interrupt,
    /// SIGTERM, as from a supervisor.
    Terminate,
}

/// Catches signals from the moment it is made.
#[derive(Debug)]
pub(super) struct Signals {
    hangup: unix::Signal,
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

impl Signals {
    pub(super) fn catch() -> io::Result<Self> {
        Ok(Self {
            hangup: unix::signal(SignalKind::hangup())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            terminate: unix::signal(SignalKind::terminate())?,
        })
    }

    /// The next signal.
    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::Reload,
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }

    /// The code to end with when another signal comes while the hub drains.
    pub(super) async fn second(&mut self) -> ExitCode {
        loop {
            match self.next().await {
                Signal::Reload => {}
                Signal::Interrupt => return ExitCode::Interrupted,
                Signal::Terminate => return ExitCode::Terminated,
            }
        }
    }
}
