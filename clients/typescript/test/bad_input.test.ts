// What neither side should say: the work stays bounded, and one clear error comes of it.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connect } from "../src/index.js";
import { FakeSocket } from "./fake_socket.js";

const clients: { close(): void }[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.reset();
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  vi.useRealTimers();
});

async function start() {
  const hub = connect("ws://h/ws", { WebSocket: FakeSocket, shared: false });
  const errors: string[] = [];
  hub.on("error", ({ code }) => errors.push(code));
  clients.push(hub);
  await vi.advanceTimersByTimeAsync(0);
  return { hub, errors };
}

describe("of the application", () => {
  // JSON knows neither circles nor big integers.
  const circle: { self?: unknown } = {};
  circle.self = circle;

  test.each([circle, { big: 1n }])(
    "what cannot be encoded is refused, live or waiting",
    async (data) => {
      const { hub, errors } = await start();
      const early = hub.publish("a", data);
      const good = hub.publish("a", "good");
      FakeSocket.last.welcome();
      await expect(early).rejects.toMatchObject({ name: "WirehubError", code: "bad_request" });
      FakeSocket.last.answer("publish", { epoch: "e", offset: 1 });
      expect(await good).toMatchObject({ offset: 1 });
      await expect(hub.call("m", data)).rejects.toMatchObject({
        code: "bad_request",
        retry: false,
      });
      const sub = hub.subscribe("a", { presence: true, state: data });
      await expect(sub.ready).rejects.toMatchObject({ code: "bad_request" });
      expect(hub.state).toBe("live");
      expect(FakeSocket.made).toHaveLength(1);
      expect(errors).toEqual([]);
    },
  );
});

describe("of the server", () => {
  const PIECES = [
    { type: "messages", topic: "a" },
    { type: "messages", topic: "a", messages: [null] },
    { type: "joined", topic: "a" },
    { type: "left", topic: "a", member: {} },
    { type: "subscribed", topic: "a", presence: { members: 7 } },
    { type: "ok", id: 99, messages: ["a"] },
    { type: "message", topic: "a", offset: "1" },
    { type: "reconnect", reason: "shutdown" },
    { type: "welcome", connection: "c_1" },
    { type: "welcome", connection: "c_1", heartbeat: { interval: "1", timeout: 1 } },
    { type: "unsubscribed" },
  ];

  test.each(PIECES)("a message with pieces missing is nonsense: %j", async (message) => {
    const { hub } = await start();
    FakeSocket.last.welcome();
    const sub = hub.subscribe("a", { presence: true });
    FakeSocket.last.answer("subscribe", { presence: { connections: 0, users: 0, members: [] } });
    await sub.ready;
    FakeSocket.last.say(message);
    expect(FakeSocket.last.closedWith).toEqual([4400, "protocol_error"]);
    expect(hub.status).toMatchObject({ state: "waiting", cause: "protocol_error" });
  });

  test("kinds of messages that are not known yet are passed over", async () => {
    const { hub } = await start();
    FakeSocket.last.welcome();
    FakeSocket.last.say({ type: "of the future" });
    expect(hub.state).toBe("live");
  });

  test("one that keeps talking nonsense is no Wirehub", async () => {
    const { hub, errors } = await start();
    for (let attempt = 1; attempt <= 3; attempt++) {
      await vi.waitUntil(() => FakeSocket.made.length === attempt, { timeout: 60_000 });
      FakeSocket.last.open();
      FakeSocket.last.say({ type: "welcome" });
    }
    await vi.advanceTimersByTimeAsync(120_000);
    expect(FakeSocket.made).toHaveLength(3);
    expect(hub.status).toMatchObject({ state: "stopped", cause: "protocol_error" });
    expect(errors).toEqual(["protocol_error"]);
  });
});
