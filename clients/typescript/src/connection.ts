import { json } from "./codec/json.js";
import { Credentials } from "./driver/credentials.js";
import { type AnswerOutput, Driver, type StateOutput } from "./driver/driver.js";
import type { Machine } from "./driver/machine.js";
import { Memory } from "./driver/memory.js";
import { type Scope, watch } from "./driver/surroundings.js";
import type { Endpoint } from "./endpoint.js";
import { WirehubError } from "./error.js";
import { type ConnectOptions, eventSourceOf, webSocketOf } from "./options.js";
import { Requests } from "./requests.js";
import type { AppEvent, Input, SessionOptions, TransportName } from "./session/interface.js";
import { Topics } from "./topics.js";
import { httpStream } from "./transport/http_stream.js";
import { sse } from "./transport/sse.js";
import type { Platform } from "./transport/transport.js";
import { websocket } from "./transport/websocket.js";

const TRANSPORTS = { websocket, http_stream: httpStream, sse };

/** What an application sees of its connection. */
export type Status = Omit<StateOutput, "out">;

/** Who is told of what concerns the whole connection. */
export interface User {
  state(status: Status, before: Status): void;
  event(event: AppEvent): void;
}

/** Makes the session. */
export type MakeMachine = (options: SessionOptions, random: () => number) => Machine;

/** One session and all who use it. */
export class Connection {
  readonly topics = new Topics((input) => this.input(input));
  readonly requests = new Requests((input) => this.input(input));
  status: Status = { state: "idle", cause: "application" };
  /** What the server said of the connection that was opened last. */
  welcome: { connection: string; user?: string } | undefined;
  readonly #driver: Driver;
  readonly #users = new Set<User>();
  readonly #onOver: () => void;
  #unwatch: (() => void) | undefined;

  /** `onOver` is called when the last user left, or the connection is given up. */
  constructor(
    endpoints: Endpoint[],
    options: ConnectOptions,
    makeMachine: MakeMachine,
    onOver: () => void,
  ) {
    const memory = new Memory(storeOf(options), endpoints[0]?.origin ?? "");
    const session = sessionOptionsOf(endpoints.length, options, memory.read());
    this.#onOver = onOver;
    this.#driver = new Driver({
      machine: makeMachine(session, Math.random),
      endpoints,
      transports: TRANSPORTS,
      platform: platformOf(options),
      credentials: new Credentials(typeof options.token === "function" ? options.token : undefined),
      memory,
      audience: {
        state: (state) => this.#change(state),
        event: (event) => this.#tell(event),
        answer: (answer: AnswerOutput) => this.requests.answer(answer),
        welcome: (welcome) => {
          this.welcome = welcome;
        },
      },
    });
  }

  input(input: Input): void {
    this.#driver.input(input);
  }

  /** The first user starts it. */
  join(user: User): void {
    this.#users.add(user);
    if (this.#users.size === 1) this.start();
  }

  /** The last user stops it. */
  leave(user: User): void {
    if (!this.#users.delete(user) || this.#users.size > 0) return;
    this.#onOver();
    this.input({ in: "stop" });
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  start(): void {
    this.#unwatch ??= watch(globalThis as unknown as Scope, (input) => this.input(input));
    this.input({ in: "start" });
  }

  #change({ out: _, ...status }: StateOutput): void {
    const before = this.status;
    this.status = status;
    if (status.state === "stopped" || status.state === "auth_failed") {
      // Whoever connects from now on gets a connection that has not been given up.
      this.#onOver();
      const text = status.detail ?? `the connection was given up: ${status.cause}`;
      this.topics.endLoops(new WirehubError(status.state, text));
    }
    for (const user of [...this.#users]) user.state(status, before);
  }

  #tell(event: AppEvent): void {
    this.topics.tell(event);
    for (const user of [...this.#users]) user.event(event);
  }
}

function storeOf({ storage }: ConnectOptions) {
  if (storage !== undefined) return () => storage;
  // Node has a `localStorage` too, which is not for this and warns.
  return () => ("document" in globalThis ? globalThis.localStorage : null);
}

function sessionOptionsOf(
  endpoints: number,
  options: ConnectOptions,
  remembered: TransportName | undefined,
): SessionOptions {
  const { token } = options;
  // What is the session's own of the options goes as it is; it looks at nothing else.
  return {
    ...(options as SessionOptions),
    endpoints,
    transports: transportsOf(options),
    remembered: remembered as TransportName,
    token: (typeof token === "string" ? token : undefined) as string,
    provider: typeof token === "function",
    idempotency: randomName(),
  };
}

function platformOf(options: ConnectOptions): Platform {
  return {
    codec: options.codec ?? json,
    WebSocket: webSocketOf(options),
    EventSource: eventSourceOf(options),
    // Called as a method of anything else, a browser's `fetch` throws.
    fetch: options.fetch ?? ((...args) => globalThis.fetch(...args)),
    credentials: options.credentials ?? "same-origin",
  };
}

/** Those that were asked for, or those there are. */
function transportsOf(options: ConnectOptions): TransportName[] {
  if (options.transports !== undefined) return options.transports;
  const all: TransportName[] = ["websocket", "http_stream"];
  return eventSourceOf(options) === undefined ? all : [...all, "sse"];
}

/** Where there is no secure context, there still is `getRandomValues`. */
function randomName(): string {
  const numbers = crypto.getRandomValues(new Uint32Array(3));
  return [...numbers].map((number) => number.toString(36)).join("");
}
