import { describe, expect, test } from "vitest";
import { Backoff } from "../src/session/backoff.js";

/** Numbers from 0 to 1, the same ones every time (mulberry32). */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** When each of many clients is back that were cut off together, in milliseconds after the server is. */
function arrivals(clients: number, outage: number, spread: number): number[] {
  const random = dice(7);
  return Array.from({ length: clients }, () => {
    const backoff = new Backoff({}, random);
    backoff.told(spread);
    let at = 0;
    do at += backoff.next() ?? Number.NaN;
    while (at < outage);
    return at - outage;
  }).sort((one, other) => one - other);
}

/** The most arrivals within a second over their mean. */
function herdFactor(times: number[]): number {
  let [peak, first] = [0, 0];
  times.forEach((time, last) => {
    while (time - times[first]! >= 1_000) first += 1;
    peak = Math.max(peak, last - first + 1);
  });
  return peak / (times.length / Math.max(1, times.at(-1)! / 1_000));
}

describe("ten thousand clients that were cut off together", () => {
  test.each([4, 8])("come back evenly over %d s when the server is there", (spread) => {
    const times = arrivals(10_000, 0, spread);
    expect(herdFactor(times)).toBeLessThan(1.2);
    expect(times.at(-1)).toBeLessThanOrEqual(spread * 1_000);
  });

  test.each([2, 5, 10, 20, 40, 60, 120, 300])(
    "come back apart after an outage of %d s",
    (outage) => {
      const times = arrivals(10_000, outage * 1_000, 4);
      expect(herdFactor(times)).toBeLessThan(2);
      expect(times.at(-1)).toBeLessThanOrEqual(20_000);
    },
  );
});
