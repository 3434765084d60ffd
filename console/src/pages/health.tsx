// A checklist: each indicator with its value, what is normal, and how bad it is.

import { useEffect } from "preact/hooks";
import { type Indicator, indicators, type Risk, seenIn } from "../health/indicators";
import { archive, readiness, sample } from "../hub/live";
import { numberOf, readSettings, settings } from "../hub/settings";
import { Empty, Panel } from "../parts/panel";

const GROUPS = {
  stability: "Stability of connections",
  performance: "Performance",
  resources: "Resources",
  surroundings: "Shards and dependencies",
} as const;

const LOOKS: Readonly<Record<Risk, string>> = {
  none: "good",
  raised: "accent",
  high: "warn",
  severe: "bad",
  unknown: "",
};
const WORDS: Readonly<Record<Risk, string>> = {
  none: "no risk",
  raised: "raised",
  high: "high risk",
  severe: "severe",
  unknown: "unknown",
};

export function Health() {
  useEffect(() => {
    if (!settings.value) void readSettings();
  }, []);
  // The archive is no signal; a new sample says that it has grown.
  const seen = sample.value && seenIn(archive, known());
  if (!seen) return <Empty title="Waiting for the hub's first figures" />;
  const all = indicators(seen);
  const open = all.filter(({ risk }) => risk !== "none" && risk !== "unknown");
  return (
    <div class="stack">
      <Verdict of={all.length} open={open} />
      <div class="charts">
        {(Object.keys(GROUPS) as (keyof typeof GROUPS)[]).map((group) => (
          <Panel key={group} title={GROUPS[group]}>
            <ul class="checks">{all.filter((one) => one.group === group).map(check)}</ul>
          </Panel>
        ))}
      </div>
    </div>
  );
}

function known() {
  const connectionsMax = numberOf("limits.connections");
  return { readiness: readiness.value, connectionsMax, time: Date.now() };
}

function Verdict({ of, open }: { of: number; open: readonly Indicator[] }) {
  const status = readiness.value?.status ?? "unknown";
  const well = open.length === 0 && status === "ready";
  return (
    <div class={`verdict ${well ? "good" : "warn"}`}>
      <b>{well ? "All is well" : `${open.length} of ${of} indicators need a look`}</b>
      <span>
        {well ? `${of} indicators checked over the last minute` : nameAll(open)} — the hub is{" "}
        {status}
      </span>
    </div>
  );
}

function nameAll(open: readonly Indicator[]): string {
  return open.map(({ name }) => name).join(", ") || "none of the indicators";
}

function check({ name, value, normal, risk }: Indicator) {
  return (
    <li key={name} class={risk}>
      <span class={`badge ${LOOKS[risk]}`}>{WORDS[risk]}</span>
      <div>{name}</div>
      <div class="number">
        <b class={risk === "none" ? "" : LOOKS[risk]}>{value}</b>
        <p class="soft">{normal}</p>
      </div>
    </li>
  );
}
