//! Every metric: its name, kind, labels, meaning, and where its numbers come from.

use std::time::UNIX_EPOCH;

use wirehub::{Phase, Transport, events::OutletStats, intake::IntakeStats};
use wirehub_model::{CloseCause, Command, ErrorCode};

use super::{Samples, Scrape, inside::INSIDE, remembering::REMEMBERING, surroundings};

/// One metric. `docs/metrics.md` is made from these.
#[derive(Debug)]
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) labels: &'static [&'static str],
    /// A sentence without backslashes and line breaks, which would have to be escaped.
    pub(super) help: &'static str,
    /// Writes the samples.
    pub(super) read: fn(&Scrape, &mut Samples),
}

/// How a metric behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Only grows, from the start of the hub.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts durations by their length.
    Histogram,
}

impl Kind {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

pub(super) const fn counter(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
    read: fn(&Scrape, &mut Samples),
) -> Metric {
    let kind = Kind::Counter;
    Metric {
        name,
        kind,
        labels,
        help,
        read,
    }
}

pub(super) const fn gauge(
    name: &'static str,
    labels: &'static [&'static str],
    help: &'static str,
    read: fn(&Scrape, &mut Samples),
) -> Metric {
    let kind = Kind::Gauge;
    Metric {
        name,
        kind,
        labels,
        help,
        read,
    }
}

pub(super) const fn histogram(
    name: &'static str,
    help: &'static str,
    read: fn(&Scrape, &mut Samples),
) -> Metric {
    let (kind, labels) = (Kind::Histogram, &[]);
    Metric {
        name,
        kind,
        labels,
        help,
        read,
    }
}

/// All metrics, in the order they are shown.
pub(super) fn all() -> impl Iterator<Item = &'static Metric> {
    METRICS
        .iter()
        .chain(REMEMBERING)
        .chain(surroundings::METRICS)
        .chain(INSIDE)
}

const METRICS: &[Metric] = &[
    gauge(
        "wirehub_build_info",
        &["version"],
        "Always 1; the label says which version runs.",
        |_, out| out.put_with(&[env!("CARGO_PKG_VERSION")], 1),
    ),
    gauge(
        "wirehub_uptime_seconds",
        &[],
        "How long the hub has been running.",
        |now, out| out.put(now.report.uptime.as_secs_f64()),
    ),
    gauge(
        "wirehub_draining",
        &[],
        "1 while the hub sends its clients away, else 0.",
        |now, out| out.put(u8::from(now.report.draining)),
    ),
    gauge(
        "wirehub_shards",
        &[],
        "How many shards the hub has.",
        |now, out| out.put(now.answered.len()),
    ),
    gauge(
        "wirehub_shard_up",
        &["shard"],
        "1 if the shard answered this scrape, else 0; a silent shard keeps its last numbers.",
        |now, out| {
            for (shard, answered) in now.answered.iter().enumerate() {
                out.put_with(&[&shard.to_string()], u8::from(*answered));
            }
        },
    ),
    gauge(
        "wirehub_shard_connections",
        &["shard"],
        "Connections of each shard, in any state.",
        |now, out| {
            for (shard, numbers) in &now.report.shards {
                let connections = numbers.core.connections.iter().sum::<u64>();
                out.put_with(&[&shard.to_string()], connections);
            }
        },
    ),
    counter(
        "wirehub_shard_turns_total",
        &["shard"],
        "Turns of each shard's loop.",
        |now, out| {
            for (shard, numbers) in &now.report.shards {
                out.put_with(&[&shard.to_string()], numbers.io.turns);
            }
        },
    ),
    gauge(
        "wirehub_connections",
        &["state"],
        "Connections by where they are in their life.",
        |now, out| {
            let counts = now.report.total.core.connections;
            out.put_each(Phase::ALL.iter().map(|phase| phase.name()).zip(counts));
        },
    ),
    gauge(
        "wirehub_transport_connections",
        &["transport"],
        "Connections by how the client is connected.",
        |now, out| {
            let counts = now.report.total.transports.connections;
            out.put_each(Transport::ALL.iter().map(|it| it.name()).zip(counts));
        },
    ),
    counter(
        "wirehub_transport_connections_opened_total",
        &["transport"],
        "Connections that were opened, by how the client is connected.",
        |now, out| {
            let counts = now.report.total.transports.opened;
            out.put_each(Transport::ALL.iter().map(|it| it.name()).zip(counts));
        },
    ),
    counter(
        "wirehub_posts_total",
        &["result"],
        "Requests of clients without a WebSocket that say something: taken, repeated, or why not.",
        |now, out| out.put_each(&now.report.total.posts.results),
    ),
    counter(
        "wirehub_connections_opened_total",
        &[],
        "Connections that were opened.",
        |now, out| out.put(now.report.total.core.opened),
    ),
    counter(
        "wirehub_connections_closed_total",
        &["cause"],
        "Connections that ended: by the client, lost, failed, or closed by the server for a reason.",
        |now, out| {
            let counts = now.report.total.core.closed;
            out.put_each(CloseCause::all().map(|cause| cause.name()).zip(counts));
        },
    ),
    counter(
        "wirehub_handshakes_total",
        &["result"],
        "Handshakes that ended: in a connection, in answers alone, or why they failed.",
        |now, out| out.put_each(&now.report.total.handshakes.results),
    ),
    histogram(
        "wirehub_handshake_duration_seconds",
        "How long the handshakes took that led to a connection.",
        |now, out| out.put_histogram(&now.report.total.handshakes.latency),
    ),
    counter(
        "wirehub_commands_total",
        &["type"],
        "Requests of clients by type.",
        |now, out| {
            let counts = now.report.total.core.commands;
            out.put_each(Command::NAMES.iter().zip(counts));
        },
    ),
    counter(
        "wirehub_errors_total",
        &["code"],
        "Requests of clients that were refused, by error code.",
        |now, out| {
            let counts = now.report.total.core.refused;
            out.put_each(ErrorCode::ALL.iter().map(|code| code.name()).zip(counts));
        },
    ),
    counter(
        "wirehub_messages_received_total",
        &[],
        "WebSocket messages read from clients.",
        |now, out| out.put(now.report.total.io.messages_in),
    ),
    counter(
        "wirehub_received_bytes_total",
        &[],
        "Bytes read from sockets after their handshake.",
        |now, out| out.put(now.report.total.io.bytes_in),
    ),
    counter(
        "wirehub_sent_bytes_total",
        &[],
        "Bytes written to sockets after their handshake.",
        |now, out| out.put(now.report.total.io.bytes_out),
    ),
    counter(
        "wirehub_socket_reads_total",
        &[],
        "Reads that brought bytes.",
        |now, out| out.put(now.report.total.io.reads),
    ),
    counter(
        "wirehub_socket_writes_total",
        &[],
        "Writes that took bytes.",
        |now, out| out.put(now.report.total.io.writes),
    ),
    counter(
        "wirehub_socket_writes_blocked_total",
        &[],
        "Writes that were cut short by a full socket.",
        |now, out| out.put(now.report.total.io.blocked),
    ),
    counter(
        "wirehub_publications_total",
        &[],
        "Publications that got their place in a topic.",
        |now, out| out.put(now.report.total.core.published),
    ),
    counter(
        "wirehub_deliveries_total",
        &[],
        "Publications and direct messages put into the outboxes of connections.",
        |now, out| out.put(now.report.total.core.deliveries),
    ),
    counter(
        "wirehub_frames_encoded_total",
        &[],
        "Frames encoded; deliveries over this is what encoding once saves.",
        |now, out| out.put(now.report.total.core.frames),
    ),
    gauge(
        "wirehub_queue_bytes",
        &[],
        "Bytes in outboxes that wait for slow readers.",
        |now, out| out.put(now.report.total.core.waiting_bytes),
    ),
    counter(
        "wirehub_frames_dropped_total",
        &[],
        "Frames dropped because an outbox was full.",
        |now, out| out.put(now.report.total.core.dropped),
    ),
    counter(
        "wirehub_frames_expired_total",
        &[],
        "Frames dropped because they expired while they waited.",
        |now, out| out.put(now.report.total.core.expired),
    ),
    counter(
        "wirehub_heartbeats_total",
        &[],
        "Heartbeats sent.",
        |now, out| out.put(now.report.total.core.heartbeats),
    ),
    gauge(
        "wirehub_subscriptions",
        &[],
        "Subscriptions of all connections.",
        |now, out| out.put(now.report.total.core.subscriptions),
    ),
    gauge(
        "wirehub_filters",
        &[],
        "Filters with a subscriber, counted once for each shard that has one.",
        |now, out| out.put(now.report.total.core.feeds),
    ),
    gauge(
        "wirehub_topics",
        &[],
        "Topics the hub keeps a position for.",
        |now, out| out.put(now.report.total.core.topics),
    ),
    gauge(
        "wirehub_members",
        &[],
        "Members of topics with presence, once for each topic.",
        |now, out| out.put(now.report.total.core.members),
    ),
    gauge(
        "wirehub_users",
        &[],
        "Users with a connection that is in; one on several shards counts on each.",
        |now, out| out.put(now.report.total.core.users),
    ),
    counter(
        "wirehub_windows_flushed_total",
        &[],
        "Windows that ended and sent what had waited in them.",
        |now, out| out.put(now.report.total.core.windows_flushed),
    ),
    counter(
        "wirehub_publications_conflated_total",
        &[],
        "Publications not sent to somebody because a newer one stood for them.",
        |now, out| out.put(now.report.total.core.conflated),
    ),
    histogram(
        "wirehub_delivery_duration_seconds",
        "From a publication's arrival to the end of the turn that wrote it to sockets.",
        |now, out| out.put_histogram(&now.report.total.core.delivery),
    ),
    gauge(
        "wirehub_tasks",
        &["name"],
        "Tasks and threads of the hub by name.",
        |now, out| out.put_each(now.report.tasks.iter().copied()),
    ),
    gauge(
        "wirehub_events_waiting",
        &["sink"],
        "Events that wait for a sink or are on their way to it.",
        |now, out| put_outlets(now, out, |outlet| outlet.waiting),
    ),
    counter(
        "wirehub_events_delivered_total",
        &["sink"],
        "Events that a sink took.",
        |now, out| put_outlets(now, out, |outlet| outlet.delivered),
    ),
    counter(
        "wirehub_events_failures_total",
        &["sink"],
        "Attempts to bring events to a sink that failed.",
        |now, out| put_outlets(now, out, |outlet| outlet.failures),
    ),
    counter(
        "wirehub_events_dropped_total",
        &["sink"],
        "Events that found no room in the queue for a sink.",
        |now, out| put_outlets(now, out, |outlet| outlet.dropped),
    ),
    counter(
        "wirehub_events_given_up_total",
        &["sink"],
        "Events that a sink did not take in time, or not at all; they are dead letters.",
        |now, out| put_outlets(now, out, |outlet| outlet.given_up),
    ),
    gauge(
        "wirehub_intake_waiting",
        &["intake"],
        "Records of a log that are on their way into the hub.",
        |now, out| put_intakes(now, out, |intake| intake.waiting),
    ),
    counter(
        "wirehub_intake_records_total",
        &["intake", "outcome"],
        "Records of a log by what became of them: published, duplicate (they had been), skipped \
         or parked (they cannot be published).",
        |now, out| {
            for intake in &now.report.intakes {
                let outcomes = [
                    ("published", intake.published),
                    ("duplicate", intake.duplicates),
                    ("skipped", intake.skipped),
                    ("parked", intake.parked),
                ];
                for (outcome, count) in outcomes {
                    out.put_with(&[&intake.name, outcome], count);
                }
            }
        },
    ),
    counter(
        "wirehub_intake_failures_total",
        &["intake"],
        "Attempts to read a log, or to publish or park a record, that failed.",
        |now, out| put_intakes(now, out, |intake| intake.failures),
    ),
    gauge(
        "wirehub_dependency_up",
        &["name"],
        "1 if the last check of the dependency found nothing wrong, else 0.",
        |now, out| {
            for dependency in &now.report.dependencies {
                out.put_with(&[&dependency.name], u8::from(dependency.error.is_none()));
            }
        },
    ),
    gauge(
        "wirehub_dependency_check_seconds",
        &["name"],
        "How long the last check of the dependency took.",
        |now, out| {
            for dependency in &now.report.dependencies {
                if let Some(took) = dependency.latency {
                    out.put_with(&[&dependency.name], took.as_secs_f64());
                }
            }
        },
    ),
    gauge(
        "wirehub_certificate_expiry_timestamp_seconds",
        &[],
        "When the certificate in use expires, in seconds since 1970; missing without TLS.",
        |now, out| {
            let expiry = now.report.certificate_expires_at;
            if let Some(Ok(since)) = expiry.map(|expiry| expiry.duration_since(UNIX_EPOCH)) {
                out.put(since.as_secs());
            }
        },
    ),
    counter(
        "process_cpu_seconds_total",
        &[],
        "Processor time the process used.",
        |now, out| {
            if let Some(seconds) = now.process.cpu_seconds {
                out.put(seconds);
            }
        },
    ),
    gauge(
        "process_threads",
        &[],
        "Threads of the process.",
        |now, out| {
            if let Some(count) = now.process.threads {
                out.put(count);
            }
        },
    ),
    gauge(
        "process_open_fds",
        &[],
        "Open file descriptors.",
        |now, out| {
            if let Some(count) = now.process.open_descriptors {
                out.put(count);
            }
        },
    ),
    gauge(
        "process_max_fds",
        &[],
        "How many file descriptors the process may open.",
        |now, out| {
            if let Some(count) = now.process.descriptors_max {
                out.put(count);
            }
        },
    ),
    gauge(
        "process_resident_memory_bytes",
        &[],
        "Memory the process occupies.",
        |now, out| {
            if let Some(bytes) = now.process.resident_bytes {
                out.put(bytes);
            }
        },
    ),
];

fn put_intakes(now: &Scrape, out: &mut Samples, read: fn(&IntakeStats) -> u64) {
    let intakes = now.report.intakes.iter();
    out.put_each(intakes.map(|intake| (&intake.name, read(intake))));
}

fn put_outlets(now: &Scrape, out: &mut Samples, read: fn(&OutletStats) -> u64) {
    out.put_each(
        now.report
            .outlets
            .iter()
            .map(|outlet| (&outlet.name, read(outlet))),
    );
}
