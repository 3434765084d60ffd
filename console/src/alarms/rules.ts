// The alert rules of deploy/prometheus/wirehub.rules.yml, on what this page has seen itself. A test
// holds their names, severities and patience against that file.

import { count, percent, rate as perSecond, seconds } from "../format";
import { bucketsBetween, quantile } from "../metrics/histogram";
import { connections, type Seen, speed, went } from "./seen";

export type Severity = "critical" | "warning" | "info";

export interface Rule {
  readonly name: string;
  readonly severity: Severity;
  /** For how long it has to hold before it fires, in seconds. */
  readonly patience: number;
  /** When it holds, in words. */
  readonly when: string;
  /** What to do. */
  readonly advice: string;
  /** What was found, when it holds; `undefined` when all is well. */
  readonly holds: (seen: Seen) => string | undefined;
}

const MINUTES = 60;
const DAY = 86_400;

function expiry(days: number) {
  return ({ now, time }: Seen) => {
    const at = now.sum("wirehub_certificate_expiry_timestamp_seconds");
    const left = at - time / 1_000;
    return at > 0 && left < days * DAY ? `in ${seconds(Math.max(0, left))}` : undefined;
  };
}

const CUT_OFF = ["lost", "failed", "service_restart", "going_away"];

export const RULES: readonly Rule[] = [
  {
    name: "WirehubShardDown",
    severity: "critical",
    patience: MINUTES,
    when: "a shard does not answer",
    advice: "It is stuck in a write to disk or starved of its core; the log names it.",
    holds: ({ now }) => {
      const silent = [...now.by("wirehub_shard_up", "shard")].filter(([, up]) => up === 0);
      return silent.length > 0 ? `shard ${silent.map(([shard]) => shard).join(", ")}` : undefined;
    },
  },
  {
    name: "WirehubShardStalls",
    severity: "warning",
    patience: 0,
    when: "no turn of a shard ended for five seconds although one was due",
    advice: "A disk that hangs, cores that are taken, or a bug: take a CPU profile while it lasts.",
    holds: (seen) => {
      const stalled = [...seen.now.by("wirehub_shard_stalled", "shard")];
      const still = stalled.filter(([, value]) => value === 1).map(([shard]) => shard);
      if (still.length > 0) return `shard ${still.join(", ")}`;
      const stalls = went(seen, "wirehub_shard_stalls_total", 15 * MINUTES);
      return stalls > 0 ? `${count(stalls)} times` : undefined;
    },
  },
  {
    name: "WirehubHighLatency",
    severity: "critical",
    patience: 2 * MINUTES,
    when: "one delivery in a hundred takes more than 0.5 s",
    advice:
      "See what grew: publications, subscribers of one topic, the broker. Add a hub or a window.",
    holds: (seen) => {
      const name = "wirehub_delivery_duration_seconds";
      const most = quantile(0.99, bucketsBetween(name, seen.ago(2 * MINUTES), seen.now)) ?? 0;
      return most > 0.5 ? seconds(most) : undefined;
    },
  },
  {
    name: "WirehubConnectionLeak",
    severity: "warning",
    patience: 15 * MINUTES,
    when: "over a thousand descriptors that no connection accounts for, and more come",
    advice: "Keep `/metrics` and `ls -l /proc/PID/fd`, tell us, and restart with a drain.",
    holds: (seen) => {
      const others = seen.now.sum("process_open_fds") - connections(seen);
      const before = seen.ago(15 * MINUTES)?.sum("process_open_fds") ?? 0;
      const more = seen.now.sum("process_open_fds") > before;
      return others > 1_000 && more ? `${count(others)} descriptors` : undefined;
    },
  },
  {
    name: "WirehubConnectionStorm",
    severity: "warning",
    patience: 2 * MINUTES,
    when: "five times as many connections as usual are opened",
    advice: "Did clients lose another hub, or does a page connect in a loop?",
    holds: (seen) => {
      const now = speed(seen, "wirehub_connections_opened_total", MINUTES);
      const usual = speed(seen, "wirehub_connections_opened_total", 15 * MINUTES);
      return now > 100 && now > 5 * usual ? `${perSecond(now)} a second` : undefined;
    },
  },
  {
    name: "WirehubHerd",
    severity: "warning",
    patience: 0,
    when: "clients that were cut off come back at once rather than spread",
    advice: "Clients older than `sessions.reconnects_per_second`, or of another library.",
    holds: (seen) => {
      const peak = speed(seen, "wirehub_connections_opened_total", 30);
      const usual = speed(seen, "wirehub_connections_opened_total", 5 * MINUTES);
      const cut = went(seen, "wirehub_connections_closed_total", 5 * MINUTES, ({ cause = "" }) =>
        CUT_OFF.includes(cause),
      );
      const herd = peak > 100 && peak > 2 * usual && cut > 1_000;
      return herd ? `${perSecond(peak)} a second` : undefined;
    },
  },
  {
    name: "WirehubSlowConsumers",
    severity: "warning",
    patience: 5 * MINUTES,
    when: "one connection in a hundred was closed for reading too slowly",
    advice: 'Fewer messages: a window, a pace, `overflow = "latest"`; then `limits.outbox_bytes`.',
    holds: (seen) => {
      const slow = went(
        seen,
        "wirehub_connections_closed_total",
        5 * MINUTES,
        ({ cause }) => cause === "slow_consumer",
      );
      const many = slow > 10 && slow > 0.01 * connections(seen);
      return many ? `${count(slow)} in five minutes` : undefined;
    },
  },
  {
    name: "WirehubFramesDropped",
    severity: "info",
    patience: 10 * MINUTES,
    when: "frames are dropped for slow readers",
    advice: "A namespace with `overflow` does what it was told; is that meant?",
    holds: (seen) => {
      const dropped = speed(seen, "wirehub_frames_dropped_total", 5 * MINUTES);
      return dropped > 0 ? `${perSecond(dropped)} a second` : undefined;
    },
  },
  {
    name: "WirehubDescriptorsRunOut",
    severity: "critical",
    patience: 5 * MINUTES,
    when: "more than 85 % of the descriptors are in use",
    advice: "Raise the limit of the process (`LimitNOFILE`), or add a hub.",
    holds: ({ now }) => {
      const share = now.sum("process_open_fds") / now.sum("process_max_fds");
      return share > 0.85 ? percent(share) : undefined;
    },
  },
  {
    name: "WirehubSaturated",
    severity: "warning",
    patience: 10 * MINUTES,
    when: "shards are busy more than 85 % of the time",
    advice: "Raise `shards` up to the number of cores, then add a hub.",
    holds: (seen) => {
      const cores = speed(seen, "process_cpu_seconds_total", 5 * MINUTES);
      const share = cores / seen.now.sum("wirehub_shards");
      return share > 0.85 ? percent(share) : undefined;
    },
  },
  {
    name: "WirehubHandshakesFail",
    severity: "warning",
    patience: 5 * MINUTES,
    when: "one handshake in five fails",
    advice: "The results of handshakes say why: tokens, origins, limits, TLS.",
    holds: (seen) => {
      const all = speed(seen, "wirehub_handshakes_total", 5 * MINUTES);
      const failed = speed(
        seen,
        "wirehub_handshakes_total",
        5 * MINUTES,
        ({ result }) => result !== "upgraded" && result !== "answered",
      );
      return all > 1 && failed > 0.2 * all ? `${perSecond(failed)} a second` : undefined;
    },
  },
  {
    name: "WirehubAcceptQueueOverflows",
    severity: "warning",
    patience: MINUTES,
    when: "connections found an accept queue full",
    advice: "Raise `tcp.backlog` and `net.core.somaxconn`; is the hub saturated?",
    holds: (seen) => {
      const full = went(seen, "wirehub_accept_queue_overflows_total", 5 * MINUTES);
      return full > 0 ? `${count(full)} connections` : undefined;
    },
  },
  {
    name: "WirehubKeysGuessed",
    severity: "warning",
    patience: 5 * MINUTES,
    when: "more than one wrong API key a second",
    advice: "A server with an old key, or somebody who should not reach the admin listener.",
    holds: (seen) => {
      const wrong = speed(seen, "wirehub_api_keys_refused_total", 5 * MINUTES);
      return wrong > 1 ? `${perSecond(wrong)} a second` : undefined;
    },
  },
  {
    name: "WirehubLeak",
    severity: "warning",
    patience: 0,
    when: "something outlived what it was for",
    advice: "The page of profiles names what, and where it was born; the log keeps it.",
    holds: (seen) => {
      const now = [...seen.now.by("wirehub_leaks", "kind")].filter(([, value]) => value > 0);
      if (now.length > 0) return now.map(([kind, value]) => `${count(value)} ${kind}`).join(", ");
      const found = went(seen, "wirehub_leaks_found_total", 15 * MINUTES);
      return found > 0 ? `${count(found)} in fifteen minutes` : undefined;
    },
  },
  {
    name: "WirehubRecoveriesIncomplete",
    severity: "warning",
    patience: 15 * MINUTES,
    when: "one recovery in twenty cannot be complete",
    advice: "Raise `history.size`, `history.ttl` or `limits.recovery`.",
    holds: (seen) => {
      const all = went(seen, "wirehub_recoveries_total", 15 * MINUTES);
      const incomplete = went(
        seen,
        "wirehub_recoveries_total",
        15 * MINUTES,
        ({ result }) => result !== "complete",
      );
      return incomplete > 0.05 * all ? `${percent(incomplete / all)} of them` : undefined;
    },
  },
  {
    name: "WirehubNotStored",
    severity: "critical",
    patience: 0,
    when: "something was delivered and not stored",
    advice: "Look at the disk of the store.",
    holds: (seen) => {
      const lost = went(seen, "wirehub_publications_not_stored_total", 5 * MINUTES);
      return lost > 0 ? `${count(lost)} publications` : undefined;
    },
  },
  {
    name: "WirehubDependencyDown",
    severity: "warning",
    patience: 2 * MINUTES,
    when: "a dependency is not well",
    advice: "The health page shows what it answers.",
    holds: ({ now }) => {
      const down = [...now.by("wirehub_dependency_up", "name")].filter(([, up]) => up === 0);
      return down.length > 0 ? down.map(([name]) => name).join(", ") : undefined;
    },
  },
  {
    name: "WirehubEventsLost",
    severity: "warning",
    patience: 0,
    when: "a sink misses events",
    advice: "The receiver is too slow or away: its queue, its kinds, its log.",
    holds: (seen) => {
      const lost =
        went(seen, "wirehub_events_dropped_total", 15 * MINUTES) +
        went(seen, "wirehub_events_given_up_total", 15 * MINUTES);
      return lost > 0 ? `${count(lost)} events` : undefined;
    },
  },
  {
    name: "WirehubCertificateExpires",
    severity: "warning",
    patience: 0,
    when: "the certificate expires in less than 14 days",
    advice: "Renew it; the files are read again by themselves.",
    holds: expiry(14),
  },
  {
    name: "WirehubCertificateExpiresSoon",
    severity: "critical",
    patience: 0,
    when: "the certificate expires in less than 3 days",
    advice: "Renew it now; the files are read again by themselves.",
    holds: expiry(3),
  },
];
