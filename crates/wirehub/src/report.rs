//! What a hub says about itself.

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use wirehub_core::{Histogram, Stats};
use wirehub_events::OutletStats;
use wirehub_intake::IntakeStats;
use wirehub_model::Moment;
use wirehub_traces::TraceStats;

use crate::{DependencyStatus, LeakReport, ShardHealth, Transport};

/// The numbers of a hub at one moment. Counters only grow, from the start of the hub.
#[derive(Clone, Debug, Default)]
pub struct HubReport {
    /// How long the hub has been running.
    pub uptime: Duration,
    /// When this was said, on the clock of the moments in it.
    pub now: Moment,
    /// The sum over all shards.
    pub total: ShardReport,
    /// Each shard by itself, in the order of their numbers. A shard that does not answer is
    /// missing.
    pub shards: BTreeMap<u16, ShardReport>,
    /// How long each shard took to answer, or why it did not, in the order of their numbers.
    pub answers: Vec<Result<Duration, Silence>>,
    /// How each shard is doing, silent ones too.
    pub shard_health: Vec<ShardHealth>,
    /// What is left over although nothing should keep it.
    pub leaks: LeakReport,
    /// Tasks and threads by name.
    pub tasks: Vec<(&'static str, usize)>,
    /// What went to sinks.
    pub outlets: Vec<OutletStats>,
    /// What came in through logs.
    pub intakes: Vec<IntakeStats>,
    /// What became of spans of traces.
    pub traces: TraceStats,
    /// Bytes that the process has allocated; `None` unless [all of
    /// it](crate::HubBuilder::whole_process) is the hub's.
    pub allocated: Option<u64>,
    /// What the hub depends on.
    pub dependencies: Vec<DependencyStatus>,
    /// When the certificate in use expires; `None` without TLS.
    pub certificate_expires_at: Option<SystemTime>,
    /// The hub sends its clients away.
    pub draining: bool,
}

/// Why a shard did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Silence {
    /// It was too busy, or hangs.
    #[error("no answer within {} ms", .0.as_millis())]
    Late(Duration),
    /// It has ended.
    #[error("the shard has stopped")]
    Stopped,
}

/// The numbers of one shard.
#[derive(Clone, Debug, Default)]
pub struct ShardReport {
    /// What the state machine counted.
    pub core: Stats,
    /// What went over sockets.
    pub io: IoStats,
    /// Connections by transport.
    pub transports: TransportStats,
    /// What clients without WebSockets sent.
    pub posts: PostStats,
    /// How handshakes ended.
    pub handshakes: HandshakeStats,
    /// How the broker answered.
    pub broker: BrokerStats,
}

/// Connections by transport, in the order of [`Transport::ALL`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TransportStats {
    /// Those that are here.
    pub connections: [u64; Transport::ALL.len()],
    /// All that were opened.
    pub opened: [u64; Transport::ALL.len()],
}

/// What clients without WebSockets sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PostStats {
    /// Requests by what became of them, in a word: `taken`, `repeated`, or why they were not.
    pub results: BTreeMap<&'static str, u64>,
}

/// What went over the sockets of a shard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoStats {
    /// Turns of the loop.
    pub turns: u64,
    /// Reads that brought bytes.
    pub reads: u64,
    /// Bytes read.
    pub bytes_in: u64,
    /// Messages read.
    pub messages_in: u64,
    /// Writes that took bytes.
    pub writes: u64,
    /// Bytes written.
    pub bytes_out: u64,
    /// Writes that were cut short by a full socket.
    pub blocked: u64,
    /// Memory of the table of sockets, in bytes.
    pub socket_bytes: u64,
}

/// How handshakes ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HandshakeStats {
    /// Handshakes by their result in a word: `upgraded`, `answered`, or why they failed.
    pub results: BTreeMap<&'static str, u64>,
    /// How long those took that led to a connection.
    pub latency: Histogram,
}

/// How the broker answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BrokerStats {
    /// Requests that were not answered yet.
    pub waiting: u64,
    /// From a request to its answer at the shard.
    pub latency: Histogram,
}

impl BrokerStats {
    /// Counts an answer.
    pub(crate) fn answered(&mut self, took: Duration) {
        self.waiting -= 1;
        self.latency.record(took, 1);
    }

    fn merge(&mut self, other: &Self) {
        self.waiting += other.waiting;
        self.latency.merge(&other.latency);
    }
}

impl ShardReport {
    /// Adds the numbers of another shard.
    pub fn merge(&mut self, other: &Self) {
        self.core.merge(&other.core);
        self.io.merge(other.io);
        self.transports.merge(other.transports);
        self.posts.merge(&other.posts);
        self.handshakes.merge(&other.handshakes);
        self.broker.merge(&other.broker);
    }
}

impl IoStats {
    fn merge(&mut self, other: Self) {
        for (sum, more) in [
            (&mut self.turns, other.turns),
            (&mut self.reads, other.reads),
            (&mut self.bytes_in, other.bytes_in),
            (&mut self.messages_in, other.messages_in),
            (&mut self.writes, other.writes),
            (&mut self.bytes_out, other.bytes_out),
            (&mut self.blocked, other.blocked),
            (&mut self.socket_bytes, other.socket_bytes),
        ] {
            *sum += more;
        }
    }
}

impl TransportStats {
    pub(crate) const fn opened(&mut self, transport: Transport) {
        self.connections[transport.index()] += 1;
        self.opened[transport.index()] += 1;
    }

    pub(crate) const fn ended(&mut self, transport: Transport) {
        self.connections[transport.index()] -= 1;
    }

    fn merge(&mut self, other: Self) {
        for transport in Transport::ALL.map(Transport::index) {
            self.connections[transport] += other.connections[transport];
            self.opened[transport] += other.opened[transport];
        }
    }
}

impl PostStats {
    /// Counts one request.
    pub(crate) fn count(&mut self, result: &'static str) {
        *self.results.entry(result).or_default() += 1;
    }

    fn merge(&mut self, other: &Self) {
        for (result, count) in &other.results {
            *self.results.entry(result).or_default() += count;
        }
    }
}

impl HandshakeStats {
    /// Counts one handshake.
    pub(crate) fn count(&mut self, result: &'static str) {
        *self.results.entry(result).or_default() += 1;
    }

    /// Counts one that led to a connection.
    pub(crate) fn upgraded(&mut self, took: Duration) {
        self.count("upgraded");
        self.latency.record(took, 1);
    }

    fn merge(&mut self, other: &Self) {
        for (result, count) in &other.results {
            *self.results.entry(result).or_default() += count;
        }
        self.latency.merge(&other.latency);
    }
}
