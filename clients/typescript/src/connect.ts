import { Client } from "./client.js";
import type { MakeMachine } from "./connection.js";
import { endpointOf } from "./endpoint.js";
import { WirehubError } from "./error.js";
import { type ConnectOptions, webSocketOf } from "./options.js";
import { connectionOf } from "./pool.js";

/** `connect` with a session of one's own; tests have one. */
export function connectWith<Topics extends object>(
  makeMachine: MakeMachine,
  urls: string | URL | readonly (string | URL)[],
  options: ConnectOptions,
): Client<Topics> {
  const page = (globalThis as { location?: { href: string } }).location?.href;
  const list = urls instanceof URL || typeof urls === "string" ? [urls] : urls;
  const endpoints = list.map((url) => endpointOf(url, page));
  if (endpoints.length === 0)
    throw new WirehubError("bad_request", "there is no URL to connect to");
  const wanted = options.transports ?? ["websocket"];
  if (wanted.includes("websocket") && webSocketOf(options) === undefined) {
    const text =
      "there is no WebSocket here: in Node before 22, pass `WebSocket` of the package `ws`";
    throw new WirehubError("unsupported", text);
  }
  return new Client(connectionOf(endpoints, options, makeMachine), options.timeout);
}
