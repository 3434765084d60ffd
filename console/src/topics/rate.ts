// How fast a feed comes.

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Feed } from "../events/feed";

/** Over how many seconds it is measured. */
const WINDOW = 10;

/** Messages a second, over the last ten seconds or as long as somebody looks. */
export function useRate(feed: Signal<Feed>): number {
  const speed = useSignal(0);
  useEffect(() => {
    const counts = [feed.value.count];
    const timer = setInterval(() => {
      const { count } = feed.value;
      // The feed began anew.
      if (count < (counts.at(-1) ?? 0)) counts.length = 0;
      counts.push(count);
      if (counts.length > WINDOW + 1) counts.shift();
      speed.value = counts.length > 1 ? (count - (counts[0] ?? 0)) / (counts.length - 1) : 0;
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  return speed.value;
}
