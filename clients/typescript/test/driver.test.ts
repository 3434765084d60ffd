import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { json } from "../src/codec/json.js";
import { Credentials, type TokenProvider } from "../src/driver/credentials.js";
import { Driver } from "../src/driver/driver.js";
import type { Machine } from "../src/driver/machine.js";
import { Memory } from "../src/driver/memory.js";
import { type Scope, watch } from "../src/driver/surroundings.js";
import { endpointOf } from "../src/endpoint.js";
import type { Input, Output } from "../src/session/interface.js";
import type { ClientMessage } from "../src/session/message.js";
import type { LinkEvents, Transport } from "../src/transport/transport.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A session that does what a test says. */
class Script implements Machine {
  readonly inputs: Input[] = [];
  readonly timeouts: number[] = [];
  due: number | undefined;
  readonly #outputs: Output[] = [];

  next(...outputs: Output[]): void {
    this.#outputs.push(...outputs);
  }

  handle(_now: number, input: Input): void {
    this.inputs.push(input);
  }

  pollOutput(): Output | undefined {
    return this.#outputs.shift();
  }

  pollTimeout(): number | undefined {
    return this.due;
  }

  handleTimeout(now: number): void {
    this.timeouts.push(now);
    this.due = undefined;
  }
}

/** A transport that remembers what it was told. */
function recorder() {
  const told: unknown[] = [];
  let events: LinkEvents | undefined;
  const open: Transport = (endpoint, _platform, given) => {
    told.push(["open", endpoint.socket]);
    events = given;
    return {
      send: (message: ClientMessage) => void told.push(["send", message]),
      close: (code, reason) => void told.push(["close", code, reason]),
    };
  };
  const last = () => {
    if (events === undefined) throw new Error("nothing was opened");
    return events;
  };
  return { told, open, last };
}

function driver(
  provider?: TokenProvider,
  fetched: () => Promise<Response> = async () => new Response(),
) {
  const machine = new Script();
  const transport = recorder();
  const heard: unknown[] = [];
  const hook = { onState: () => {} };
  const made = new Driver({
    machine,
    endpoints: [endpointOf("ws://a/ws", undefined), endpointOf("ws://b/ws", undefined)],
    transports: { websocket: transport.open, http_stream: transport.open, sse: transport.open },
    platform: {
      codec: json,
      WebSocket: undefined,
      EventSource: undefined,
      fetch: fetched as typeof fetch,
      credentials: "same-origin",
    },
    credentials: new Credentials(provider),
    memory: new Memory(() => null, "http://a"),
    audience: {
      state: ({ state }) => {
        heard.push(state);
        hook.onState();
      },
      event: (event) => heard.push(event.type),
      answer: ({ ticket }) => heard.push(ticket),
      welcome: ({ connection }) => heard.push(connection),
    },
  });
  return { machine, transport, heard, hook, driver: made };
}

const OPEN: Output = { out: "open", link: 1, endpoint: 1, transport: "websocket" };

describe("links", () => {
  test("outputs become deeds, and what links tell becomes inputs", () => {
    const { machine, transport, heard, driver: it } = driver();
    machine.next(OPEN, { out: "send", link: 1, message: { type: "ping" } });
    it.input({ in: "start" });
    const events = transport.last();
    events.opened();
    events.activity();
    events.message({ type: "welcome", connection: "c_9", heartbeat: { interval: 1, timeout: 1 } });
    events.garbage("what?");
    machine.next({ out: "close", link: 1, code: 4408, reason: "gone" });
    it.input({ in: "stop" });
    expect(transport.told).toEqual([
      ["open", "ws://b/ws"],
      ["send", { type: "ping" }],
      ["close", 4408, "gone"],
    ]);
    expect(machine.inputs.map((input) => input.in)).toEqual([
      "start",
      "opened",
      "activity",
      "message",
      "garbage",
      "stop",
    ]);
    expect(heard).toEqual(["c_9"]);
  });

  test("what is said to a link that is gone goes nowhere", () => {
    const { machine, transport, driver: it } = driver();
    machine.next(OPEN);
    it.input({ in: "start" });
    transport.last().closed({ code: 1006, status: 503, retryAfter: 7 });
    expect(machine.inputs[1]).toEqual({
      in: "closed",
      link: 1,
      code: 1006,
      status: 503,
      retryAfter: 7,
    });
    machine.next(
      { out: "send", link: 1, message: { type: "ping" } },
      { out: "close", link: 1, code: 1000, reason: "" },
    );
    it.input({ in: "stop" });
    expect(transport.told).toHaveLength(1);
  });

  test("an input from inside a deed comes after the outputs that wait", () => {
    const { machine, heard, hook, driver: it } = driver();
    machine.next(
      { out: "state", state: "live", cause: "application" },
      { out: "event", event: { type: "gap", topic: "a" } },
    );
    hook.onState = () => {
      machine.next({ out: "answer", ticket: 7 });
      it.input({ in: "cancel", ticket: 7 });
    };
    it.input({ in: "start" });
    expect(heard).toEqual(["live", "gap", 7]);
  });
});

describe("the timer", () => {
  test("is one, at the time the session names", async () => {
    const { machine, driver: it } = driver();
    machine.due = performance.now() + 500;
    it.input({ in: "start" });
    it.input({ in: "online", value: true });
    await turn();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(499);
    expect(machine.timeouts).toHaveLength(0);
    vi.advanceTimersByTime(2);
    expect(machine.timeouts).toHaveLength(1);
    await turn();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is put off without being set anew, and set anew when it is to come sooner", async () => {
    const { machine, driver: it } = driver();
    const set = vi.spyOn(globalThis, "setTimeout");
    machine.due = performance.now() + 500;
    it.input({ in: "start" });
    for (let n = 0; n < 100; n++) {
      machine.due += 10;
      it.input({ in: "online", value: true });
      await turn();
    }
    expect(set).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1490);
    expect(machine.timeouts).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(20);
    expect(machine.timeouts).toHaveLength(1);
    machine.due = performance.now() + 500;
    it.input({ in: "online", value: true });
    await turn();
    machine.due = performance.now() + 5;
    it.input({ in: "online", value: true });
    await turn();
    vi.advanceTimersByTime(6);
    expect(machine.timeouts).toHaveLength(2);
    set.mockRestore();
  });

  test("waits longer than setTimeout can", async () => {
    const { machine, driver: it } = driver();
    machine.due = performance.now() + 2 ** 32;
    it.input({ in: "start" });
    await turn();
    await vi.advanceTimersByTimeAsync(2 ** 32 - 10);
    expect(machine.timeouts).toHaveLength(0);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(20);
    expect(machine.timeouts).toHaveLength(1);
  });
});

/** Timers are set at the end of a turn. */
const turn = () => Promise.resolve();

describe("tokens", () => {
  const ask = async (provider: TokenProvider) => {
    const { machine, driver: it } = driver(provider);
    machine.next({ out: "token", because: "first" });
    it.input({ in: "start" });
    await vi.advanceTimersByTimeAsync(0);
    return machine.inputs.slice(1);
  };

  test.each<[string, TokenProvider, object]>([
    ["gives one", () => "t", { token: "t" }],
    ["gives one later", async () => "t", { token: "t" }],
    ["gives none", () => null, { token: null }],
    [
      "throws",
      () => {
        throw new Error("no backend");
      },
      { error: "no backend" },
    ],
    ["rejects", async () => Promise.reject("no"), { error: "no" }],
    ["gives nonsense", () => 7 as never, { error: "the token provider gave number, not a string" }],
  ])("a provider that %s", async (_, provider, expected) => {
    expect(await ask(provider)).toEqual([{ in: "token", ...expected }]);
  });

  test("only the answer to the last question counts", async () => {
    const answers: ((token: string) => void)[] = [];
    const { machine, driver: it } = driver(() => new Promise((resolve) => answers.push(resolve)));
    machine.next({ out: "token", because: "first" });
    it.input({ in: "start" });
    await vi.advanceTimersByTimeAsync(0);
    machine.next({ out: "token", because: "refused" });
    it.input({ in: "online", value: true });
    await vi.advanceTimersByTimeAsync(0);
    answers[0]?.("late");
    answers[1]?.("good");
    await vi.advanceTimersByTimeAsync(0);
    expect(machine.inputs.filter((input) => input.in === "token")).toEqual([
      { in: "token", token: "good" },
    ]);
  });
});

describe("/ping", () => {
  test.each<[string, () => Promise<Response>, number | null]>([
    ["200", async () => new Response("{}"), 200],
    ["503", async () => new Response("", { status: 503 }), 503],
    ["no answer", () => Promise.reject(new TypeError("failed to fetch")), null],
  ])("%s", async (_, fetched, status) => {
    const { machine, driver: it } = driver(undefined, fetched);
    machine.next({ out: "ping", endpoint: 1 });
    it.input({ in: "start" });
    await vi.advanceTimersByTimeAsync(0);
    expect(machine.inputs[1]).toEqual({ in: "pinged", endpoint: 1, status });
  });
});

describe("memory", () => {
  test("keeps what worked, by origin", () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    new Memory(() => store, "https://a").write("sse");
    expect(new Memory(() => store, "https://a").read()).toBe("sse");
    expect(new Memory(() => store, "https://b").read()).toBeUndefined();
    kept.set("wirehub.transport https://a", "carrier pigeon");
    expect(new Memory(() => store, "https://a").read()).toBeUndefined();
  });

  test("storage that is denied, full or absent is none at all", () => {
    const denied = () => {
      throw new DOMException("denied", "SecurityError");
    };
    for (const store of [denied, () => ({ getItem: denied, setItem: denied }), () => null]) {
      const memory = new Memory(store, "https://a");
      expect(() => memory.write("sse")).not.toThrow();
      expect(memory.read()).toBeUndefined();
    }
  });
});

describe("surroundings", () => {
  /** What changes, as the session sees it. */
  function changes() {
    const seen: unknown[] = [];
    const now = { online: true, visible: true };
    const input = (one: Input) => {
      if ((one.in !== "online" && one.in !== "visible") || now[one.in] === one.value) return;
      now[one.in] = one.value;
      seen.push([one.in, one.value]);
    };
    return { seen, input };
  }

  test("a page: what is so at first, what changes, and nothing after the end", () => {
    const document = Object.assign(new EventTarget(), { visibilityState: "hidden" });
    const navigator = { onLine: false };
    const scope = Object.assign(new EventTarget(), { document, navigator });
    const { seen, input } = changes();
    const stop = watch(scope as Scope, input);
    expect(seen).toEqual([
      ["online", false],
      ["visible", false],
    ]);
    document.visibilityState = "visible";
    document.dispatchEvent(new Event("visibilitychange"));
    navigator.onLine = true;
    scope.dispatchEvent(new Event("online"));
    navigator.onLine = false;
    scope.dispatchEvent(new Event("offline"));
    expect(seen.slice(2)).toEqual([
      ["visible", true],
      ["online", true],
      ["online", false],
    ]);
    stop();
    navigator.onLine = true;
    scope.dispatchEvent(new Event("online"));
    document.dispatchEvent(new Event("visibilitychange"));
    expect(seen).toHaveLength(5);
  });

  test("a worker has no document, Node has nothing", () => {
    const { seen, input } = changes();
    const navigator = { onLine: true };
    const worker = Object.assign(new EventTarget(), { navigator });
    watch(worker as Scope, input);
    navigator.onLine = false;
    worker.dispatchEvent(new Event("offline"));
    expect(seen).toEqual([["online", false]]);
    const none = changes();
    watch({}, none.input)();
    expect(none.seen).toEqual([]);
  });
});
