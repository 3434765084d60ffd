//! What the kernel knows of the hub's sockets.

mod sock_diag;

use std::{fs, net::SocketAddr};

use self::sock_diag::{Found, Wanted};

/// Figures of the network around the hub; what the operating system does not tell is missing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kernel {
    pub(crate) accept_queue: Option<AcceptQueue>,
    pub(crate) drops: Option<Drops>,
    /// Some of the connections, when there are any.
    pub(crate) sample: Option<Sample>,
}

/// The connections that wait for the hub to accept them, in the queues of all its listeners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct AcceptQueue {
    pub(crate) waiting: u64,
    pub(crate) room: u64,
}

/// Connections that found no room, of any listener on this machine or in this container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drops {
    /// An accept queue was full.
    pub(crate) overflows: u64,
    /// They were dropped, for that reason or another.
    pub(crate) all: u64,
}

/// How some connections are doing, as `TCP_INFO` has it (tcp(7)).
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    /// Smoothed round-trip times in seconds, the shortest first.
    round_trips: Vec<f64>,
    /// Segments that were sent.
    segments: u64,
    /// Segments that had to be sent again.
    again: u64,
}

impl Kernel {
    /// Asks about the sockets at the address where clients connect, if the hub listens itself.
    /// May block for some milliseconds.
    pub(crate) fn read(address: Option<SocketAddr>) -> Self {
        let netstat = fs::read_to_string("/proc/net/netstat").unwrap_or_default();
        let found = |wanted| sock_diag::find(address?, wanted).ok();
        Self {
            accept_queue: found(Wanted::Listeners).map(|found| AcceptQueue::of(&found)),
            drops: Drops::read(&netstat),
            sample: found(Wanted::Connections).and_then(|found| Sample::of(&found)),
        }
    }
}

impl AcceptQueue {
    /// Of a listener, the kernel shows how many wait as what is to be read, and how many may as
    /// what is to be written.
    fn of(listeners: &[Found]) -> Self {
        let sum = |read: fn(&Found) -> u32| listeners.iter().map(|it| u64::from(read(it))).sum();
        Self {
            waiting: sum(|found| found.to_read),
            room: sum(|found| found.to_write),
        }
    }
}

impl Drops {
    /// Reads `/proc/net/netstat`: a line of names and one of numbers.
    fn read(netstat: &str) -> Option<Self> {
        let mut lines = netstat.lines().filter(|line| line.starts_with("TcpExt:"));
        let (names, numbers) = (lines.next()?, lines.next()?);
        let of = |wanted| {
            let mut both = names.split(' ').zip(numbers.split(' '));
            both.find(|(name, _)| *name == wanted)?.1.parse().ok()
        };
        Some(Self {
            overflows: of("ListenOverflows")?,
            all: of("ListenDrops")?,
        })
    }
}

impl Sample {
    fn of(connections: &[Found]) -> Option<Self> {
        let mut sample = Self::default();
        for tcp in connections.iter().filter_map(|found| found.tcp) {
            sample
                .round_trips
                .push(f64::from(tcp.round_trip_micros) / 1e6);
            sample.segments += u64::from(tcp.segments);
            sample.again += u64::from(tcp.again);
        }
        sample.round_trips.sort_by(f64::total_cmp);
        (!sample.round_trips.is_empty()).then_some(sample)
    }

    /// How many connections were looked at.
    pub(crate) const fn connections(&self) -> usize {
        self.round_trips.len()
    }

    /// The round-trip time that this part of the connections does not exceed, in seconds.
    pub(crate) fn round_trip(&self, part: f64) -> f64 {
        let last = self.round_trips.len().saturating_sub(1);
        let place = (last as f64 * part).round() as usize;
        self.round_trips.get(place).copied().unwrap_or_default()
    }

    /// How many of the segments had to be sent again, from 0 to 1.
    pub(crate) fn again(&self) -> f64 {
        self.again as f64 / self.segments.max(1) as f64
    }
}

#[cfg(test)]
mod tests;
