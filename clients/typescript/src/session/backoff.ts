/** How long to wait before the next attempt. */
import type { SessionOptions } from "./interface.js";

/** Delays that grow, with full jitter: anything from nothing to the bound, so that clients which were cut at once come back apart. */
export class Backoff {
  /** Attempts since the connection was stable. */
  attempts = 0;
  readonly base: number;
  readonly #cap: number;
  readonly #most: number;
  readonly #jitter: boolean;

  constructor(options: SessionOptions, random: () => number) {
    const article = options.policy === "article";
    this.base = options.reconnectInterval ?? (article ? 3_000 : 500);
    this.#cap = options.reconnectCap ?? (article ? Infinity : 30_000);
    this.#most = options.maxReconnectAttempts ?? (article ? 10 : Infinity);
    this.#jitter = !article;
    this.random = random;
  }

  readonly random: () => number;

  /**
   * Counts an attempt and says how long to wait for it: a moment within `span`, where one is given.
   * Nothing when there were enough.
   */
  next(span?: number): number | undefined {
    if (this.attempts >= this.#most) return undefined;
    const bound = Math.min(this.#cap, this.base * 2 ** this.attempts);
    this.attempts += 1;
    if (span !== undefined) return this.within(span);
    return this.#jitter ? this.random() * bound : bound;
  }

  /** A moment within a span, to come apart from others. */
  within(span: number): number {
    return this.random() * span;
  }

  reset(): void {
    this.attempts = 0;
  }
}
