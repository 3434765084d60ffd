//! What one run yields. Times of messages are microseconds, memory is bytes, CPU is seconds.

use serde::{Deserialize, Serialize};

/// The result of one run of one case against one server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Outcome {
    /// Fan-out or echo.
    Flow(Flow),
    /// Connect storm.
    Storm(Storm),
    /// Idle connections.
    Idle(Idle),
    /// Connections that were cut and came back.
    Recovery(Recovery),
}

impl Outcome {
    /// What went wrong with messages, where there were any.
    pub fn faults(&self) -> Option<&Faults> {
        match self {
            Self::Flow(flow) => Some(&flow.faults),
            Self::Recovery(recovery) => Some(&recovery.faults),
            Self::Storm(_) | Self::Idle(_) => None,
        }
    }
}

/// Messages that arrived during the measured time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Flow {
    /// Measured wall time in seconds, without warm-up and drain.
    pub seconds: f64,
    /// Messages that arrived at a connection (an echo is one delivery).
    pub deliveries: u64,
    /// What the server's processor time was spent on.
    pub cpu: Cpu,
    /// CPU seconds of each process of the server, in the order in which they were named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub each: Vec<f64>,
    /// From the client's write to the client's read.
    pub latency: Latency,
    /// Messages found in one read of a socket: 1 without coalescing.
    pub messages_per_read: f64,
    /// Bytes of WebSocket frames received per delivery, headers and envelope included.
    pub wire_bytes: f64,
    /// Resident memory of the server at the end.
    pub rss: u64,
    /// What went wrong with messages over the whole run, warm-up and drain included.
    pub faults: Faults,
}

impl Flow {
    /// Deliveries per second.
    pub fn rate(&self) -> f64 {
        self.deliveries as f64 / self.seconds
    }

    /// Server CPU seconds per million deliveries.
    pub fn cpu_per_million(&self) -> f64 {
        self.cpu.server * 1e6 / self.deliveries.max(1) as f64
    }
}

/// Connections that came and went during the measured time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Storm {
    /// Measured wall time in seconds.
    pub seconds: f64,
    /// Connections that came all the way: upgrade, close frame back, end of stream.
    pub connections: u64,
    /// Connections that failed on the way.
    pub errors: u64,
    /// Connections that were not over when the run had waited for them.
    pub stuck: u64,
    /// What the server's processor time was spent on.
    pub cpu: Cpu,
    /// From connect to end of stream.
    pub latency: Latency,
    /// Resident memory of the server before the first connection.
    pub rss_before: u64,
    /// Resident memory of the server after the last connection.
    pub rss_after: u64,
    /// Open descriptors of the server before the first connection.
    pub descriptors_before: u64,
    /// Open descriptors of the server after the last connection.
    pub descriptors_after: u64,
}

impl Storm {
    /// Connections per second.
    pub fn rate(&self) -> f64 {
        self.connections as f64 / self.seconds
    }

    /// Server CPU microseconds per connection.
    pub fn cpu_per_connection(&self) -> f64 {
        self.cpu.server * 1e6 / self.connections.max(1) as f64
    }
}

/// Connections that were held open and sent nothing.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Idle {
    /// Connections held.
    pub open: u64,
    /// Resident memory of the server before they were opened, after one warm-up connection.
    pub rss_before: u64,
    /// Resident memory of the server at the end of the hold.
    pub rss_open: u64,
    /// Resident memory of the server after all were closed and it had time to give memory back.
    pub rss_closed: u64,
    /// Growth of the kernel's slab memory by opening, both ends of each connection together.
    pub slab: i64,
    /// How long the connections were held, in seconds.
    pub hold: f64,
    /// Server CPU seconds used over the hold.
    pub cpu: f64,
}

impl Idle {
    /// Server memory in user space for one connection, in bytes.
    pub fn bytes_per_connection(&self) -> f64 {
        (self.rss_open as f64 - self.rss_before as f64) / self.open.max(1) as f64
    }

    /// Kernel slab memory for both ends of one connection, in bytes.
    pub fn slab_per_connection(&self) -> f64 {
        self.slab as f64 / self.open.max(1) as f64
    }
}

/// Connections that were cut at once and came back. Time, CPU and bytes are from the first
/// connect to the moment when the last client had everything it missed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Recovery {
    /// Connections that came back.
    pub clients: u64,
    /// Publications each of them missed.
    pub missed: u64,
    /// Clients that have everything.
    pub complete: u64,
    /// Wall time in seconds.
    pub seconds: f64,
    /// What the server's processor time was spent on.
    pub cpu: Cpu,
    /// From a client's connect to the last message it missed.
    pub latency: Latency,
    /// Bytes of WebSocket frames the clients received.
    pub bytes: u64,
    /// Times the kernel put a connection off because too many waited to be accepted.
    pub put_off: u64,
    /// Resident memory of the server with all connections, before they are cut.
    pub rss_open: u64,
    /// Resident memory of the server while all are away.
    pub rss_away: u64,
    /// The most resident memory of the server while they come back.
    pub rss_peak: u64,
    /// Resident memory of the server when all are back and some time has passed.
    pub rss_back: u64,
    /// What went wrong with messages over the whole run.
    pub faults: Faults,
}

impl Recovery {
    /// Publications per second that clients got which had missed them.
    pub fn rate(&self) -> f64 {
        (self.complete * self.missed) as f64 / self.seconds
    }

    /// Server CPU seconds per million of those.
    pub fn cpu_per_million(&self) -> f64 {
        self.cpu.server * 1e6 / (self.complete * self.missed).max(1) as f64
    }
}

/// Processor time over the measured time.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Cpu {
    /// CPU seconds of the server process, user and system.
    pub server: f64,
    /// The user part of it.
    pub server_user: f64,
    /// Share of the time the server's core was not idle, 0 to 1. Well below 1 means that the
    /// server was not the limit of this run.
    pub core_busy: f64,
    /// Share of the time the server's core worked for somebody else, 0 to 1. A run with a large
    /// share was disturbed and says little.
    pub core_foreign: f64,
}

/// Percentiles of a duration in microseconds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Latency {
    /// Half were faster.
    pub p50: u64,
    /// 99 of 100 were faster.
    pub p99: u64,
    /// 999 of 1000 were faster.
    pub p999: u64,
    /// The slowest.
    pub max: u64,
}

/// Messages that did not arrive once, whole and in order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// Never arrived.
    pub lost: u64,
    /// Arrived again.
    pub duplicated: u64,
    /// Arrived after a later one.
    pub reordered: u64,
    /// Arrived with other bytes than were sent.
    pub corrupt: u64,
}

impl Faults {
    /// How many in all.
    pub fn total(&self) -> u64 {
        self.lost + self.duplicated + self.reordered + self.corrupt
    }
}
