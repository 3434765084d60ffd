//! The load client: one thread, one epoll that is polled without sleeping, every message checked.
//!
//! A run opens its connections, warms up, measures, stops sending and waits for what is still on
//! its way; only then does it know what was lost.

mod client_frame;
mod crowd;
mod echo;
mod fanout;
mod flow;
mod framing;
mod guest;
mod idle;
mod link;
mod members;
mod options;
mod order;
mod payload;
mod pool;
mod recovery;
mod scanner;
mod storm;
mod upgrade;
mod window;
mod wire;

use std::io;

pub(crate) use guest::Guest;
pub(crate) use members::Members;
pub use options::Options;
pub use scanner::{Frame, ScanError, scan};
pub use wire::{Wire, WireKind};

use crate::case::Case;
use crate::measure::raise_file_limit;
use crate::outcome::Outcome;

/// Runs one case against a server that is already listening.
///
/// # Errors
/// When the server cannot be reached, refuses a connection or a message, closes one, speaks
/// something that is not WebSocket, or is gone; and when this process cannot use its core.
pub fn run(options: &Options) -> io::Result<Outcome> {
    raise_file_limit()?;
    options.client_core.pin_this_thread()?;
    match options.case {
        Case::Fanout {
            subscribers,
            window,
        }
        | Case::Across {
            subscribers,
            window,
            ..
        } => fanout::run(options, subscribers, window).map(Outcome::Flow),
        Case::Echo { connections } => echo::run(options, connections).map(Outcome::Flow),
        Case::Storm { at_once } => storm::run(options, at_once).map(Outcome::Storm),
        Case::Recovery {
            clients,
            missed,
            by,
            window,
        } => {
            let size = (clients, window);
            recovery::run(options, size, missed, by).map(Outcome::Recovery)
        }
        Case::Idle { connections } => idle::run(options, connections).map(Outcome::Idle),
        Case::Room { .. } => Err(io::Error::other(
            "rooms are played by `wirehub load`: ask `conditions` for them",
        )),
    }
}

#[cfg(test)]
mod tests;
