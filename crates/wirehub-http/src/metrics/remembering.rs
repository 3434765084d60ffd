//! What the hub remembers, and what those are given who come back.

use wirehub::SessionEnd;
use wirehub_model::{Gap, Recovery};

use super::table::{Metric, counter, gauge};

/// Its metrics.
pub(super) const REMEMBERING: &[Metric] = &[
    gauge(
        "wirehub_history_publications",
        &[],
        "Publications remembered in the histories of topics.",
        |now, out| out.put(now.report.total.core.history_publications),
    ),
    gauge(
        "wirehub_remembered_bytes",
        &[],
        "Bytes of what topics remember, retained and keyed values included.",
        |now, out| out.put(now.report.total.core.history_bytes),
    ),
    counter(
        "wirehub_publications_forgotten_total",
        &[],
        "Publications forgotten because `limits.remembered_bytes` was reached.",
        |now, out| out.put(now.report.total.core.forgotten),
    ),
    gauge(
        "wirehub_retained_values",
        &[],
        "Last publications of topics and of keys that are kept for new subscribers.",
        |now, out| out.put(now.report.total.core.retained_values),
    ),
    counter(
        "wirehub_recoveries_total",
        &["result"],
        "Subscriptions that said where they had been: complete, or why not.",
        |now, out| {
            let counts = now.report.total.core.recovered;
            out.put_each(Recovery::all().map(Recovery::name).zip(counts));
        },
    ),
    counter(
        "wirehub_publications_recovered_total",
        &[],
        "Publications sent to subscribers that had missed them.",
        |now, out| out.put(now.report.total.core.recovered_publications),
    ),
    counter(
        "wirehub_gaps_total",
        &["reason"],
        "Subscribers that were told, while they were connected, that something of their topic may be missing.",
        |now, out| {
            let counts = now.report.total.core.gaps;
            out.put_each(Gap::ALL.map(Gap::name).into_iter().zip(counts));
        },
    ),
    counter(
        "wirehub_publications_duplicate_total",
        &[],
        "Publications not published again, because their idempotency key was known.",
        |now, out| out.put(now.report.total.core.duplicates),
    ),
    counter(
        "wirehub_publications_not_stored_total",
        &[],
        "Publications that were delivered but could not be stored.",
        |now, out| out.put(now.report.total.core.not_stored),
    ),
    counter(
        "wirehub_acknowledgements_total",
        &[],
        "Acknowledgements of clients.",
        |now, out| out.put(now.report.total.core.acks),
    ),
    gauge(
        "wirehub_sessions_parked",
        &[],
        "Sessions that wait for their clients to come back.",
        |now, out| out.put(now.report.total.core.sessions_parked),
    ),
    counter(
        "wirehub_sessions_ended_total",
        &["result"],
        "Sessions whose wait ended: the client came back, was too late, or was given up for others.",
        |now, out| {
            let counts = now.report.total.core.sessions_ended;
            out.put_each(
                SessionEnd::ALL
                    .map(SessionEnd::name)
                    .into_iter()
                    .zip(counts),
            );
        },
    ),
];
