// The same over every transport and both encodings.

import { describe, expect, test } from "vitest";
import type { ConnectOptions } from "../../src/index.js";
import { protobuf } from "../../src/protobuf.js";
import { client, cutter, sendToUser, topic, until } from "./hub.js";

const WAYS: [string, ConnectOptions][] = [
  ["WebSocket", { transports: ["websocket"] }],
  ["WebSocket with Protobuf", { transports: ["websocket"], codec: protobuf }],
  ["HTTP stream", { transports: ["http_stream"] }],
  ["server-sent events", { transports: ["sse"] }],
];

describe.each(WAYS)("%s", (_, options) => {
  test("what is published arrives, JSON and bytes", async () => {
    const hub = client(options);
    const name = topic();
    const sub = hub.subscribe(name);
    const { epoch } = await sub.ready;
    const bytes = Uint8Array.of(0, 255, 254);
    const first = await hub.publish(name, { amount: 12.5, text: "größer ✓" }, { event: "paid" });
    await hub.publish(name, bytes, { key: "photo" });
    expect(first).toEqual({ epoch, offset: 1 });
    const loop = sub[Symbol.asyncIterator]();
    const from = { user: "u1", connection: hub.connection };
    expect((await loop.next()).value).toMatchObject({
      topic: name,
      event: "paid",
      data: { amount: 12.5, text: "größer ✓" },
      offset: 1,
      from,
    });
    const { value } = await loop.next();
    expect(value).toMatchObject({ key: "photo", offset: 2, from });
    expect([...(value?.binary ?? [])]).toEqual([...bytes]);
  });

  test("direct messages reach the user, also those of a time without a connection", async () => {
    const proxy = await cutter();
    const hub = client(options, proxy.url);
    const came: [string | undefined, unknown][] = [];
    hub.on("message", ({ to, data }) => came.push([to, data]));
    await until(hub, "live");
    await sendToUser({ n: 1 });
    await expect.poll(() => came).toEqual([["user", { n: 1 }]]);
    proxy.mode = "refuse";
    proxy.cut();
    await until(hub, "waiting");
    await sendToUser({ n: 2 });
    proxy.mode = "carry";
    await until(hub, "live");
    await sendToUser({ n: 3 });
    await expect.poll(() => came.length).toBe(3);
    expect(came.map(([, data]) => data)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("a refusal is an error with its code", async () => {
    const hub = client(options);
    await expect(hub.publish("forbidden", 1)).rejects.toMatchObject({
      name: "WirehubError",
      code: "permission_denied",
      retry: false,
    });
    const sub = hub.subscribe("forbidden");
    await expect(sub.ready).rejects.toMatchObject({ code: "permission_denied" });
    await expect(hub.call("no.such")).rejects.toMatchObject({ name: "WirehubError" });
  });

  test("a cut is survived: nothing is missed and nothing comes twice", async () => {
    const proxy = await cutter();
    const hub = client(options, proxy.url);
    const other = client();
    const name = topic("room/");
    const events: string[] = [];
    hub.on("open", () => events.push("open"));
    hub.on("close", ({ cause }) => events.push(`close ${cause}`));
    const seen: unknown[] = [];
    const sub = hub.subscribe(name, ({ data }) => seen.push(data));
    await sub.ready;
    await other.publish(name, 1);
    await expect.poll(() => seen).toEqual([1]);
    proxy.mode = "refuse";
    proxy.cut();
    await until(hub, "waiting");
    // What is asked meanwhile waits for the connection.
    const own = hub.publish(name, 3);
    await other.publish(name, 2);
    proxy.mode = "carry";
    await until(hub, "live");
    expect(await own).toMatchObject({ offset: 3 });
    await expect.poll(() => seen).toEqual([1, 2, 3]);
    expect(events).toEqual(["open", "close network", "open"]);
  });

  test("close says goodbye, and nobody is told of it as a loss", async () => {
    const hub = client(options);
    const other = client();
    const name = topic("room/");
    const watching = other.subscribe(name, { presence: true });
    await watching.ready;
    const left = new Promise((resolve) => watching.on("left", ({ member }) => resolve(member)));
    await hub.subscribe(name).ready;
    const { connection } = hub;
    await expect.poll(() => watching.members.size).toBe(2);
    hub.close();
    // On purpose it goes at once; after a loss it would stay until its session is given up.
    expect(await left).toMatchObject({ connection, user: "u1" });
    expect(hub.state).toBe("stopped");
  });
});
