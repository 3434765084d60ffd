// The API, with the real session over WebSockets in the hands of the test.

import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from "vitest";
import type { Client } from "../src/client.js";
import { type ConnectOptions, connect, type Received, WirehubError } from "../src/index.js";
import { FakeSocket } from "./fake_socket.js";

const clients: { close(): void }[] = [];
const unhandled: unknown[] = [];
/** What clients told as `error`. */
const errors: WirehubError[] = [];
const onUnhandled = (reason: unknown) => void unhandled.push(reason);

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.reset();
  errors.length = 0;
  process.on("unhandledRejection", onUnhandled);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  vi.useRealTimers();
  // What is rejected and not looked at is told after a turn of the loop.
  await new Promise((resolve) => setTimeout(resolve, 0));
  process.off("unhandledRejection", onUnhandled);
  expect(unhandled.splice(0)).toEqual([]);
});

const settle = () => vi.advanceTimersByTimeAsync(0);

async function start<T extends object = Record<string, unknown>>(options: ConnectOptions = {}) {
  const hub = connect<T>("ws://h/ws", { WebSocket: FakeSocket, shared: false, ...options });
  clients.push(hub);
  hub.on("error", (error) => errors.push(error));
  await settle();
  return hub;
}

async function live<T extends object = Record<string, unknown>>(options: ConnectOptions = {}) {
  const hub = await start<T>(options);
  FakeSocket.last.welcome();
  return { hub, socket: FakeSocket.last };
}

/** Answers a `subscribe` as the server does. */
function grant(fields: Record<string, unknown> = {}): void {
  FakeSocket.last.answer("subscribe", { epoch: "e", offset: 0, ...fields });
}

function publication(topic: string, offset: number, data: unknown = offset) {
  return { type: "message", topic, data, offset };
}

describe("the connection", () => {
  test("states with causes, open and close", async () => {
    const heard: unknown[] = [];
    const hub = await start();
    expect(hub.state).toBe("connecting");
    hub.on("state", ({ state, cause }) => heard.push(`${state} (${cause})`));
    hub.on("open", ({ connection, user }) => heard.push([connection, user]));
    hub.on("close", ({ cause }) => heard.push(`lost (${cause})`));
    FakeSocket.last.welcome();
    expect([hub.state, hub.connection, hub.user]).toEqual(["live", "c_1", "u1"]);
    FakeSocket.last.lose();
    expect(hub.status).toMatchObject({ state: "waiting", cause: "network" });
    hub.close();
    expect(heard).toEqual([
      "authenticating (application)",
      "live (application)",
      ["c_1", "u1"],
      "waiting (network)",
      "lost (network)",
      "stopped (application)",
    ]);
    await settle();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the options of the article are taken as they are", async () => {
    const hub = await start({
      reconnectInterval: 3000,
      maxReconnectAttempts: 2,
      heartbeatInterval: 5000,
    });
    for (let attempt = 0; attempt < 3; attempt++) {
      FakeSocket.last.lose();
      await vi.advanceTimersByTimeAsync(30_000);
    }
    expect(FakeSocket.made.length).toBe(3);
    expect(hub.status).toMatchObject({ state: "stopped", cause: "attempts" });
    expect(errors.map(({ code }) => code)).toEqual(["attempts"]);
  });

  test("without a WebSocket it says what to do", () => {
    const here = globalThis.WebSocket;
    Reflect.deleteProperty(globalThis, "WebSocket");
    try {
      expect(() => connect("ws://h/ws")).toThrow(
        expect.objectContaining({ code: "unsupported", message: expect.stringContaining("ws") }),
      );
      expect(() => connect([])).toThrow(expect.objectContaining({ code: "bad_request" }));
    } finally {
      if (here !== undefined) globalThis.WebSocket = here;
    }
  });

  test("what the page forbids stops it, with one clear cause", async () => {
    FakeSocket.forbidden = "mixed content";
    const hub = await start({ transports: ["websocket"] });
    await vi.advanceTimersByTimeAsync(120_000);
    expect(hub.status).toMatchObject({ state: "stopped", cause: "client_error" });
    expect(errors.map(({ code }) => code)).toEqual(["client_error"]);
  });

  test("a client that was closed refuses everything, and closes but once", async () => {
    const { hub } = await live();
    hub.close();
    hub.close();
    expect(() => hub.subscribe("a")).toThrow(expect.objectContaining({ code: "stopped" }));
    await expect(hub.publish("a", 1)).rejects.toMatchObject({ code: "stopped" });
    hub.publish("a", 1);
  });
});

describe("subscriptions", () => {
  test("messages go to those of their topic, and to `message`", async () => {
    const { hub, socket } = await live();
    const heard: string[] = [];
    hub.subscribe("a", ({ data }) => heard.push(`a ${data}`));
    grant();
    hub.subscribe("b/+", ({ topic }) => heard.push(`filter ${topic}`));
    grant();
    hub.on("message", ({ topic, to }) => heard.push(`all ${topic ?? to}`));
    socket.say(publication("a", 1));
    socket.say({
      type: "messages",
      topic: "b/+",
      messages: [{ topic: "b/1", data: 1, offset: 9 }],
    });
    socket.say({ type: "message", to: "user", data: 1 });
    expect(heard).toEqual(["a 1", "all a", "filter b/1", "all b/1", "all user"]);
  });

  test("two of one topic ask once and leave one after the other", async () => {
    const { hub, socket } = await live();
    const heard: string[] = [];
    const one = hub.subscribe("a", () => heard.push("one"));
    grant({ offset: 4 });
    const two = hub.subscribe("a", () => heard.push("two"));
    expect(await two.ready).toMatchObject({ epoch: "e", offset: 4 });
    socket.say(publication("a", 5));
    one.unsubscribe();
    one.unsubscribe();
    socket.say(publication("a", 6));
    expect(heard).toEqual(["one", "two", "two"]);
    expect(socket.of("unsubscribe")).toBeUndefined();
    two.unsubscribe();
    expect(socket.of("unsubscribe")).toMatchObject({ topic: "a" });
    expect(socket.sent.filter(({ type }) => type === "subscribe")).toHaveLength(1);
  });

  test("one that wants more has the server asked again, from where it was", async () => {
    const { hub, socket } = await live();
    const heard: unknown[] = [];
    hub.subscribe("a", ({ data }) => heard.push(data));
    grant();
    socket.say(publication("a", 1));
    const more = hub.subscribe("a", { presence: true });
    expect(socket.of("subscribe")).toMatchObject({
      presence: true,
      since: { epoch: "e", offset: 1 },
    });
    const presence = { connections: 1, users: 1, members: [{ connection: "c_1" }] };
    grant({ offset: 2, recovered: true, presence });
    socket.say(publication("a", 2));
    expect(heard).toEqual([1, 2]);
    expect([...more.members.keys()]).toEqual(["c_1"]);
    expect(() => hub.subscribe("a", { throttle: 1 })).toThrow(
      expect.objectContaining({ code: "bad_request" }),
    );
  });

  test("members are kept up to date", async () => {
    const { hub, socket } = await live();
    const sub = hub.subscribe("a", { presence: true });
    grant({ presence: { connections: 1, users: 1, members: [{ connection: "c_1" }] } });
    const changes: string[] = [];
    for (const name of ["joined", "changed", "left"] as const) {
      sub.on(name, ({ member }) => changes.push(`${name} ${member.connection}`));
    }
    socket.say({ type: "joined", topic: "a", member: { connection: "c_2" }, edge: true });
    socket.say({ type: "changed", topic: "a", member: { connection: "c_3" }, was: "c_2" });
    expect([...sub.members.keys()]).toEqual(["c_1", "c_3"]);
    socket.say({ type: "left", topic: "a", member: { connection: "c_3" } });
    expect([...sub.members.keys()]).toEqual(["c_1"]);
    expect(changes).toEqual(["joined c_2", "changed c_3", "left c_3"]);
  });

  test("a refusal ends it, loudly", async () => {
    const { hub, socket } = await live();
    const sub = hub.subscribe("a");
    const ends: string[] = [];
    sub.on("unsubscribed", ({ code }) => ends.push(code));
    const id = socket.of("subscribe")?.id;
    socket.say({ type: "error", id, code: "permission_denied", message: "no", retry: false });
    await expect(sub.ready).rejects.toMatchObject({ code: "permission_denied" });
    await expect(sub[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(WirehubError);
    expect(ends).toEqual(["permission_denied"]);
    // It can be tried anew.
    hub.subscribe("a");
    expect(socket.sent.filter(({ type }) => type === "subscribe")).toHaveLength(2);
  });

  test("handlers that throw or reject are told of, and harm nobody", async () => {
    const { hub, socket } = await live();
    const heard: unknown[] = [];
    hub.subscribe("a", () => {
      throw new Error("one");
    });
    hub.subscribe("a", () => Promise.reject(new Error("two")));
    hub.subscribe("a", ({ data }) => heard.push(data));
    grant();
    socket.say(publication("a", 1));
    await settle();
    expect(heard).toEqual([1]);
    expect(errors.map(({ code, message }) => [code, message])).toEqual([
      ["handler", "a handler threw: one"],
      ["handler", "a handler threw: two"],
    ]);
  });

  test("errors that nobody listens to go to the console", async () => {
    const hub = connect("ws://h/ws", { WebSocket: FakeSocket, shared: false });
    clients.push(hub);
    await settle();
    const socket = FakeSocket.last;
    socket.welcome();
    const spoken = vi.spyOn(console, "error").mockImplementation(() => {});
    hub.subscribe("a", () => {
      throw new Error("one");
    });
    grant();
    socket.say(publication("a", 1));
    expect(spoken).toHaveBeenCalledWith(expect.objectContaining({ code: "handler" }));
    spoken.mockRestore();
  });
});

describe("loops", () => {
  test("take what came since `subscribe`, and end with the subscription", async () => {
    const { hub, socket } = await live();
    const sub = hub.subscribe("a");
    grant();
    socket.say(publication("a", 1));
    socket.say(publication("a", 2));
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const { data } of sub) seen.push(data);
    })();
    await settle();
    socket.say(publication("a", 3));
    await settle();
    sub.unsubscribe();
    await loop;
    expect(seen).toEqual([1, 2, 3]);
  });

  test("one that is too slow gets what it can have, then an error", async () => {
    const { hub, socket } = await live();
    const sub = hub.subscribe("a", { buffer: 2 });
    grant();
    for (let n = 1; n <= 5; n++) socket.say(publication("a", n));
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const { data } of sub) seen.push(data);
    })();
    await expect(loop).rejects.toMatchObject({ code: "slow_consumer" });
    expect(seen).toEqual([1, 2]);
  });

  test("leaving one leaves the subscription", async () => {
    const { hub, socket } = await live();
    const heard: unknown[] = [];
    const sub = hub.subscribe("a", ({ data }) => heard.push(data));
    grant();
    const loop = (async () => {
      for await (const { data } of sub) return data;
      return undefined;
    })();
    await settle();
    socket.say(publication("a", 1));
    expect(await loop).toBe(1);
    socket.say(publication("a", 2));
    expect(heard).toEqual([1, 2]);
  });

  test("end with an error when the connection is given up", async () => {
    const { hub, socket } = await live();
    const sub = hub.subscribe("a");
    grant();
    const next = sub[Symbol.asyncIterator]().next();
    socket.lose(4410, "disconnected");
    await expect(next).rejects.toMatchObject({ code: "stopped" });
    expect(hub.status).toMatchObject({ state: "stopped", cause: "kicked" });
  });
});

describe("requests", () => {
  test("say what they are given, and no more", async () => {
    const { hub, socket } = await live();
    hub.publish("a", { n: 1 }, { event: "e", key: "k", idempotencyKey: "i", ttl: 3, echo: false });
    expect(socket.of("publish")).toEqual({
      type: "publish",
      id: expect.any(Number),
      topic: "a",
      data: { n: 1 },
      event: "e",
      key: "k",
      idempotency_key: "i",
      ttl: 3,
      echo: false,
    });
    hub.call("m", Uint8Array.of(1, 2));
    expect(socket.of("call")).toEqual({
      type: "call",
      id: expect.any(Number),
      method: "m",
      binary: "AQI=",
    });
    hub.setState("a", undefined);
    expect(socket.of("state")).toEqual({ type: "state", id: expect.any(Number), topic: "a" });
  });

  test("answers, refusals, timeouts, cancellation", async () => {
    const { hub, socket } = await live();
    const answered = hub.call<{ order: number }>("order.create");
    socket.answer("call", { data: { order: 42 } });
    expect(await answered).toEqual({ order: 42 });
    const late = hub.call("slow", null, { timeout: 50 });
    const control = new AbortController();
    const cancelled = hub.call("slow", null, { signal: control.signal });
    await vi.advanceTimersByTimeAsync(60);
    control.abort();
    await expect(late).rejects.toMatchObject({ code: "timeout", retry: true });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled", retry: false });
  });

  test("while there is no connection they wait, and not without bound", async () => {
    const hub = await start({ timeout: 100 });
    const all = Array.from({ length: 1001 }, (_, n) => hub.publish("a", n));
    await expect(all.at(-1)).rejects.toMatchObject({ code: "queue_full", retry: true });
    await vi.advanceTimersByTimeAsync(200);
    await expect(all[0]).rejects.toMatchObject({ code: "timeout" });
  });

  test("a burst is sent at once, and not without bound", async () => {
    const { hub, socket } = await live();
    const all = Array.from({ length: 10_001 }, (_, n) => hub.publish("a", n));
    await expect(all.at(-1)).rejects.toMatchObject({ code: "queue_full", retry: true });
    expect(socket.sent.filter(({ type }) => type === "publish")).toHaveLength(10_000);
    socket.answer("publish", { epoch: "e", offset: 1 });
    expect(await all.at(-2)).toEqual({ epoch: "e", offset: 1 });
    // There is room again.
    const more = hub.publish("a", 0);
    socket.answer("publish", { epoch: "e", offset: 2 });
    expect(await more).toEqual({ epoch: "e", offset: 2 });
  });
});

describe("sharing", () => {
  const options = { WebSocket: FakeSocket, token: "t" };

  test("one connection for each URL and token, until the last leaves", async () => {
    const one = connect("ws://h/ws", options);
    const two = connect(new URL("ws://h/ws#elsewhere"), options);
    const other = connect("ws://h/ws", { ...options, token: "t2" });
    const alone = connect("ws://h/ws", { ...options, shared: false });
    clients.push(one, two, other, alone);
    await settle();
    expect(FakeSocket.made).toHaveLength(3);
    const [socket] = FakeSocket.made;
    socket?.welcome();
    const opened: unknown[] = [];
    const three = connect("ws://h/ws", options);
    clients.push(three);
    expect(three.state).toBe("live");
    three.on("open", ({ connection }) => opened.push(connection));
    await settle();
    expect([one.state, two.state, three.state, other.state]).toEqual([
      "live",
      "live",
      "live",
      "connecting",
    ]);
    expect(opened).toEqual(["c_1"]);
    one.close();
    two.close();
    expect(socket?.closedWith).toBeUndefined();
    expect([one.state, three.state]).toEqual(["stopped", "live"]);
    three.close();
    expect(socket?.closedWith?.[0]).toBe(1000);
    // Whoever comes now begins anew.
    clients.push(connect("ws://h/ws", options));
    await settle();
    expect(FakeSocket.made).toHaveLength(4);
  });

  test("one who leaves takes only what is its own", async () => {
    const one = connect("ws://h/ws", options);
    const two = connect("ws://h/ws", options);
    clients.push(one, two);
    await settle();
    FakeSocket.last.welcome();
    const heard: string[] = [];
    one.subscribe("a", () => heard.push("one"));
    two.subscribe("a", () => heard.push("two"));
    grant();
    const pending = one.call("m");
    one.close();
    await expect(pending).rejects.toMatchObject({ code: "stopped" });
    FakeSocket.last.say(publication("a", 1));
    expect(heard).toEqual(["two"]);
  });
});

test("topics have types", async () => {
  interface Order {
    amount: number;
  }
  type Topics = { [topic: `orders/${string}`]: Order; news: string };
  const hub: Client<Topics> = await start<Topics>();
  hub.subscribe("orders/42", (message) => {
    expectTypeOf(message).toEqualTypeOf<Received<Order>>();
  });
  hub.subscribe("news", ({ data }) => expectTypeOf(data).toBeString());
  hub.publish("orders/42", { amount: 1 });
  // @ts-expect-error: no such topic
  hub.publish("weather", 1);
  // @ts-expect-error: no order
  hub.publish("orders/42", "one");
  expectTypeOf(hub.history("news")).resolves.toHaveProperty("messages");
  expectTypeOf((await start()).subscribe("any").ready).resolves.toHaveProperty("topic");
});
