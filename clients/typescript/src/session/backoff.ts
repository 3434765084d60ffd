/** How long to wait before the next attempt. */
import type { SessionOptions } from "./interface.js";

/** The span of clients that lost their connections together, where the server tells none. */
const TOGETHER = 1_000;
/** The longest span that is believed. */
const SPREAD_MOST = 60_000;

/**
 * Delays that grow and come apart. The first one is anything within the span that the server told,
 * since all its clients may have been cut off with this one. Later ones are drawn from the upper
 * half of their bound: those who came apart stay apart, and there is no crowd of short delays in
 * the moment in which the server is there again (docs/decisions/0023).
 */
export class Backoff {
  /** Attempts since the connection was stable. */
  attempts = 0;
  readonly base: number;
  readonly #growth: number;
  readonly #cap: number;
  readonly #most: number;
  readonly #jitter: boolean;
  #bound: number;
  /** What the server told, or nothing. */
  #spread = 0;

  constructor(options: SessionOptions, random: () => number) {
    const article = options.policy === "article";
    this.base = options.reconnectInterval ?? (article ? 3_000 : 500);
    this.#growth = article ? 2 : 1.25;
    this.#cap = options.reconnectCap ?? (article ? Infinity : 20_000);
    this.#most = options.maxReconnectAttempts ?? (article ? 10 : Infinity);
    this.#jitter = !article;
    this.#bound = this.base;
    this.random = random;
  }

  readonly random: () => number;

  /** The server says over how many seconds its clients come back when all were cut off. */
  told(spread: number | undefined): void {
    this.#spread = Math.min(SPREAD_MOST, (spread ?? 0) * 1_000);
  }

  /**
   * Counts an attempt and says how many milliseconds to wait for it. `together`: others were cut off with this
   * one, for certain. Nothing when there were enough.
   */
  next(together = false): number | undefined {
    if (this.attempts >= this.#most) return undefined;
    const isFirst = this.attempts === 0;
    const bound = Math.min(this.#cap, this.#bound);
    this.attempts += 1;
    this.#bound = bound * this.#growth;
    if (!this.#jitter && !(isFirst && together)) return bound;
    const least = this.#spread > 0 ? this.#spread : together ? TOGETHER : 0;
    const longest = Math.min(this.#cap, Math.max(bound, least));
    return Math.ceil(isFirst ? this.within(longest) : (longest * (1 + this.random())) / 2);
  }

  /** A moment within a span, to come apart from others. */
  within(span: number): number {
    return this.random() * span;
  }

  reset(): void {
    this.attempts = 0;
    this.#bound = this.base;
  }
}
