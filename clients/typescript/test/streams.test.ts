// HTTP streams and server-sent events, with a `fetch` and an `EventSource` in the hands of the test.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { json } from "../src/codec/json.js";
import { endpointOf } from "../src/endpoint.js";
import { httpStream } from "../src/transport/http_stream.js";
import { sse } from "../src/transport/sse.js";
import type { EventSourceConstructor, Platform } from "../src/transport/transport.js";
import { probe } from "./link_probe.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const HELLO = '{"type":"stream","stream":"3k9x-s"}\n';

interface Post {
  url: string;
  body: string;
}

/** A server: the stream down, and what was posted. */
class Server {
  readonly posts: Post[] = [];
  /** What the next POSTs are answered with; 204 when there is none. A number below 0: no answer. */
  answers: (number | [number, Record<string, string>])[] = [];
  opening: Response | undefined;
  isCut = false;
  #down: ReadableStreamDefaultController<Uint8Array> | undefined;

  readonly fetch = (async (url: string, init: RequestInit) => {
    if (url.endsWith("/stream")) return this.#open(init);
    this.posts.push({ url: url.replace("http://h/stream/3k9x-s", ""), body: String(init.body) });
    const answer = this.answers.shift() ?? 204;
    if (answer === -1) throw new TypeError("failed to fetch");
    const [status, headers] = Array.isArray(answer) ? answer : [answer, {}];
    return new Response(null, { status, headers });
  }) as typeof fetch;

  say(text: string): Promise<unknown> {
    this.#down?.enqueue(new TextEncoder().encode(text));
    return vi.advanceTimersByTimeAsync(0);
  }

  end(): Promise<unknown> {
    this.#down?.close();
    return vi.advanceTimersByTimeAsync(0);
  }

  #open({ signal }: RequestInit): Response {
    if (this.opening !== undefined) return this.opening;
    const body = new ReadableStream<Uint8Array>({
      start: (down) => {
        this.#down = down;
        signal?.addEventListener("abort", () => {
          this.isCut = true;
          down.error(signal.reason);
        });
      },
    });
    return new Response(body);
  }
}

class FakeSource {
  static last: FakeSource;
  onmessage: ((event: { data: string }) => void) | undefined;
  onerror: (() => void) | undefined;
  isClosed = false;

  constructor(readonly url: string) {
    FakeSource.last = this;
  }

  close(): void {
    this.isClosed = true;
  }
}

const ENDPOINT = endpointOf("ws://h/ws", undefined);

async function open(server = new Server()) {
  const platform: Platform = {
    codec: json,
    WebSocket: undefined,
    EventSource: FakeSource as unknown as EventSourceConstructor,
    fetch: server.fetch,
    credentials: "same-origin",
  };
  const { link, told } = probe(httpStream, ENDPOINT, platform);
  await vi.advanceTimersByTimeAsync(0);
  return { link, told, server, platform };
}

async function opened() {
  const all = await open();
  await all.server.say(HELLO);
  return all;
}

const settle = () => vi.advanceTimersByTimeAsync(0);

describe("down", () => {
  test("lines come in pieces, empty ones are skipped", async () => {
    const { told, server } = await open();
    await server.say(HELLO.slice(0, 9));
    expect(told).toEqual([]);
    await server.say(`${HELLO.slice(9)}\n\r\n{"type":"pong"}\n{"type":"po`);
    await server.say('ng"}\n');
    expect(told).toEqual(["opened", "pong", "pong"]);
  });

  test("close has a code, an end without it is a loss", async () => {
    const one = await opened();
    await one.server.say('{"type":"close","code":1012,"reason":"service_restart"}\n');
    expect(one.told.at(-1)).toEqual({ code: 1012, reason: "service_restart" });
    expect(one.server.isCut).toBe(true);
    const two = await opened();
    await two.server.end();
    expect(two.told.at(-1)).toEqual({ code: 1006 });
  });

  test("a refusal tells its status and how long to wait", async () => {
    const server = new Server();
    server.opening = new Response("{}", { status: 503, headers: { "retry-after": "4" } });
    const { told } = await open(server);
    expect(told).toEqual([{ code: 1006, status: 503, retryAfter: 4 }]);
  });

  test("no answer at all is a loss", async () => {
    const server = new Server();
    const refuse = (async () => Promise.reject(new TypeError("failed to fetch"))) as typeof fetch;
    const { platform } = await open(server);
    const { told } = probe(httpStream, ENDPOINT, { ...platform, fetch: refuse });
    await settle();
    expect(told).toEqual([{ code: 1006, reason: "failed to fetch" }]);
  });

  test("garbage is told as such", async () => {
    const { told, server } = await opened();
    await server.say("<html>\n");
    expect(told).toEqual(["opened", expect.stringMatching(/^garbage: /)]);
  });
});

describe("up", () => {
  test("one POST at a time, numbered, with what gathered meanwhile", async () => {
    const { link, server } = await opened();
    link.send({ type: "connect", id: 1 });
    link.send({ type: "ping" });
    link.send({ type: "ping" });
    await settle();
    expect(server.posts).toEqual([
      { url: "?seq=1", body: '{"type":"connect","id":1}\n' },
      { url: "?seq=2", body: '{"type":"ping"}\n{"type":"ping"}\n' },
    ]);
  });

  test("a POST that fails is sent again with its number and body", async () => {
    const { link, server, told } = await opened();
    server.answers = [-1, 503, [429, { "retry-after": "3" }]];
    link.send({ type: "ping" });
    await vi.advanceTimersByTimeAsync(1000);
    expect(server.posts).toHaveLength(3);
    await vi.advanceTimersByTimeAsync(2900);
    expect(server.posts).toHaveLength(4);
    expect(new Set(server.posts.map(({ url, body }) => url + body)).size).toBe(1);
    expect(told).toEqual(["opened"]);
  });

  test("a link that ends does not wait for its next attempt", async () => {
    const { link, server } = await opened();
    server.answers = [[503, { "retry-after": "3600" }], -1];
    link.send({ type: "ping" });
    await vi.advanceTimersByTimeAsync(29_000);
    expect(server.posts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(server.posts).toHaveLength(2);
    link.close(4408, "");
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [404, { code: 1006 }],
    [409, { code: 1006 }],
    [403, { code: 1006, status: 403 }],
    [413, { code: 1009, reason: "too_large" }],
  ])("%d ends the link", async (status, ending) => {
    const { link, server, told } = await opened();
    server.answers = [status];
    link.send({ type: "ping" });
    await settle();
    expect(told).toEqual(["opened", ending]);
    expect(server.isCut).toBe(true);
    link.send({ type: "ping" });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.posts).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the server's ping is answered, and the application does not hear of it", async () => {
    const { told, server } = await opened();
    await server.say('{"type":"ping"}\n');
    expect(server.posts).toEqual([{ url: "?seq=1", body: "" }]);
    expect(told).toEqual(["opened", "activity"]);
  });

  test("a long queue goes up in pieces", async () => {
    const { link, server } = await opened();
    const text = "x".repeat(6000);
    for (let n = 0; n < 7; n++) link.send({ type: "publish", data: text });
    await settle();
    expect(server.posts.map(({ body }) => body.trim().split("\n").length)).toEqual([1, 2, 2, 2]);
  });

  test("closing says goodbye after what waits, then cuts", async () => {
    const { link, server, told } = await opened();
    link.send({ type: "publish", id: 2 });
    link.close(1000, "");
    await settle();
    expect(server.posts.map(({ body }) => body)).toEqual([
      '{"type":"publish","id":2}\n',
      '{"type":"close"}\n',
    ]);
    expect(server.isCut).toBe(true);
    expect(told).toEqual(["opened"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("goodbyes that nobody takes are given up", async () => {
    const { link, server } = await opened();
    server.answers = Array.from({ length: 99 }, () => -1);
    link.close(1000, "");
    await vi.advanceTimersByTimeAsync(10_000);
    expect(server.isCut).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a link that is given up says no goodbye: its session goes on elsewhere", async () => {
    const { link, server } = await opened();
    link.close(4408, "");
    await settle();
    expect(server.posts).toEqual([]);
    expect(server.isCut).toBe(true);
  });
});

describe("server-sent events", () => {
  const start = async () => {
    const { platform, server } = await open();
    const { link, told } = probe(sse, ENDPOINT, platform);
    return { link, told, server, source: FakeSource.last };
  };

  test("events down, POSTs up", async () => {
    const { link, told, server, source } = await start();
    expect(source.url).toBe("http://h/sse");
    source.onmessage?.({ data: HELLO });
    source.onmessage?.({ data: "" });
    link.send({ type: "connect", id: 1 });
    await settle();
    expect(server.posts).toHaveLength(1);
    source.onmessage?.({ data: '{"type":"close","code":4410,"reason":"disconnected"}' });
    expect(source.isClosed).toBe(true);
    expect(told).toEqual(["opened", { code: 4410, reason: "disconnected" }]);
  });

  test("an error closes it, so that it does not come back by itself", async () => {
    const { told, source } = await start();
    source.onerror?.();
    expect(source.isClosed).toBe(true);
    expect(told).toEqual([{ code: 1006 }]);
  });

  test("where there is none, that is said", async () => {
    const { platform } = await open();
    const none = { ...platform, EventSource: undefined };
    const given = probe(sse, ENDPOINT, none);
    given.link.close(1000, "");
    const { told } = probe(sse, ENDPOINT, none);
    await settle();
    expect(given.told).toEqual([]);
    expect(told).toEqual([{ code: 1006, reason: expect.any(String), status: 400 }]);
  });
});
