// What rules look at.

import { type Archive, increase, rate } from "../metrics/archive";
import type { Labels, Sample } from "../metrics/sample";

/** What rules look at: now, and as far back as they like. */
export interface Seen {
  readonly now: Sample;
  readonly ago: (seconds: number) => Sample | undefined;
  /** In milliseconds since 1970. */
  readonly time: number;
}

export function seenIn(archive: Archive, time: number): Seen | undefined {
  const { last } = archive;
  if (!last) return undefined;
  // One sample has nothing between itself and an earlier one.
  const ago = (back: number) => (archive.length > 1 ? archive.ago(back) : undefined);
  return { now: last, ago, time };
}

/** How much a counter went up, in so many seconds or as far back as is known. */
export function went(seen: Seen, name: string, back: number, wanted?: (labels: Labels) => boolean) {
  return increase(name, seen.ago(back), seen.now, wanted);
}

/** The same for a second. */
export function speed(
  seen: Seen,
  name: string,
  back: number,
  wanted?: (labels: Labels) => boolean,
) {
  return rate(name, seen.ago(back), seen.now, wanted) ?? 0;
}

export function connections({ now }: Seen): number {
  return now.sum("wirehub_connections");
}
