/** Where to connect, and what to leave alone for a while. */

const REST = 30_000;
const REST_MOST = 300_000;

interface Endpoint {
  /** Failures in a row. */
  failures: number;
  /** Nobody connects to it until then. */
  restsUntil: number;
  /** How long it rests the next time. */
  rest: number;
}

/** A breaker for each endpoint. The first is preferred. */
export class Endpoints {
  current = 0;
  readonly #all: Endpoint[];

  constructor(
    count: number,
    readonly bound: number,
  ) {
    this.#all = Array.from({ length: count }, () => ({ failures: 0, restsUntil: 0, rest: REST }));
  }

  /** An endpoint could not be reached, or answered 5xx. Returns whether another one is tried from now on. */
  fail(now: number, endpoint: number): boolean {
    const failing = this.#all[endpoint];
    if (failing === undefined || ++failing.failures < this.bound) return false;
    failing.failures = 0;
    failing.restsUntil = now + failing.rest;
    failing.rest = Math.min(REST_MOST, failing.rest * 2);
    if (endpoint !== this.current) return false;
    const rested = this.#all.findIndex((other) => other.restsUntil <= now);
    const soonest = Math.min(...this.#all.map((other) => other.restsUntil));
    this.current =
      rested >= 0 ? rested : this.#all.findIndex((other) => other.restsUntil === soonest);
    return this.current !== endpoint;
  }

  /** A connection to an endpoint was stable. */
  well(endpoint: number): void {
    const good = this.#all[endpoint];
    if (good !== undefined) Object.assign(good, { failures: 0, restsUntil: 0, rest: REST });
  }
}
