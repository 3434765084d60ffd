// The hub as it is: metrics every two seconds, readiness with them.

import { signal } from "@preact/signals";
import { Archive } from "../metrics/archive";
import { type Figures, figuresOf } from "../metrics/figures";
import { readSample, type Sample } from "../metrics/sample";
import { Problem } from "./problem";

export const PERIOD_SECONDS = 2;
/** How far back latencies are looked at, so that a quiet hub has some, too. */
const LATENCY_SECONDS = 10;
const FIGURES_MAX = 450;

export interface Readiness {
  readonly status: string;
  readonly shards: readonly { shard: number; answered?: boolean }[];
  readonly dependencies: readonly Dependency[];
}

export interface Dependency {
  readonly name: string;
  readonly status: string;
  readonly latency_ms: number | null;
  readonly error: string | null;
}

export const archive = new Archive();
export const sample = signal<Sample>();
export const figures = signal<readonly Figures[]>([]);
export const readiness = signal<Readiness>();
/** Why the newest figures are old. */
export const silence = signal<Problem>();

const listeners: (() => void)[] = [];

/** Does something whenever there are new figures. */
export function onSample(listener: () => void): void {
  listeners.push(listener);
}

let timer: ReturnType<typeof setTimeout> | undefined;

/** Looks at the hub from now on. */
export function watch(): void {
  if (timer === undefined) void look();
}

export function stopWatching(): void {
  clearTimeout(timer);
  timer = undefined;
}

async function look(): Promise<void> {
  timer = setTimeout(look, PERIOD_SECONDS * 1_000);
  try {
    const [metrics, ready] = await Promise.all([text("/metrics"), answerOf("/readyz")]);
    take(readSample(metrics, performance.now()));
    readiness.value = ready;
    silence.value = undefined;
  } catch (thrown) {
    silence.value = Problem.from(thrown);
  }
}

function take(now: Sample): void {
  const before = archive.last;
  // The hub that answers is another one: what is known of the one before says nothing about it.
  if (before && now.sum("wirehub_uptime_seconds") < before.sum("wirehub_uptime_seconds")) {
    archive.clear();
  }
  archive.push(now);
  const earlier = archive.length > 1 ? archive.ago(LATENCY_SECONDS) : undefined;
  const next = figuresOf(now, archive.length > 1 ? before : undefined, earlier);
  sample.value = now;
  figures.value = [...figures.value.slice(-FIGURES_MAX + 1), next];
  for (const listener of listeners) listener();
}

async function text(path: string): Promise<string> {
  const answer = await fetch(path, { cache: "no-store" });
  if (!answer.ok) throw await Problem.of(answer);
  return answer.text();
}

/** What `/readyz` says, whether it is yes or no. */
async function answerOf(path: string): Promise<Readiness> {
  const answer = await fetch(path, { cache: "no-store" });
  return answer.json();
}
