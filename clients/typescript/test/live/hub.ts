import { EventSource } from "eventsource";
import { afterEach, expect } from "vitest";
import WebSocket from "ws";
import type { Client } from "../../src/client.js";
import { type ConnectOptions, connect } from "../../src/index.js";
import { Cutter } from "./cutter.js";

/** A variable of `conformance/README.md`. */
export function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: see conformance/README.md`);
  return value;
}

export const URL_OF_SERVER = given("WIREHUB_TEST_URL");
export const TOKEN = given("WIREHUB_TEST_TOKEN");

const open: { close(): void }[] = [];
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

afterEach(() => {
  for (const one of open.splice(0)) one.close();
  expect(unhandled).toEqual([]);
});

/** A client that is closed after the test. */
export function client(options: ConnectOptions = {}, url = URL_OF_SERVER): Client {
  const defaults = { WebSocket, EventSource, token: TOKEN, shared: false, reconnectInterval: 100 };
  const hub = connect(url, { ...defaults, ...options });
  open.push(hub);
  return hub;
}

/** A proxy that is closed after the test. */
export async function cutter(): Promise<Cutter> {
  const made = await Cutter.before(URL_OF_SERVER);
  open.push(made);
  return made;
}

/** Until it is in a state. */
export function until(hub: Client, state: Client["state"]): Promise<void> {
  return new Promise((resolve) => {
    if (hub.state === state) return resolve();
    const off = hub.on("state", (status) => {
      if (status.state !== state) return;
      off();
      resolve();
    });
  });
}

/** A topic that no other test uses. */
export function topic(room = ""): string {
  return `orders/${room}${Math.random().toString(36).slice(2)}`;
}

/** The application's own servers say something to everybody who is `u1`. */
export async function sendToUser(data: unknown): Promise<void> {
  const { status } = await fetch(`${given("WIREHUB_TEST_ADMIN")}/api/send`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${given("WIREHUB_TEST_API_KEY")}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ to: { user: "u1" }, data }),
  });
  expect(status).toBe(200);
}
