//! What the hub finds out about itself: shards that stall, things that are left over.

use std::fmt::Display;

use wirehub::{LeakKind, ShardHealth};

use super::{
    Samples, Scrape,
    table::{Metric, counter, gauge},
};

/// Its metrics.
pub(super) const INSIDE: &[Metric] = &[
    gauge(
        "wirehub_shard_stalled",
        &["shard"],
        "1 while no turn of the shard ends although one is due, else 0.",
        |now, out| {
            put_health(now, out, |health| u8::from(health.stalled.is_some()));
        },
    ),
    counter(
        "wirehub_shard_stalls_total",
        &["shard"],
        "How often a shard stalled: no turn of it ended for five seconds although one was due.",
        |now, out| put_health(now, out, |health| health.stalls),
    ),
    gauge(
        "wirehub_shard_answer_seconds",
        &["shard"],
        "How long the shard took to answer when the watchdog last asked it.",
        |now, out| {
            put_health(now, out, |health| {
                health.latency.unwrap_or_default().as_secs_f64()
            });
        },
    ),
    gauge(
        "wirehub_leaks",
        &["kind"],
        "What was left over at the last look although nothing should keep it.",
        |now, out| {
            let leaks = &now.report.leaks.leaks;
            let count = |kind| leaks.iter().filter(|leak| leak.kind == kind).count();
            out.put_each(LeakKind::ALL.map(|kind| (kind.name(), count(kind))));
        },
    ),
    counter(
        "wirehub_leaks_found_total",
        &["kind"],
        "Leaks that were found; each is counted once and named in the log.",
        |now, out| {
            let found = &now.report.leaks.found;
            let count = |kind| found.get(&kind).copied().unwrap_or_default();
            out.put_each(LeakKind::ALL.map(|kind| (kind.name(), count(kind))));
        },
    ),
    counter(
        "wirehub_leak_checks_total",
        &[],
        "How often the hub was looked through for what is left over.",
        |now, out| out.put(now.report.leaks.checks),
    ),
];

fn put_health<V: Display>(now: &Scrape, out: &mut Samples, read: fn(&ShardHealth) -> V) {
    let health = now.report.shard_health.iter().enumerate();
    out.put_each(health.map(|(shard, health)| (shard.to_string(), read(health))));
}
