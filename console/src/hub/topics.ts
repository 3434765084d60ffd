// Topics and what can be asked about one.

import { signal } from "@preact/signals";
import { post } from "./ask";
import { pause } from "./connections";
import { Problem } from "./problem";

export interface Topic {
  readonly topic: string;
  readonly subscribers: number;
}

export interface Member {
  readonly connection: string;
  readonly user?: string;
  readonly info?: unknown;
  readonly state?: unknown;
}

export interface Presence {
  readonly connections: number;
  readonly users: number;
  readonly members: readonly Member[];
  readonly more?: boolean;
}

export interface Message {
  readonly event?: string;
  readonly key?: string;
  readonly data?: unknown;
  /** In base64. */
  readonly binary?: string;
  readonly offset: number;
  readonly from?: { readonly user?: string; readonly connection: string };
}

export interface History {
  readonly epoch: string;
  readonly offset: number;
  readonly messages: readonly Message[];
}

interface Page {
  readonly topics: readonly Topic[];
  readonly more?: boolean;
  readonly silent_nodes?: readonly string[];
}

export const TOPICS_MAX = 20_000;
const PAGE = 1_000;
const PAUSE = 5_000;
/** Listing topics has every shard look at all it has, so it is not done all the time. */
const PAUSE_FACTOR = 20;

export const topics = signal<readonly Topic[]>();
export const areCut = signal(false);
export const topicsProblem = signal<Problem>();
/** Hubs whose subscribers are missing in the list. */
export const topicsLack = signal<readonly string[]>([]);

/** Reads the topics that a key may touch, again and again. */
export async function watchTopics(filters: readonly string[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const began = performance.now();
    await readTopics(filters.length > 0 ? filters : ["#"], signal);
    await pause(Math.max(PAUSE, (performance.now() - began) * PAUSE_FACTOR), signal);
  }
}

async function readTopics(filters: readonly string[], signal: AbortSignal): Promise<void> {
  const found = new Map<string, Topic>();
  const silent = new Set<string>();
  let cut = false;
  try {
    for (const filter of filters) {
      let after: string | undefined;
      for (;;) {
        const place: object = after === undefined ? {} : { after };
        const page: Page = await post("/api/topics", { filter, limit: PAGE, ...place });
        for (const topic of page.topics) found.set(topic.topic, topic);
        for (const node of page.silent_nodes ?? []) silent.add(node);
        after = page.topics.at(-1)?.topic;
        cut ||= found.size >= TOPICS_MAX && page.more === true;
        if (!page.more || after === undefined || cut || signal.aborted) break;
      }
    }
    if (signal.aborted) return;
    topics.value = [...found.values()];
    areCut.value = cut;
    topicsLack.value = [...silent].sort();
    topicsProblem.value = undefined;
  } catch (thrown) {
    if (!signal.aborted) topicsProblem.value = Problem.from(thrown);
  }
}
