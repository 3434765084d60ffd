// Where WebSockets do not get through.

import { expect, test } from "vitest";
import { client, cutter, topic, until } from "./hub.js";

test("a proxy that lets no WebSocket through: the next transport, which is remembered", async () => {
  const proxy = await cutter();
  proxy.mode = "no_upgrade";
  const stored = new Map<string, string>();
  const storage = {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
  };
  const hub = client({ storage }, proxy.url);
  await until(hub, "live");
  const name = topic();
  const sub = hub.subscribe(name);
  await hub.publish(name, "over HTTP");
  expect((await sub[Symbol.asyncIterator]().next()).value?.data).toBe("over HTTP");
  expect([...stored.values()]).toEqual(["http_stream"]);
  // The next start does not try what does not work.
  const tried: string[] = [];
  const again = client({ storage }, proxy.url);
  again.on("state", ({ state }) => tried.push(state));
  await until(again, "live");
  expect(tried).not.toContain("waiting");
});

test("a second endpoint stands in for the first", async () => {
  const proxy = await cutter();
  proxy.mode = "refuse";
  const hub = client({ endpointFailures: 2 }, [proxy.url, await endpoint()] as never);
  await until(hub, "standby");
  expect(hub.user).toBe("u1");
});

async function endpoint(): Promise<string> {
  return (await cutter()).url;
}
