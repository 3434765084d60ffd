import { expect, test } from "vitest";
import { bucketsBetween, quantile } from "../src/metrics/histogram";
import { readSample } from "../src/metrics/sample";

/** A scrape with so many observations in each bucket, and the buckets are cumulative. */
function scrape(first: number, second: number, rest: number) {
  const counts = [first, first + second, first + second + rest];
  const lines = ["0.001", "0.01", "+Inf"].map((le, at) => `h_bucket{le="${le}"} ${counts[at]}`);
  return readSample([...lines, `h_count ${counts[2]}`].join("\n"), 0);
}

test("a quantile lies inside its bucket, as far as its rank does", () => {
  const buckets = bucketsBetween("h", scrape(5, 0, 0), scrape(15, 10, 0));
  expect(buckets.map(({ count }) => count)).toEqual([10, 20, 20]);
  expect(quantile(0.25, buckets)).toBeCloseTo(0.0005);
  expect(quantile(0.5, buckets)).toBeCloseTo(0.001);
  expect(quantile(0.75, buckets)).toBeCloseTo(0.0055);
});

test("of values beyond the last bound only that is known", () => {
  expect(quantile(0.99, bucketsBetween("h", undefined, scrape(0, 0, 3)))).toBe(0.01);
});

test("nothing counted has no quantile", () => {
  expect(quantile(0.5, bucketsBetween("h", scrape(1, 2, 3), scrape(1, 2, 3)))).toBeUndefined();
  expect(quantile(0.5, [])).toBeUndefined();
});

test("a hub that started anew counts from zero", () => {
  const buckets = bucketsBetween("h", scrape(100, 100, 100), scrape(4, 0, 0));
  expect(buckets.map(({ count }) => count)).toEqual([4, 4, 4]);
});
