import type { Codec } from "./codec/codec.js";
import type { TokenProvider } from "./driver/credentials.js";
import type { Store } from "./driver/memory.js";
import type { SessionOptions, TransportName } from "./session/interface.js";
import type { EventSourceConstructor, WebSocketConstructor } from "./transport/transport.js";

/** What of the session an application decides. Times are milliseconds. */
type Policy = Omit<
  SessionOptions,
  "endpoints" | "transports" | "remembered" | "token" | "provider" | "idempotency"
>;

/** How to connect. Everything has a default. */
export interface ConnectOptions extends Policy {
  /** The JWT, or a function that fetches one; without it the client asks to be let in as nobody. */
  token?: string | TokenProvider | null;
  /** In the order in which they are tried; all that there are when absent. */
  transports?: TransportName[];
  /** `protobuf` of `@wirehub/client/protobuf`; JSON when absent. */
  codec?: Codec;
  /** Whether connections to the same URL with the same token are shared; true when absent. */
  shared?: boolean;
  /** How long requests may take when they do not say; the session's defaults when absent. */
  timeout?: number;
  /** Whether cookies go along to `/stream`, `/sse` and `/ping` of other origins. */
  credentials?: RequestCredentials;
  /** Where is remembered which transport worked; `localStorage` when absent, null for nowhere. */
  storage?: Store | null;
  /** In place of the platform's: Node 20 has no WebSocket, the npm package `ws` has. */
  WebSocket?: unknown;
  /** In place of the platform's. */
  EventSource?: unknown;
  /** In place of the platform's. */
  fetch?: typeof fetch;
}

/** What every request may be given. */
export interface RequestOptions {
  /** Milliseconds until it fails with `timeout`. */
  timeout?: number;
  /** Cancels it; it fails with `cancelled`. */
  signal?: AbortSignal;
}

/** What the platform has, unless the application brings its own. */
export function webSocketOf(options: ConnectOptions): WebSocketConstructor | undefined {
  return (options.WebSocket ?? globalThis.WebSocket) as WebSocketConstructor | undefined;
}

export function eventSourceOf(options: ConnectOptions): EventSourceConstructor | undefined {
  return (options.EventSource ?? globalThis.EventSource) as EventSourceConstructor | undefined;
}
