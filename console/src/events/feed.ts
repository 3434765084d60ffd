// Occurrences as they come, for as long as somebody looks at them.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { pause } from "../hub/connections";
import { hear } from "../hub/lines";
import { Problem } from "../hub/problem";
import { type Occurrence, readMissed, readOccurrence } from "./occurrence";

/** How long a stream that broke off is left alone. */
const PAUSE = 2_000;
/** How often new ones are shown at most: a storm must not draw the page for each. */
const DRAW = 200;

export interface Feed {
  /** What happens now is heard. */
  readonly isOpen: boolean;
  /** The newest first. */
  readonly seen: readonly Occurrence[];
  /** How many came in all, those that were forgotten or missed included. */
  readonly count: number;
  readonly missed: number;
  readonly problem: Problem | undefined;
}

const NOTHING: Feed = { isOpen: false, seen: [], count: 0, missed: 0, problem: undefined };

/** Hears what a query selects and keeps the newest. */
export function useFeed(query: string, kept: number): Signal<Feed> {
  const feed = useSignal(NOTHING);
  useEffect(() => {
    feed.value = NOTHING;
    const leaving = new AbortController();
    void follow(query, kept, leaving.signal, feed);
    return () => leaving.abort();
  }, [query, kept]);
  return feed;
}

async function follow(query: string, kept: number, signal: AbortSignal, feed: Signal<Feed>) {
  let waiting: Occurrence[] = [];
  let missed = 0;
  const show = () => {
    if (waiting.length === 0 && missed === 0) return;
    const { seen, count, missed: before } = feed.value;
    const next = [...waiting.reverse(), ...seen].slice(0, kept);
    const more = waiting.length + missed;
    const counts = { count: count + more, missed: before + missed };
    feed.value = { isOpen: true, seen: next, ...counts, problem: undefined };
    [waiting, missed] = [[], 0];
  };
  const timer = setInterval(show, DRAW);
  signal.addEventListener("abort", () => clearInterval(timer));
  const take = (object: unknown) => {
    const occurrence = readOccurrence(object);
    if (occurrence) waiting.push(occurrence);
    else missed += readMissed(object);
    // What would be forgotten at once need not wait.
    if (waiting.length > kept * 2) {
      missed += waiting.length - kept;
      waiting = waiting.slice(-kept);
    }
  };
  const open = () => {
    feed.value = { ...feed.value, isOpen: true, problem: undefined };
  };
  while (!signal.aborted) {
    try {
      await hear(`/api/events?${query}`, signal, take, open);
    } catch (thrown) {
      if (!signal.aborted) feed.value = { ...feed.value, problem: Problem.from(thrown) };
    }
    if (!signal.aborted) feed.value = { ...feed.value, isOpen: false };
    await pause(PAUSE, signal);
  }
}
