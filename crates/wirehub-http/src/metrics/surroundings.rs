//! Metrics of what is around the hub's own work: the network, memory, the broker.

use wirehub::Owner;

use super::table::{Metric, counter, gauge, histogram};

/// The quantiles of a sample.
const QUANTILES: [(&str, f64); 3] = [("0.5", 0.5), ("0.9", 0.9), ("0.99", 0.99)];

/// Shown behind those of the hub.
pub(super) const METRICS: &[Metric] = &[
    histogram(
        "wirehub_heartbeat_round_trip_seconds",
        "From a heartbeat to the next sign of life of its client, who was silent before.",
        |now, out| out.put_histogram(&now.report.total.core.round_trip),
    ),
    gauge(
        "wirehub_tcp_sampled_connections",
        &[],
        "Connections that were looked at in this scrape for the next two metrics, some hundred at \
         most.",
        |now, out| {
            if let Some(sample) = &now.kernel.sample {
                out.put(sample.connections());
            }
        },
    ),
    gauge(
        "wirehub_tcp_round_trip_seconds",
        &["quantile"],
        "Round-trip times of the connections looked at, as the kernel measures them (TCP_INFO).",
        |now, out| {
            if let Some(sample) = &now.kernel.sample {
                out.put_each(QUANTILES.map(|(name, part)| (name, sample.round_trip(part))));
            }
        },
    ),
    gauge(
        "wirehub_tcp_retransmitted_ratio",
        &[],
        "How many of the segments sent to the connections looked at had to be sent again, from 0 \
         to 1.",
        |now, out| {
            if let Some(sample) = &now.kernel.sample {
                out.put(sample.again());
            }
        },
    ),
    gauge(
        "wirehub_accept_queue_connections",
        &[],
        "Connections that wait in the kernel for the hub to accept them.",
        |now, out| {
            if let Some(queue) = now.kernel.accept_queue {
                out.put(queue.waiting);
            }
        },
    ),
    gauge(
        "wirehub_accept_queue_room",
        &[],
        "How many connections may wait there, in the queues of all shards together.",
        |now, out| {
            if let Some(queue) = now.kernel.accept_queue {
                out.put(queue.room);
            }
        },
    ),
    counter(
        "wirehub_accept_queue_overflows_total",
        &[],
        "Connections that found an accept queue full, of any program in this network namespace.",
        |now, out| {
            if let Some(drops) = now.kernel.drops {
                out.put(drops.overflows);
            }
        },
    ),
    counter(
        "wirehub_accept_drops_total",
        &[],
        "Connections that were dropped before they were accepted, for that reason or another.",
        |now, out| {
            if let Some(drops) = now.kernel.drops {
                out.put(drops.all);
            }
        },
    ),
    gauge(
        "wirehub_memory_bytes",
        &["owner"],
        "Memory by what it is for: estimates from how much there is of everything, without names.",
        |now, out| {
            let owners = Owner::ALL.map(Owner::name);
            out.put_each(owners.into_iter().zip(now.report.total.core.memory));
            out.put_with(&["sockets"], now.report.total.io.socket_bytes);
            let waiting = now.report.outlets.iter().map(|outlet| outlet.waiting_bytes);
            out.put_with(&["events"], waiting.sum::<u64>());
        },
    ),
    gauge(
        "wirehub_memory_allocated_bytes",
        &[],
        "Memory that the process has allocated, by the allocator's own count; less the sum of \
         wirehub_memory_bytes it is what no owner accounts for.",
        |now, out| {
            if let Some(bytes) = now.report.allocated {
                out.put(bytes);
            }
        },
    ),
    counter(
        "wirehub_api_keys_refused_total",
        &[],
        "Requests to the server API whose key was not valid.",
        |now, out| out.put(now.wrong_keys),
    ),
    counter(
        "wirehub_trace_spans_total",
        &["result"],
        "Spans of traces: exported, dropped since the queue was full, or not taken by the collector.",
        |now, out| {
            let traces = now.report.traces;
            out.put_each([
                ("exported", traces.exported),
                ("dropped", traces.dropped),
                ("failed", traces.failed),
            ]);
        },
    ),
    gauge(
        "wirehub_broker_waiting",
        &[],
        "Requests to the broker that it has not answered yet; publications of one turn are one.",
        |now, out| out.put(now.report.total.broker.waiting),
    ),
    histogram(
        "wirehub_broker_duration_seconds",
        "From a request to the broker to its answer at the shard.",
        |now, out| out.put_histogram(&now.report.total.broker.latency),
    ),
];
