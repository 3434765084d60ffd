import type { Input, Output } from "../session/interface.js";

/**
 * The session, as the driver uses it: no sockets, clock or timers inside.
 *
 * Times are milliseconds of one monotonic clock.
 */
export interface Machine {
  handle(now: number, input: Input): void;
  pollOutput(): Output | undefined;
  /** When `handleTimeout` is due. */
  pollTimeout(): number | null | undefined;
  handleTimeout(now: number): void;
}
