// Requests, presence and history, against the real server.

import { expect, test } from "vitest";
import WebSocket from "ws";
import { connect } from "../../src/index.js";
import { client, TOKEN, topic, URL_OF_SERVER, until } from "./hub.js";

test("presence: who is there, who comes, what they say about themselves", async () => {
  const one = client();
  const two = client();
  const name = topic("room/");
  const sub = one.subscribe(name, { presence: true, state: { typing: false } });
  const { presence } = await sub.ready;
  expect(presence).toMatchObject({ connections: 1, users: 1 });
  const changed = new Promise((resolve) => sub.on("changed", ({ member }) => resolve(member)));
  const other = two.subscribe(name, () => {});
  await other.ready;
  await other.setState({ typing: true });
  expect(await changed).toMatchObject({ connection: two.connection, state: { typing: true } });
  expect([...sub.members.keys()].sort()).toEqual([one.connection, two.connection].sort());
  expect(await one.presence(name, { limit: 1 })).toMatchObject({ connections: 2, more: true });
  other.unsubscribe();
  await expect.poll(() => sub.members.size).toBe(1);
});

test("history: pages in either direction", async () => {
  const hub = client();
  const name = topic("room/");
  for (let n = 1; n <= 5; n++) await hub.publish(name, n);
  const back: unknown[] = [];
  const newest = await hub.history(name, { limit: 2 });
  for await (const page of newest) back.push(page.messages.map(({ data }) => data));
  expect(back).toEqual([[4, 5], [2, 3], [1]]);
  const on: unknown[] = [];
  const after = { epoch: newest.epoch, offset: 1 };
  for await (const page of await hub.history(name, { limit: 3, after })) {
    on.push(page.messages.map(({ data }) => data));
  }
  expect(on).toEqual([[2, 3, 4], [5]]);
});

test("a request that is cancelled, or was before it began", async () => {
  const hub = client();
  await until(hub, "live");
  const early = hub.publish(topic(), 1, { signal: AbortSignal.abort("why") });
  await expect(early).rejects.toMatchObject({ code: "cancelled", cause: "why" });
  const control = new AbortController();
  const late = hub.publish(topic(), 1, { signal: control.signal });
  control.abort();
  await expect(late).rejects.toMatchObject({ code: "cancelled" });
});

test("a wildcard and a topic in it: one copy, heard by both", async () => {
  const hub = client();
  const name = topic();
  const heard: string[] = [];
  const all = hub.subscribe("orders/+", () => heard.push("filter"));
  const exact = hub.subscribe(name, () => heard.push("topic"));
  await Promise.all([all.ready, exact.ready]);
  await hub.publish(name, 1);
  await expect.poll(() => heard.sort()).toEqual(["filter", "topic"]);
  exact.unsubscribe();
  await hub.publish(name, 2);
  await expect.poll(() => heard.filter((who) => who === "filter").length).toBe(2);
  expect(heard.filter((who) => who === "topic").length).toBe(1);
});

test("a token that is refused ends in auth_failed, and a new one begins anew", async () => {
  const hub = client({ token: "no.good.token" });
  const errors: string[] = [];
  hub.on("error", ({ code }) => errors.push(code));
  const waiting = hub.publish(topic(), 1);
  await until(hub, "auth_failed");
  await expect(waiting).rejects.toMatchObject({ code: "stopped" });
  expect(errors).toContain("unauthorized");
  hub.start(TOKEN);
  await until(hub, "live");
  expect(hub.user).toBe("u1");
});

test("a provider is asked again once, and then its word counts", async () => {
  const reasons: string[] = [];
  const token = ({ because }: { because: string }) => {
    reasons.push(because);
    return because === "first" ? "no.good.token" : Promise.resolve(TOKEN);
  };
  const hub = client({ token });
  await until(hub, "live");
  expect(reasons).toEqual(["first", "refused"]);
});

test("clients of the same URL and token share one connection until the last leaves", async () => {
  const options = { WebSocket, token: TOKEN };
  const one = connect(URL_OF_SERVER, options);
  const two = connect(URL_OF_SERVER, options);
  const alone = connect(URL_OF_SERVER, { ...options, shared: false });
  await Promise.all([one, two, alone].map((hub) => until(hub, "live")));
  expect(one.connection).toBe(two.connection);
  expect(alone.connection).not.toBe(one.connection);
  const name = topic();
  const heard: unknown[] = [];
  await two.subscribe(name, ({ data }) => heard.push(data)).ready;
  one.close();
  await expect(one.publish(name, 1)).rejects.toMatchObject({ code: "stopped" });
  await two.publish(name, 2);
  await expect.poll(() => heard).toEqual([2]);
  two.close();
  expect(two.state).toBe("stopped");
  alone.close();
});
