import type { Failure } from "./session/interface.js";

/**
 * Why something failed.
 *
 * `code` is a word of the table of errors in `docs/protocol.md`, or one of the client's own:
 * `timeout`, `cancelled`, `disconnected`, `stopped`, `queue_full`, `slow_consumer`,
 * `unsupported`, `handler`.
 */
export class WirehubError extends Error {
  override readonly name = "WirehubError";
  /** The reason, for programs. */
  readonly code: string;
  /** Whether the same may succeed later without a change. */
  readonly retry: boolean;

  constructor(code: string, message: string, retry = false, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retry = retry;
  }

  /** The same as an answer of the server or the session has it. */
  static from({ code, message, retry }: Failure): WirehubError {
    return new WirehubError(code, message, retry);
  }
}

/** What somebody threw, as text. */
export function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
