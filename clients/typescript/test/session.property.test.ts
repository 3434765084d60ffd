/** Whatever happens, a session is bounded and says what it may say. */
import { describe, expect, test } from "vitest";
import type { Input, Output, TransportName } from "../src/session/interface.js";
import type { ServerMessage } from "../src/session/message.js";
import { Session } from "../src/session/session.js";

/** Numbers from a seed, the same in every run. */
function dice(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TRANSPORTS: TransportName[] = ["websocket", "http_stream", "sse"];
const CODES = [1000, 1001, 1002, 1006, 1011, 1012, 1013, 4401, 4402, 4408, 4409, 4410, 4413, 4429];
/** Codes after which a client comes back. */
const AGAIN = [1001, 1006, 1011, 1012, 1013, 4402, 4408, 4413, 4429];
const TOPICS = ["a", "b", "c/+"];

function pick<T>(random: () => number, all: readonly T[]): T {
  return all[Math.floor(random() * all.length)] as T;
}

function someMessage(random: () => number): ServerMessage {
  const id = Math.floor(random() * 8);
  const topic = pick(random, TOPICS);
  return pick<ServerMessage>(random, [
    {
      type: "welcome",
      id: 1,
      connection: "c",
      heartbeat: { interval: 25, timeout: 7.5 },
      session: `s${id}`,
    },
    { type: "ok", id, resumed: true },
    { type: "ok", id, epoch: "e", offset: id, recovered: random() < 0.5 },
    {
      type: "error",
      id,
      code: pick(random, ["unauthorized", "not_resumable", "rate_limited"]),
      message: "no",
      retry: random() < 0.5,
    },
    { type: "message", topic, offset: id, data: id },
    { type: "message", to: "user", data: id },
    { type: "subscribed", topic, epoch: "e", offset: id },
    { type: "unsubscribed", topic, reason: "permission_denied" },
    { type: "reconnect", reason: "drain", within: id },
    { type: "pong" },
  ]);
}

function someInput(random: () => number, link: number): Input {
  const ticket = Math.floor(random() * 50);
  return pick<Input>(random, [
    { in: "start" },
    { in: random() < 0.05 ? "stop" : "start" },
    { in: "online", value: random() < 0.7 },
    { in: "visible", value: random() < 0.7 },
    { in: "token", token: "t" },
    { in: "token", error: "no" },
    {
      in: "pinged",
      endpoint: random() < 0.5 ? 0 : 1,
      status: pick(random, [200, 200, 503, null, 404]),
    },
    { in: "opened", link },
    { in: "opened", link },
    { in: "closed", link, code: pick(random, CODES) },
    { in: "closed", link, code: 1006, status: pick(random, [401, 404, 429, 503]) },
    { in: "garbage", link, error: "no" },
    { in: "request", ticket, request: { type: pick(random, ["publish", "call"]) } },
    { in: "cancel", ticket },
    { in: "subscribe", topic: pick(random, TOPICS) },
    { in: "unsubscribe", topic: pick(random, TOPICS) },
    ...Array.from({ length: 8 }, () => ({
      in: "message" as const,
      link,
      message: someMessage(random),
    })),
  ]);
}

/** Follows what a session says, and fails when it may not. */
class Watcher {
  readonly open = new Set<number>();
  readonly tickets = new Set<number>();

  see(output: Output, session: Session): void {
    if (output.out === "open") {
      expect(this.open.has(output.link)).toBe(false);
      this.open.add(output.link);
      expect(this.open.size).toBeLessThanOrEqual(2);
    } else if (output.out === "close") {
      expect(this.open.delete(output.link)).toBe(true);
    } else if (output.out === "send") {
      expect(this.open.has(output.link), JSON.stringify(output)).toBe(true);
    } else if (output.out === "answer") {
      this.tickets.delete(output.ticket);
    }
    expect(session.state).toBeDefined();
  }

  happens(input: Input): void {
    if (input.in === "closed") this.open.delete(input.link);
    if (input.in === "request") this.tickets.add(input.ticket);
  }
}

describe("a session", () => {
  test("is bounded whatever happens", () => {
    for (let seed = 1; seed <= 300; seed++) {
      const random = dice(seed);
      const options = {
        endpoints: 2,
        transports: TRANSPORTS,
        idempotency: "k",
        pingInterval: 10_000,
      };
      const credentials = random() < 0.5 ? { provider: true } : { token: "t" };
      const session = new Session({ ...options, ...credentials }, random);
      const watcher = new Watcher();
      let now = 0;
      for (let step = 0; step < 400; step++) {
        now += random() * 3_000;
        const due = session.pollTimeout();
        if (due !== undefined && due <= now) {
          session.handleTimeout(now);
        } else {
          const link = pick(random, [...watcher.open, 999]);
          const input = someInput(random, link);
          watcher.happens(input);
          session.handle(now, input);
        }
        for (let said = session.pollOutput(); said; said = session.pollOutput())
          watcher.see(said, session);
      }
      session.handle(now, { in: "stop" });
      for (let said = session.pollOutput(); said; said = session.pollOutput())
        watcher.see(said, session);
      expect(watcher.open.size).toBe(0);
      expect(watcher.tickets.size, `seed ${seed}`).toBe(0);
      expect(session.pollTimeout()).toBeUndefined();
    }
  });

  test("stays where it ended until somebody starts it again", () => {
    let ended = 0;
    for (let seed = 1; seed <= 60; seed++) {
      const random = dice(seed);
      const session = new Session({ token: "t", transports: TRANSPORTS, endpoints: 2 }, random);
      session.handle(0, { in: "start" });
      let now = 0;
      let link = 1;
      let final = false;
      for (let step = 0; step < 1_000; step++) {
        now += random() * 3_000;
        const due = session.pollTimeout();
        if (final) expect(due, `seed ${seed}`).toBeUndefined();
        const input = someInput(random, link);
        if (due !== undefined && due <= now) session.handleTimeout(now);
        else if (input.in !== "start" && input.in !== "stop" && input.in !== "token")
          session.handle(now, input);
        const before = final;
        for (let said = session.pollOutput(); said; said = session.pollOutput()) {
          if (before)
            expect(said, `seed ${seed}`).toMatchObject({
              out: "answer",
              error: { code: "stopped" },
            });
          if (said.out === "open") link = said.link;
          if (said.out === "state")
            final = said.state === "stopped" || said.state === "auth_failed";
        }
      }
      if (final) ended++;
    }
    expect(ended).toBeGreaterThan(40);
  });

  test("never loops, however its connections end", () => {
    for (let seed = 1; seed <= 200; seed++) {
      const random = dice(seed);
      const session = new Session({ provider: true, transports: TRANSPORTS, endpoints: 2 }, random);
      const opens: number[] = [];
      let now = 0;
      session.handle(now, { in: "start" });
      for (let step = 0; now < 600_000 && step < 100_000; step++) {
        for (let said = session.pollOutput(); said; said = session.pollOutput()) {
          if (said.out === "token") session.handle(now, { in: "token", token: "t" });
          if (said.out === "ping")
            session.handle(now, {
              in: "pinged",
              endpoint: said.endpoint,
              status: pick(random, [200, 500]),
            });
          if (said.out !== "open") continue;
          opens.push(now);
          if (random() < 0.5) {
            session.handle(now, { in: "opened", link: said.link });
            const welcome = {
              type: "welcome",
              id: 1,
              connection: "c",
              heartbeat: { interval: 25, timeout: 7.5 },
            } as const;
            if (random() < 0.8)
              session.handle(now, { in: "message", link: said.link, message: welcome });
          }
          session.handle(now, { in: "closed", link: said.link, code: pick(random, AGAIN) });
        }
        const due = session.pollTimeout();
        if (due === undefined) break;
        expect(due).toBeGreaterThanOrEqual(now);
        now = Math.max(due, now);
        session.handleTimeout(now);
      }
      // Delays of up to half a minute: a few quick attempts, then about four a minute.
      expect(opens.length, `seed ${seed}`).toBeLessThan(80);
      const quick = opens.filter((at) => at < 5_000).length;
      expect(quick, `seed ${seed}`).toBeLessThan(15);
    }
  });
});
