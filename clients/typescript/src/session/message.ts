/**
 * The messages of `wirehub.v1` as the JSON codec gives them; the norm is `docs/protocol.md`.
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A place in a topic: the life of the topic and the number of a publication in it. */
export interface Position {
  epoch: string;
  offset: number;
}

/** Who said something. */
export interface Publisher {
  connection: string;
  user?: string;
}

/** What is said: `data` is any JSON value, `binary` are bytes. */
export interface Content {
  event?: string;
  data?: unknown;
  binary?: string | Uint8Array;
}

/** A publication on a topic, or a direct message. */
export interface Message extends Content {
  type: "message";
  topic?: string;
  to?: "user" | "connection" | "everyone";
  key?: string;
  offset?: number;
  from?: Publisher;
  retained?: boolean;
  count?: number;
}

/** A connection on a topic with presence. */
export interface Member {
  connection: string;
  user?: string;
  info?: unknown;
  state?: unknown;
}

/** Who is on a topic, or a page of them. */
export interface PresencePage {
  connections: number;
  users: number;
  members: Member[];
  more?: boolean;
}

/** What the answer to `subscribe` says, and `subscribed`. */
export interface Standing {
  epoch?: string;
  offset?: number;
  recovered?: boolean;
  reason?: string;
  presence?: PresencePage;
}

/** Something of the server's that this version reads. */
export type ServerMessage =
  | {
      type: "welcome";
      id?: number;
      connection: string;
      user?: string;
      heartbeat: { interval: number; timeout: number };
      expires_in?: number;
      session?: string;
      resume_within?: number;
      spread?: number;
    }
  | ({ type: "ok"; id: number } & { [field: string]: unknown })
  | { type: "error"; id?: number; code: string; message: string; retry?: boolean }
  | Message
  | { type: "messages"; topic: string; messages: Omit<Message, "type">[] }
  | ({ type: "subscribed"; topic: string } & Standing)
  | { type: "unsubscribed"; topic: string; reason: string; message?: string }
  | {
      type: "joined" | "left" | "changed";
      topic: string;
      member: Member;
      edge?: boolean;
      was?: string;
    }
  | { type: "occupancy"; topic: string; connections: number; users: number }
  | { type: "pong" }
  | { type: "spread"; within: number }
  | { type: "reconnect"; reason: string; within: number };

/** Something that the client says. */
export type ClientMessage = { type: string; id?: number } & { [field: string]: unknown };

/** What a subscription asks for besides its topic; fields as in `subscribe`. */
export interface SubscribeOptions {
  since?: Position;
  presence?: boolean;
  state?: unknown;
  ack?: boolean;
  throttle?: number;
  level?: number;
}
