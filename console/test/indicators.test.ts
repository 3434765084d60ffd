import { expect, test } from "vitest";
import { indicators } from "../src/health/indicators";
import { readSample } from "../src/metrics/sample";

const WELL = `
wirehub_shard_up{shard="0"} 1
wirehub_shards 1
wirehub_connections{state="open"} 1000
process_open_fds 1050
process_max_fds 20000
`;

/** What is not at rest, a minute after a hub that did nothing. */
function risks(more: string, dependencies: readonly object[] = []) {
  const before = readSample(`${WELL}process_cpu_seconds_total 0`, 0);
  const now = readSample(`${WELL}process_cpu_seconds_total 6\n${more}`, 60_000);
  const readiness = { status: "ready", shards: [], dependencies } as never;
  const seen = { now, before, readiness, connectionsMax: 10_000, time: 0 };
  const open = indicators(seen).filter(({ risk }) => risk !== "none");
  return Object.fromEntries(open.map(({ name, risk }) => [name, risk]));
}

test("a hub that is well has no risk", () => {
  expect(risks("")).toEqual({});
});

test("the error rate of the storm test is severe", () => {
  const asked = 'wirehub_commands_total{type="publish"} 1000\n';
  expect(risks(`${asked}wirehub_errors_total{code="rate_limited"} 23.1`)).toEqual({
    "Requests refused": "severe",
  });
  expect(risks(`${asked}wirehub_errors_total{code="rate_limited"} 1`)).toEqual({});
});

test("a silent shard and a dependency that is down are severe", () => {
  const down = { name: "broker", status: "down", latency_ms: 3, error: "no answer" };
  expect(risks('wirehub_shard_up{shard="1"} 0', [down])).toEqual({
    "Shards that answer": "severe",
    broker: "severe",
  });
});
