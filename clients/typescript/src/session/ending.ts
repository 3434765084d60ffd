/** What the end of a connection means, and what to do about it: `docs/close-codes.md`. */
import type { Cause } from "./interface.js";

export interface Ending {
  /** `stop`: connecting again would not help; `auth`, `expired`: with another token; `again`: later. */
  how: "stop" | "auth" | "expired" | "again";
  cause: Cause;
  detail: string;
  /** Others were cut off in the same moment. */
  together?: boolean;
  /** Not before this, in milliseconds. */
  notBefore?: number;
  /** The server was reached and failed. */
  failed?: boolean;
}

const STOPS: Record<number, Cause> = {
  1000: "kicked",
  1002: "protocol_error",
  1003: "protocol_error",
  1007: "protocol_error",
  1009: "client_error",
  4400: "protocol_error",
  4409: "replaced",
  4410: "kicked",
  4430: "kicked",
};

/** What a close code says. */
export function endingOf(code: number, reason = ""): Ending {
  const detail = reason === "" ? `closed with ${code}` : `closed with ${code} ${reason}`;
  const stops = STOPS[code];
  if (stops !== undefined) return { how: "stop", cause: stops, detail };
  switch (code) {
    case 1001:
    case 1012:
      return { how: "again", cause: "server_moves", detail, together: true };
    case 4401:
      return { how: "auth", cause: "unauthorized", detail };
    case 4402:
      return { how: "expired", cause: "token_expired", detail };
    case 4408:
      return { how: "again", cause: "heartbeat", detail, together: true };
    case 1011:
    case 1013:
    case 4413:
    case 4429:
      return { how: "again", cause: "server_error", detail };
    default:
      return { how: "again", cause: "network", detail };
  }
}

/** What the HTTP status of a handshake says; `retryAfter` is in seconds. A page's own browser may have a `reason`. */
export function endingOfStatus(status: number, retryAfter?: number, reason?: string): Ending {
  const detail = `HTTP ${status}`;
  const notBefore = retryAfter === undefined ? undefined : { notBefore: retryAfter * 1_000 };
  if (status === 401) return { how: "auth", cause: "unauthorized", detail };
  if (status >= 500) {
    return { how: "again", cause: "server_error", detail, failed: true, ...notBefore };
  }
  if (status === 408 || status === 425 || status === 429) {
    return { how: "again", cause: "server_error", detail, ...notBefore };
  }
  if (status >= 400)
    return { how: "stop", cause: "client_error", detail: misconfigured(status, reason) };
  return { how: "again", cause: "network", detail };
}

/** What to say of an answer that will be the same the next time. */
export function misconfigured(status: number, reason?: string): string {
  return `check the configuration: ${reason || `the server answers HTTP ${status}`}`;
}
