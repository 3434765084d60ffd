import { Connection, type MakeMachine } from "./connection.js";
import type { Endpoint } from "./endpoint.js";
import type { ConnectOptions } from "./options.js";

/** Connections by where they go and as whom. */
const shared = new Map<string, Connection>();

/** Functions and stores have no text to be compared by. */
const names = new WeakMap<object, number>();
let nameCount = 0;

/** The connection of this URL and these credentials, or a new one. */
export function connectionOf(
  endpoints: Endpoint[],
  options: ConnectOptions,
  makeMachine: MakeMachine,
): Connection {
  if (options.shared === false) return new Connection(endpoints, options, makeMachine, () => {});
  const key = keyOf(endpoints, options);
  const found = shared.get(key);
  if (found !== undefined) return found;
  const connection: Connection = new Connection(endpoints, options, makeMachine, () => {
    if (shared.get(key) === connection) shared.delete(key);
  });
  shared.set(key, connection);
  return connection;
}

function keyOf(endpoints: Endpoint[], { token, codec, transports }: ConnectOptions): string {
  const who = typeof token === "function" ? nameOf(token) : (token ?? null);
  const sockets = endpoints.map((endpoint) => endpoint.socket);
  return JSON.stringify([sockets, who, codec?.subprotocol ?? null, transports ?? null]);
}

function nameOf(thing: object): number {
  const name = names.get(thing) ?? ++nameCount;
  names.set(thing, name);
  return name;
}
