/** The client of Wirehub; `README.md` shows it on one page. */

import type { Client } from "./client.js";
import { connectWith } from "./connect.js";
import type { ConnectOptions } from "./options.js";
import { Session } from "./session/session.js";

/**
 * Connects, and stays connected until `close`.
 *
 * `urls` is where the server is, or several servers of which the first is preferred. Clients of the
 * same URL and token share one connection, unless `shared` is false; the options of the first hold.
 *
 * Throws `WirehubError` when the URL is none, or the platform has no WebSocket.
 */
export function connect<Topics extends object = Record<string, unknown>>(
  urls: string | URL | readonly (string | URL)[],
  options: ConnectOptions = {},
): Client<Topics> {
  const make = (...parts: ConstructorParameters<typeof Session>) => new Session(...parts);
  return connectWith<Topics>(make, urls, options);
}

export type { Client, ClientEvents, Published, PublishOptions } from "./client.js";
export type { Codec } from "./codec/codec.js";
export type { Status } from "./connection.js";
export type { TokenProvider, TokenReason } from "./driver/credentials.js";
export type { Store } from "./driver/memory.js";
export type { Off } from "./emitter.js";
export { WirehubError } from "./error.js";
export type { HistoryPage, HistoryQuestion } from "./history.js";
export type { Occupancy, PresenceChange, Received, Subscribed } from "./message.js";
export type { ConnectOptions, RequestOptions } from "./options.js";
export type { Cause, State, TransportName } from "./session/interface.js";
export type { Member, Position, PresencePage, Publisher } from "./session/message.js";
export type { SubscribeOptions, Subscription, SubscriptionEvents } from "./subscription.js";
