// The samples of the last minutes, and how fast counters went up between two of them.

import type { Labels, Sample } from "./sample";

/** For how long samples are kept: as long as the longest look back of an alarm. */
export const KEPT_SECONDS = 15 * 60;

export class Archive {
  readonly #samples: Sample[] = [];

  get last(): Sample | undefined {
    return this.#samples.at(-1);
  }

  get length(): number {
    return this.#samples.length;
  }

  push(sample: Sample): void {
    this.#samples.push(sample);
    const oldest = sample.at - KEPT_SECONDS * 1_000;
    const kept = this.#samples.findIndex(({ at }) => at >= oldest);
    this.#samples.splice(0, kept);
  }

  clear(): void {
    this.#samples.length = 0;
  }

  /** The newest sample that is at least so old, or the oldest there is. */
  ago(seconds: number): Sample | undefined {
    const { last } = this;
    if (!last) return undefined;
    const wanted = last.at - seconds * 1_000;
    return this.#samples.findLast(({ at }) => at <= wanted) ?? this.#samples[0];
  }

  /** How many seconds of the wanted ones the record knows. */
  covers(seconds: number): number {
    const before = this.ago(seconds);
    return before && this.last ? (this.last.at - before.at) / 1_000 : 0;
  }
}

/** How much a counter went up, as PromQL's `increase`: one that fell began anew. */
export function increase(
  name: string,
  before: Sample | undefined,
  now: Sample,
  wanted?: (labels: Labels) => boolean,
): number {
  const value = now.sum(name, wanted);
  const earlier = before?.sum(name, wanted) ?? value;
  return value < earlier ? value : value - earlier;
}

/** The same for a second; `undefined` without time in between. */
export function rate(
  name: string,
  before: Sample | undefined,
  now: Sample,
  wanted?: (labels: Labels) => boolean,
): number | undefined {
  const seconds = before ? (now.at - before.at) / 1_000 : 0;
  return seconds > 0 ? increase(name, before, now, wanted) / seconds : undefined;
}
