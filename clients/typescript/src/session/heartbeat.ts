/** Finding out that the other side is gone. */

/** A timer that is late by more than this was asleep, not patient. */
const SLEPT = 15_000;

/** Asks for a sign of life after a silence, and gives the server up when none comes. */
export class Heartbeat {
  /** When to look again. */
  due: number;
  #asked = false;

  /** Times are milliseconds. */
  constructor(
    now: number,
    readonly interval: number,
    readonly timeout: number,
  ) {
    this.due = now + interval;
  }

  /** Anything came. */
  heard(now: number): void {
    this.#asked = false;
    this.due = now + this.interval;
  }

  /** The server was asked for a sign of life. */
  asked(now: number): void {
    this.#asked = true;
    this.due = now + this.timeout;
  }

  /** What is to be done. After a sleep the age of the last sign says nothing: it asks anew. */
  check(now: number): "ping" | "dead" | undefined {
    if (now < this.due) return undefined;
    const slept = now - this.due > Math.max(this.interval, SLEPT);
    return this.#asked && !slept ? "dead" : "ping";
  }
}
