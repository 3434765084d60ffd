// Quantiles of histograms, as PromQL's histogram_quantile finds them.

import type { Sample } from "./sample";

/** A bucket: how many were at most `end`. */
export interface Bucket {
  readonly end: number;
  readonly count: number;
}

/** What was counted between two samples; a hub that started anew in between counts from zero. */
export function bucketsBetween(name: string, before: Sample | undefined, now: Sample): Bucket[] {
  const earlier = before?.by(`${name}_bucket`, "le");
  const restarted = before !== undefined && now.sum(`${name}_count`) < before.sum(`${name}_count`);
  const buckets: Bucket[] = [];
  for (const [le, count] of now.by(`${name}_bucket`, "le")) {
    const end = le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le);
    buckets.push({ end, count: count - (restarted ? 0 : (earlier?.get(le) ?? 0)) });
  }
  return buckets.sort((left, right) => left.end - right.end);
}

/** The value that a share of all is below, `undefined` where nothing was counted. */
export function quantile(share: number, buckets: readonly Bucket[]): number | undefined {
  const total = buckets.at(-1)?.count ?? 0;
  if (total <= 0) return undefined;
  const rank = share * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const bucket = buckets[index];
  if (!bucket) return undefined;
  const below = buckets[index - 1] ?? { end: 0, count: 0 };
  // Nothing is known of the values in the last bucket but that they are larger than its beginning.
  if (bucket.end === Number.POSITIVE_INFINITY) return below.end;
  const inside = bucket.count - below.count;
  const part = inside > 0 ? (rank - below.count) / inside : 1;
  return below.end + (bucket.end - below.end) * part;
}
