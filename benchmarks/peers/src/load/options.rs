//! What a run needs to know.

use std::net::SocketAddrV4;
use std::time::Duration;

use clap::Args;

use super::payload::Payload;
use super::wire::{Wire, WireKind};
use crate::case::Case;
use crate::measure::{Core, Process};

/// One run of one case against a server that is already listening.
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// What to measure: fanout-N-wW, across-N-wW-KEEPING, echo-N, storm-N, idle-N, since-N-mM[-wW]
    /// or resume-N-mM[-wW].
    pub case: Case,
    /// Where the server listens.
    #[arg(long)]
    pub address: SocketAddrV4,
    /// Where subscribers connect as well: they are dealt out over all.
    #[arg(long)]
    pub also: Vec<SocketAddrV4>,
    /// Where publishers connect, when that is somewhere else.
    #[arg(long)]
    pub publisher: Option<SocketAddrV4>,
    /// Process id of the server; several when it consists of several processes.
    #[arg(long = "server-pid", value_name = "PID", required = true)]
    pub server_pids: Vec<u32>,
    /// What the server speaks.
    #[arg(long, value_enum, default_value = "plain")]
    pub wire: WireKind,
    /// Token of the native wire.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub token: String,
    /// Topic of the native wire.
    #[arg(long, default_value = "bench/room")]
    pub topic: String,
    /// The core the server is pinned to.
    #[arg(long, default_value = "0")]
    pub server_core: Core,
    /// The core this client takes for itself.
    #[arg(long, default_value = "1")]
    pub client_core: Core,
    /// Measured seconds of fan-out, echo and storm.
    #[arg(long, default_value_t = 2.0)]
    pub seconds: f64,
    /// Seconds of load before measuring.
    #[arg(long, default_value_t = 0.5)]
    pub warm_up: f64,
    /// Seconds without any message after which the rest counts as lost.
    #[arg(long, default_value_t = 5.0)]
    pub patience: f64,
    /// Storm: wait for a message before closing. An echo server gets one to send back; the
    /// native protocol greets by itself.
    #[arg(long)]
    pub first_message: bool,
    /// Application data of a message in bytes.
    #[arg(long, default_value_t = 128)]
    pub payload: usize,
    /// Seconds to hold idle connections.
    #[arg(long, default_value_t = 10.0)]
    pub hold: f64,
    /// Seconds after closing idle connections, or after all came back, until memory is read
    /// again.
    #[arg(long, default_value_t = 10.0)]
    pub settle: f64,
}

impl Options {
    /// The wire that the options describe.
    pub(super) fn wire(&self) -> Wire {
        Wire::new(self.wire, &self.token, &self.topic)
    }

    pub(super) fn servers(&self) -> Vec<Process> {
        self.server_pids.iter().copied().map(Process::new).collect()
    }

    /// The first process of the server.
    pub(super) fn server(&self) -> Process {
        Process::new(self.server_pids.first().copied().unwrap_or_default())
    }

    pub(super) fn payload(&self) -> Payload {
        Payload::new(self.payload)
    }

    pub(super) fn measured(&self) -> Duration {
        duration(self.seconds)
    }

    pub(super) fn warmed_up(&self) -> Duration {
        duration(self.warm_up)
    }

    pub(super) fn patient(&self) -> Duration {
        duration(self.patience)
    }

    pub(super) fn held(&self) -> Duration {
        duration(self.hold)
    }

    pub(super) fn settled(&self) -> Duration {
        duration(self.settle)
    }
}

/// Seconds as typed; nonsense is no time at all.
fn duration(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}
