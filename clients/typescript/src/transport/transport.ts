import type { Codec } from "../codec/codec.js";
import type { Endpoint } from "../endpoint.js";
import type { ClientMessage, ServerMessage } from "../session/message.js";

/** How a link ended. */
export interface Ending {
  /** A close code; 1006 when there was none. */
  code: number;
  reason?: string;
  /** The HTTP status with which it was refused, where it can be seen. */
  status?: number;
  /** Seconds that the server wants the client to wait. */
  retryAfter?: number;
}

/**
 * What a link tells. Nothing is told before it was given to who opens it, and what comes after
 * `closed`, or after it was closed, is not heard any more.
 */
export interface LinkEvents {
  opened(): void;
  message(message: ServerMessage): void;
  /** Something came that is no message, or the server speaks another protocol. */
  garbage(error: string): void;
  /** The server is alive, without having said anything. */
  activity(): void;
  closed(ending: Ending): void;
}

/** One connection to a server. */
export interface Link {
  send(message: ClientMessage): void;
  /** Ends it. */
  close(code: number, reason: string): void;
}

/** What links are made of; everything of the platform can be replaced. */
export interface Platform {
  readonly codec: Codec;
  readonly WebSocket: WebSocketConstructor | undefined;
  readonly EventSource: EventSourceConstructor | undefined;
  readonly fetch: typeof fetch;
  /** Whether cookies go along to other origins. */
  readonly credentials: RequestCredentials;
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocket;
export type EventSourceConstructor = new (
  url: string,
  options: { withCredentials: boolean },
) => EventSource;

/** Begins to open a link. */
export type Transport = (endpoint: Endpoint, platform: Platform, events: LinkEvents) => Link;

/** `Retry-After` (RFC 9110 section 10.2.3) in seconds; a date or nonsense is left out. */
export function retryAfterOf(value: string | null | undefined): { retryAfter?: number } {
  const seconds = Number.parseInt(value ?? "", 10);
  return seconds >= 0 ? { retryAfter: seconds } : {};
}
