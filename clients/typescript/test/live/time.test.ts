// What takes its time: tokens that expire, servers that fall silent.

import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { client, cutter, given, topic, until } from "./hub.js";

/** How far the hub's default lets clocks be apart: so much longer a token is good. */
const LEEWAY = 10;

/** A token as an application's backend makes it, good for so many seconds. */
function tokenFor(seconds: number): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    sub: "u1",
    exp: now + seconds - LEEWAY,
    subscribe: ["orders/#"],
    publish: ["orders/#"],
  };
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  const signature = createHmac("sha256", given("WIREHUB_TEST_SECRET"))
    .update(text)
    .digest("base64url");
  return `${text}.${signature}`;
}

describe("in time", () => {
  test("a token is replaced before it expires", async () => {
    const reasons: string[] = [];
    const states: string[] = [];
    const token = ({ because }: { because: string }) => {
      reasons.push(because);
      return tokenFor(because === "first" ? 4 : 3600);
    };
    const hub = client({ token });
    await until(hub, "live");
    hub.on("state", ({ state, cause }) => states.push(`${state} (${cause})`));
    await new Promise((resolve) => setTimeout(resolve, 6_000));
    expect(reasons).toEqual(["first", "expiring"]);
    expect(states).toEqual([]);
    await hub.publish(topic(), 1);
  });

  test("a server that falls silent is found out, and nothing is missed", async () => {
    const proxy = await cutter();
    const hub = client({ heartbeatInterval: 300 }, proxy.url);
    const other = client();
    const name = topic("room/");
    const seen: unknown[] = [];
    await hub.subscribe(name, ({ data }) => seen.push(data)).ready;
    const causes: string[] = [];
    hub.on("close", ({ cause }) => causes.push(cause));
    proxy.stall();
    await other.publish(name, 1);
    // The hub advertises 7.5 s.
    await until(hub, "waiting");
    await until(hub, "live");
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual([1]);
    expect(causes).toEqual(["heartbeat"]);
  });
});
