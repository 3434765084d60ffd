// What to look at before such a service goes to production, each with what is normal and how bad it
// is when it is not.

import { bytes, count, percent, rate as perSecond, seconds } from "../format";
import type { Readiness } from "../hub/live";
import { type Archive, increase, rate } from "../metrics/archive";
import { bucketsBetween, quantile } from "../metrics/histogram";
import type { Labels, Sample } from "../metrics/sample";

export type Risk = "none" | "raised" | "high" | "severe" | "unknown";

export interface Indicator {
  readonly group: "stability" | "performance" | "resources" | "surroundings";
  readonly name: string;
  readonly value: string;
  readonly normal: string;
  readonly risk: Risk;
}

export interface Seen {
  readonly now: Sample;
  /** A minute ago, or as far as is known. */
  readonly before: Sample | undefined;
  readonly readiness: Readiness | undefined;
  /** How many connections there may be, if the settings are known. */
  readonly connectionsMax: number | undefined;
  /** In milliseconds since 1970. */
  readonly time: number;
}

export function seenIn(archive: Archive, rest: Omit<Seen, "now" | "before">): Seen | undefined {
  const { last } = archive;
  const before = archive.length > 1 ? archive.ago(60) : undefined;
  return last && { now: last, before, ...rest };
}

export function indicators(seen: Seen): readonly Indicator[] {
  const always = [...stability(seen), ...performance(seen), ...resources(seen)];
  return [...always, ...surroundings(seen), ...network(seen)];
}

/** Above each bound, the next risk. */
function above(value: number | undefined, raised: number, high: number, severe: number): Risk {
  if (value === undefined || Number.isNaN(value)) return "unknown";
  if (value > severe) return "severe";
  if (value > high) return "high";
  return value > raised ? "raised" : "none";
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}

function stability({ now, before }: Seen): Indicator[] {
  const group = "stability";
  const went = (name: string, wanted?: (labels: Labels) => boolean) =>
    increase(name, before, now, wanted);
  const closed = (...causes: string[]) =>
    went("wirehub_connections_closed_total", ({ cause = "" }) => causes.includes(cause));
  const connections = Math.max(1, now.sum("wirehub_connections"));
  const seconds = before ? Math.max(10, (now.at - before.at) / 1_000) : 60;
  const aMinute = (closed: number) => (closed / connections) * (60 / seconds);
  const lost = aMinute(closed("lost", "failed"));
  const silent = aMinute(closed("heartbeat_timeout"));
  const slow = aMinute(closed("slow_consumer"));
  const handshakes = went("wirehub_handshakes_total");
  const failed = went(
    "wirehub_handshakes_total",
    ({ result }) => result !== "upgraded" && result !== "answered",
  );
  const recoveries = went("wirehub_recoveries_total");
  const incomplete = went("wirehub_recoveries_total", ({ result }) => result !== "complete");
  const line = (name: string, value: number, bounds: [number, number, number], what: string) => ({
    group,
    name,
    value: percent(value),
    normal: `≤ ${percent(bounds[0])} ${what}`,
    risk: above(value, ...bounds),
  });
  return [
    line("Connections lost", lost, [0.01, 0.05, 0.2], "a minute"),
    line("Heartbeats without an answer", silent, [0.01, 0.03, 0.1], "of clients a minute"),
    line("Slow consumers closed", slow, [0.001, 0.01, 0.05], "of clients a minute"),
    line("Handshakes failed", share(failed, handshakes), [0.05, 0.2, 0.5], "of them"),
    line("Recoveries incomplete", share(incomplete, recoveries), [0, 0.05, 0.2], "of them"),
  ] as Indicator[];
}

function performance({ now, before }: Seen): Indicator[] {
  const group = "performance";
  const name = "wirehub_delivery_duration_seconds";
  const latency = bucketsBetween(name, before, now);
  const deliveries = increase(`${name}_count`, before, now);
  const mean = deliveries > 0 ? increase(`${name}_sum`, before, now) / deliveries : undefined;
  const most = quantile(0.99, latency);
  const asked = increase("wirehub_commands_total", before, now);
  const errors = share(increase("wirehub_errors_total", before, now), asked);
  const dropped = rate("wirehub_frames_dropped_total", before, now);
  const waiting = now.sum("wirehub_queue_bytes") / Math.max(1, now.sum("wirehub_connections"));
  // A hub without publications is not slow.
  const quick = (value: number | undefined, risk: Risk): Risk =>
    value === undefined ? "none" : risk;
  return [
    {
      group,
      name: "Mean time to the socket",
      value: seconds(mean),
      normal: "≤ 50 ms",
      risk: quick(mean, above(mean, 0.05, 0.085, 0.3)),
    },
    {
      group,
      name: "One delivery in a hundred",
      value: seconds(most),
      normal: "≤ 0.5 s",
      risk: quick(most, above(most, 0.3, 0.5, 1)),
    },
    {
      group,
      name: "Requests refused",
      value: percent(errors),
      normal: "≤ 0.1 %",
      risk: above(errors, 0.001, 0.01, 0.023),
    },
    {
      group,
      name: "Frames dropped",
      value: `${perSecond(dropped)}/s`,
      normal: "none",
      risk: above(dropped ?? 0, 0, 100, 10_000),
    },
    {
      group,
      name: "In queues, for each connection",
      value: bytes(waiting),
      normal: "≤ 16 KiB",
      risk: above(waiting, 16_384, 65_536, 262_144),
    },
  ];
}

function resources({ now, before, connectionsMax }: Seen): Indicator[] {
  const group = "resources";
  const connections = now.sum("wirehub_connections");
  const [open, max] = [now.sum("process_open_fds"), now.sum("process_max_fds")];
  const others = Math.max(0, open - connections);
  const cores = rate("process_cpu_seconds_total", before, now);
  const busy = cores === undefined ? undefined : cores / now.sum("wirehub_shards");
  const tasks = now.sum("wirehub_tasks");
  const earlier = before?.sum("wirehub_tasks") ?? tasks;
  const memory = now.sum("process_resident_memory_bytes");
  const full = connectionsMax === undefined ? undefined : share(connections, connectionsMax);
  return [
    {
      group,
      name: "Connections",
      value: count(connections),
      normal:
        connectionsMax === undefined ? "a limit is set" : `≤ 85 % of ${count(connectionsMax)}`,
      risk: full === undefined ? "none" : above(full, 0.85, 0.95, 0.99),
    },
    {
      group,
      name: "File descriptors",
      value: `${count(open)} of ${count(max)}`,
      normal: "≤ 85 %",
      risk: above(share(open, max), 0.7, 0.85, 0.95),
    },
    {
      group,
      name: "Descriptors that no connection accounts for",
      value: count(others),
      normal: "≤ 1,000",
      risk: above(others, 500, 1_000, 5_000),
    },
    {
      group,
      name: "Shards are busy",
      value: percent(busy),
      normal: "≤ 85 %",
      risk: above(busy, 0.7, 0.85, 0.95),
    },
    {
      group,
      name: "Tasks and threads",
      value: count(tasks),
      normal: "no growth",
      risk: above(tasks - earlier, 50, 500, 5_000),
    },
    {
      group,
      name: "Memory",
      value: bytes(memory),
      normal: `${bytes(memory / Math.max(1, connections))} for each connection`,
      risk: "none",
    },
  ];
}

/** What a hub tells of the network, where it can. */
function network({ now, before }: Seen): Indicator[] {
  const group = "stability";
  const found: Indicator[] = [];
  const beats = "wirehub_heartbeat_round_trip_seconds";
  if (now.has(`${beats}_count`)) {
    const most = quantile(0.99, bucketsBetween(beats, before, now));
    const risk = most === undefined ? "none" : above(most, 1, 3, 10);
    const name = "Round trip of one heartbeat in a hundred";
    found.push({ group, name, value: seconds(most), normal: "≤ 1 s", risk });
  }
  if (now.has("wirehub_tcp_retransmitted_ratio")) {
    const again = now.sum("wirehub_tcp_retransmitted_ratio");
    const risk = above(again, 0.02, 0.05, 0.15);
    found.push({
      group,
      name: "Segments sent again",
      value: percent(again),
      normal: "≤ 2 %",
      risk,
    });
  }
  if (now.has("wirehub_accept_queue_overflows_total")) {
    const over = increase("wirehub_accept_queue_overflows_total", before, now);
    const risk = above(over, 0, 0, 100);
    const name = "Connections that found the accept queue full";
    found.push({ group, name, value: count(over), normal: "none", risk });
  }
  return found;
}

function surroundings({ now, before, readiness, time }: Seen): Indicator[] {
  const group = "surroundings";
  const silent = now.all("wirehub_shard_up").filter(({ value }) => value === 0).length;
  const expires = now.sum("wirehub_certificate_expiry_timestamp_seconds");
  const left = expires - time / 1_000;
  const lost =
    increase("wirehub_events_dropped_total", before, now) +
    increase("wirehub_events_given_up_total", before, now);
  const unstored = increase("wirehub_publications_not_stored_total", before, now);
  const found: Indicator[] = [
    {
      group,
      name: "Shards that answer",
      value: `${now.sum("wirehub_shard_up")} of ${now.sum("wirehub_shards")}`,
      normal: "all",
      risk: silent > 0 ? "severe" : "none",
    },
    ...(readiness?.dependencies ?? []).map(({ name, status, latency_ms, error }): Indicator => {
      const took = latency_ms === null ? "" : `, ${seconds(latency_ms / 1_000)}`;
      const risks: Readonly<Record<string, Risk>> = {
        up: "none",
        down: "severe",
        degraded: "high",
      };
      const risk = risks[status] ?? "unknown";
      return { group, name, value: error ?? `${status}${took}`, normal: "up", risk };
    }),
    {
      group,
      name: "Delivered and not stored",
      value: count(unstored),
      normal: "none",
      risk: above(unstored, 0, 0, 0),
    },
    {
      group,
      name: "Events that sinks missed",
      value: count(lost),
      normal: "none",
      risk: above(lost, 0, 10, 1_000),
    },
  ];
  if (expires > 0) {
    const risk = above(-left, -14 * 86_400, -3 * 86_400, 0);
    const value = left > 0 ? `expires in ${seconds(left)}` : "has expired";
    found.push({ group, name: "Certificate", value, normal: "≥ 14 days", risk });
  }
  return found;
}
