import type { Content, Member, Message, Position, PresencePage } from "./session/message.js";

/** Something that was said: on a topic, or directly to this client. */
export interface Received<T = unknown> extends Omit<Message, "type" | "data" | "binary"> {
  /** What was said; `undefined` when bytes came. */
  data: T;
  /** Bytes, in place of `data`. */
  binary?: Uint8Array;
}

/** Where a subscription stands, once it is one. */
export interface Subscribed extends Partial<Position> {
  topic: string;
  /** Whether nothing was missed; there after a reconnect and when `since` was given. */
  recovered?: boolean;
  /** Why something may have been missed. */
  reason?: string;
  /** Who is there, when the subscription has presence. */
  presence?: PresencePage;
}

/** Something that changed among the members of a topic. */
export interface PresenceChange {
  topic: string;
  member: Member;
  /** The user's first connection came, or the last one went. */
  edge?: boolean;
  /** The connection whose place this one took. */
  was?: string;
}

/** How many are on a topic with too many members to tell of each. */
export interface Occupancy {
  topic: string;
  connections: number;
  users: number;
}

/** What the application says: bytes as bytes, anything else as JSON. */
export function contentOf(data: unknown): Content {
  if (data instanceof Uint8Array) return { binary: data };
  return data === undefined ? {} : { data };
}

/** The fields that were given, without those left out as `undefined`. */
export function given<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
