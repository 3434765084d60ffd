import { expect, test } from "vitest";
import FILE from "../../deploy/prometheus/wirehub.rules.yml?raw";
import { RULES } from "../src/alarms/rules";
import { seenIn } from "../src/alarms/seen";
import { Watch } from "../src/alarms/watch";
import { Archive } from "../src/metrics/archive";
import { readSample } from "../src/metrics/sample";

/** A hub that cannot be scraped cannot be told of here, other than by the notice on every page. */
const NOT_HERE = ["WirehubDown"];

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600 };

/** Name, severity and patience of each rule for Prometheus. */
function rulesOfPrometheus() {
  const parts = FILE.split("- alert: ").slice(1);
  return parts.map((part) => {
    const [, number = "0", unit = "s"] = /for: (\d+)([smh])/.exec(part) ?? [];
    return {
      name: part.split("\n")[0],
      severity: /severity: (\w+)/.exec(part)?.[1],
      patience: Number(number) * (UNITS[unit] ?? 1),
    };
  });
}

test("every rule for Prometheus is here, with its severity and patience", () => {
  const theirs = rulesOfPrometheus().filter(({ name }) => !NOT_HERE.includes(name ?? ""));
  const ours = RULES.map(({ name, severity, patience }) => ({ name, severity, patience }));
  expect(theirs.length).toBeGreaterThan(10);
  for (const rule of theirs) expect(ours).toContainEqual(rule);
});

/** A hub that is well, with something about it changed. */
function scrape(changed: Record<string, number>) {
  const values = {
    'wirehub_shard_up{shard="0"}': 1,
    wirehub_shards: 1,
    'wirehub_connections{state="open"}': 100,
    process_open_fds: 150,
    process_max_fds: 1_000,
    ...changed,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name} ${value}`)
    .join("\n");
}

/** Looks at a hub every ten seconds; what it counts may depend on how many seconds went by. */
function lookFor(seconds: number, changed: (at: number) => Record<string, number>) {
  const [archive, watch] = [new Archive(), new Watch()];
  let alarms: ReturnType<Watch["look"]> = [];
  for (let at = 0; at <= seconds; at += 10) {
    archive.push(readSample(scrape(changed(at)), at * 1_000));
    const seen = seenIn(archive, at * 1_000);
    if (seen) alarms = watch.look(seen);
  }
  return alarms.filter(({ state }) => state !== "quiet");
}

const states = (alarms: ReturnType<typeof lookFor>) =>
  alarms.map(({ rule, state }) => `${rule.name} ${state}`);

test("a hub that is well has no alarm", () => {
  expect(states(lookFor(900, () => ({})))).toEqual([]);
});

test("a rule waits for as long as it has patience, then fires", () => {
  const down = () => ({ 'wirehub_shard_up{shard="0"}': 0 });
  expect(states(lookFor(50, down))).toEqual(["WirehubShardDown pending"]);
  expect(states(lookFor(60, down))).toEqual(["WirehubShardDown firing"]);
});

test("what passes begins anew the next time", () => {
  const flickering = (at: number) => ({ 'wirehub_shard_up{shard="0"}': at === 50 ? 1 : 0 });
  expect(states(lookFor(100, flickering))).toEqual(["WirehubShardDown pending"]);
});

test.each([
  [
    "WirehubHighLatency firing",
    130,
    (at: number) => ({
      'wirehub_delivery_duration_seconds_bucket{le="0.5"}': at,
      'wirehub_delivery_duration_seconds_bucket{le="1"}': at * 2,
      'wirehub_delivery_duration_seconds_bucket{le="+Inf"}': at * 2,
      wirehub_delivery_duration_seconds_count: at * 2,
    }),
  ],
  [
    "WirehubSlowConsumers firing",
    400,
    (at: number) => ({ 'wirehub_connections_closed_total{cause="slow_consumer"}': at }),
  ],
  ["WirehubDescriptorsRunOut firing", 300, () => ({ process_open_fds: 900 })],
  ["WirehubSaturated firing", 700, (at: number) => ({ process_cpu_seconds_total: at * 0.9 })],
  [
    "WirehubHandshakesFail firing",
    400,
    (at: number) => ({
      'wirehub_handshakes_total{result="upgraded"}': at * 10,
      'wirehub_handshakes_total{result="origin"}': at * 10,
    }),
  ],
  ["WirehubNotStored firing", 20, (at: number) => ({ wirehub_publications_not_stored_total: at })],
  ["WirehubDependencyDown firing", 120, () => ({ 'wirehub_dependency_up{name="jwks"}': 0 })],
  [
    "WirehubCertificateExpires firing",
    0,
    () => ({ wirehub_certificate_expiry_timestamp_seconds: 10 * 86_400 }),
  ],
])("%s after %d s", (expected, seconds, changed) => {
  expect(states(lookFor(seconds, changed))).toContain(expected);
});
