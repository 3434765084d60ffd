/**
 * What goes into a session and what comes out of it. Transcripts are written in these words.
 */
import type {
  ClientMessage,
  Message,
  ServerMessage,
  Standing,
  SubscribeOptions,
} from "./message.js";

/** How a connection is carried. */
export type TransportName = "websocket" | "http_stream" | "sse";

/** What an application sees of its connection. */
export type State =
  | "idle"
  | "connecting"
  | "authenticating"
  | "resuming"
  | "live"
  | "waiting"
  | "standby"
  | "auth_failed"
  | "stopped";

/** Why a session is in its state. */
export type Cause =
  | "application"
  | "network"
  | "heartbeat"
  | "server_unreachable"
  | "server_error"
  | "server_moves"
  | "unauthorized"
  | "token_expired"
  | "token_provider"
  | "client_error"
  | "protocol_error"
  | "attempts"
  | "offline"
  | "hidden"
  | "kicked"
  | "replaced";

/** An error as the server or the session gives it. */
export interface Failure {
  code: string;
  message: string;
  retry: boolean;
}

export type Input =
  | { in: "start" | "stop" }
  | { in: "online" | "visible"; value: boolean }
  | { in: "token"; token?: string | null; error?: string }
  | { in: "pinged"; endpoint: number; status: number | null }
  | { in: "opened" | "activity"; link: number }
  | { in: "message"; link: number; message: ServerMessage }
  | { in: "garbage"; link: number; error: string }
  | {
      in: "closed";
      link: number;
      code: number;
      reason?: string;
      /** The HTTP status of a handshake that failed, where the transport can see it. */
      status?: number;
      /** Seconds. */
      retryAfter?: number;
    }
  | { in: "request"; ticket: number; request: ClientMessage; timeout?: number }
  | { in: "cancel"; ticket: number }
  | { in: "subscribe"; topic: string; options?: SubscribeOptions }
  | { in: "unsubscribe"; topic: string };

/** What an application is told. */
export type AppEvent =
  | Message
  | ({ type: "subscribed"; topic: string } & Standing)
  | { type: "unsubscribed"; topic: string; reason: string; message?: string }
  /** Something may be missing between what was received and what follows. */
  | { type: "gap"; topic: string; reason?: string }
  | Extract<ServerMessage, { type: "joined" | "left" | "changed" | "occupancy" }>
  | { type: "error"; code: string; message: string }
  /** Somebody should look at this. */
  | { type: "alert"; cause: Cause | "lost"; detail: string };

export type Output =
  | { out: "open"; link: number; endpoint: number; transport: TransportName }
  | { out: "send"; link: number; message: ClientMessage }
  | { out: "close"; link: number; code: number; reason: string }
  | { out: "token"; because: "first" | "expiring" | "refused" }
  | { out: "ping"; endpoint: number }
  | {
      out: "state";
      state: State;
      cause: Cause;
      detail?: string;
      /** Attempts since the connection was live. */
      attempt?: number;
      /** Milliseconds until the next attempt. */
      retryIn?: number;
    }
  | { out: "event"; event: AppEvent }
  | { out: "answer"; ticket: number; ok?: Record<string, unknown>; error?: Failure }
  | { out: "remember"; transport: TransportName };

/** How a session behaves. Times are milliseconds. */
export interface SessionOptions {
  /** How many endpoints there are; the first is preferred. 1 when absent. */
  endpoints?: number;
  /** Transports in the order in which they are tried. */
  transports?: TransportName[];
  /** The transport that worked the last time. */
  remembered?: TransportName;
  /** A token that does not change; a provider is asked in its place when there is one. */
  token?: string;
  /** Somebody answers `token`. */
  provider?: boolean;
  /** What the names of publications begin with that are sent again when a connection is lost. */
  idempotency?: string;
  /** The longest first delay, and the factor of all; 500. */
  reconnectInterval?: number;
  /** The longest delay; 30,000. */
  reconnectCap?: number;
  /** Attempts in a row before it stops; unlimited when absent. */
  maxReconnectAttempts?: number;
  /** `article`: 3,000 ms doubling without bound or jitter, ten attempts, a ping every 5,000 ms. */
  policy?: "article";
  /** Silence after which the server is asked for a sign of life; what it advertises when absent. */
  heartbeatInterval?: number;
  /** How long a step of connecting may take; 10,000. */
  connectTimeout?: number;
  /** How long a token provider may take; 15,000. */
  tokenTimeout?: number;
  /** How long a connection has to be live before delays begin anew; 10,000. */
  stableAfter?: number;
  /** No attempts while the page is hidden and the connection not live; true. */
  pauseWhenHidden?: boolean;
  /** Failures in a row that close an endpoint for a while; 3. */
  endpointFailures?: number;
  /** How often `/ping` is asked while live; not at all when absent. */
  pingInterval?: number;
  /** Failed pings in a row after which the connection is given up; 3. */
  pingFailures?: number;
}
