// The list of all connections, read page by page for as long as somebody looks at it.

import { signal } from "@preact/signals";
import { get } from "./ask";
import { Problem } from "./problem";

export interface Connection {
  readonly connection: string;
  /** The hub that serves it, where there are several. */
  readonly node?: string;
  readonly user: string | null;
  readonly state: string;
  readonly transport: string;
  /** In seconds, when the list was read. */
  readonly age: number;
  readonly silence: number;
  readonly subscriptions: number;
  readonly waiting_bytes: number;
  /** Of the last heartbeat; `null` before there was one. */
  readonly round_trip?: number | null;
}

/** What is known of one when somebody looks closer. */
export interface Details extends Connection {
  readonly info?: unknown;
  readonly expires_in?: number;
  readonly subscribed: readonly string[];
}

interface Page {
  readonly connections: readonly Connection[];
  readonly next: number | null;
  readonly silent_nodes?: readonly string[];
}

/** More would be too many for a browser to hold; they are said to be there. */
export const ROWS_MAX = 50_000;
const PAGE_ROWS = 1_000;
/** The list is read again after five seconds, or ten times what reading it took. */
const PAUSE = 5_000;
const PAUSE_FACTOR = 10;

export const list = signal<readonly Connection[]>();
export const isCut = signal(false);
export const listProblem = signal<Problem>();
/** Hubs whose connections are missing in the list. */
export const listLacks = signal<readonly string[]>([]);

/** Reads the list again and again, until told otherwise. */
export async function watchList(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const began = performance.now();
    await readList(signal);
    const took = performance.now() - began;
    await pause(Math.max(PAUSE, took * PAUSE_FACTOR), signal);
  }
}

async function readList(signal: AbortSignal): Promise<void> {
  const rows: Connection[] = [];
  const silent = new Set<string>();
  const first = list.value === undefined;
  try {
    for (let after: number | null = 0; after !== null; ) {
      const place: string = after === 0 ? "" : `&after=${after}`;
      const page: Page = await get(`/api/connections?limit=${PAGE_ROWS}${place}`, signal);
      rows.push(...page.connections);
      for (const node of page.silent_nodes ?? []) silent.add(node);
      after = rows.length < ROWS_MAX ? page.next : null;
      isCut.value = page.next !== null && after === null;
      // Somebody who waits for the first list sees what there is of it.
      if (first) list.value = rows.slice();
    }
    list.value = rows;
    listLacks.value = [...silent].sort();
    listProblem.value = undefined;
  } catch (thrown) {
    if (!signal.aborted) listProblem.value = Problem.from(thrown);
  }
}

/** Waits, or leaves early. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
