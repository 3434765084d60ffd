import type { Connection, Status, User } from "./connection.js";
import { Emitter, type Off } from "./emitter.js";
import { textOf, WirehubError } from "./error.js";
import { HistoryPage, type HistoryQuestion } from "./history.js";
import { contentOf, given, type Received } from "./message.js";
import type { RequestOptions } from "./options.js";
import { type Ok, quiet } from "./requests.js";
import type { AppEvent, State } from "./session/interface.js";
import type { ClientMessage, Position, PresencePage } from "./session/message.js";
import { type SubscribeOptions, Subscription, type SubscriptionHome } from "./subscription.js";
import type { Subscriber, TopicEntry } from "./topic_entry.js";

/** What a client tells. */
export interface ClientEvents {
  /** It is live; `user` is absent for an anonymous client. */
  open: { connection: string; user?: string };
  /** Everything that was said to it: on topics, and directly, with `to`. */
  message: Received;
  /** It is not live any more. Whether it comes back, `state` tells. */
  close: Status;
  /** Somebody should look at this; nothing has to be done for the connection. */
  error: WirehubError;
  /** Its state or the cause of it has changed. */
  state: Status;
}

/** What a publication may have besides its data. */
export interface PublishOptions extends RequestOptions {
  event?: string;
  /** A newer publication with the same key stands for this one. */
  key?: string;
  /** Names this very publication, so that it is never published twice. */
  idempotencyKey?: string;
  /** Seconds for which it is worth delivering. */
  ttl?: number;
  /** Whether this client hears it too; true when absent. */
  echo?: boolean;
}

/** Where a publication stands. */
export interface Published extends Partial<Position> {
  /** It had been published before. */
  duplicate?: boolean;
}

type Handler<T> = (message: Received<T>) => unknown;
type Name<Topics> = keyof Topics & string;

const NO_OPTIONS: RequestOptions = {};
const CLOSED: Status = { state: "stopped", cause: "application" };

/**
 * A connection to a hub, as one part of an application uses it.
 *
 * `Topics` says what is published where: `connect<{ [topic: `orders/${string}`]: Order }>(…)`.
 */
export class Client<Topics extends object = Record<string, unknown>> {
  readonly #connection: Connection;
  readonly #timeout: number | undefined;
  readonly #events = new Emitter<ClientEvents>((thrown) => this.#onThrow(thrown));
  readonly #subscriptions = new Set<Subscriber>();
  readonly #user: User;
  readonly #home: SubscriptionHome;
  #isClosed = false;

  /** Made by `connect`. */
  constructor(connection: Connection, timeout: number | undefined) {
    this.#connection = connection;
    this.#timeout = timeout;
    this.#user = {
      state: (status, before) => this.#onState(status, before),
      event: (event) => this.#onEvent(event),
    };
    this.#home = {
      leave: (subscription) => this.#leave(subscription),
      setState: (topic, state) => this.setState(topic as Name<Topics>, state),
      onThrow: (thrown) => this.#onThrow(thrown),
    };
    // A moment later, when listeners are there.
    queueMicrotask(() => this.#join());
  }

  /** What it is doing. */
  get state(): State {
    return this.status.state;
  }

  /** What it is doing, why, and when it tries again. */
  get status(): Status {
    return this.#isClosed ? CLOSED : this.#connection.status;
  }

  /** The name of the connection, once it was live; another one after each reconnect. */
  get connection(): string | undefined {
    return this.#connection.welcome?.connection;
  }

  /** The user that the token names, once it was live. */
  get user(): string | undefined {
    return this.#connection.welcome?.user;
  }

  /** Listens; what it gives takes the listener away. */
  on<N extends keyof ClientEvents>(name: N, listener: (event: ClientEvents[N]) => void): Off {
    return this.#events.on(name, listener);
  }

  /** Subscribes to a topic or filter, through all reconnects. */
  subscribe<N extends Name<Topics>>(
    topic: N,
    handler?: Handler<Topics[N]>,
    options?: SubscribeOptions,
  ): Subscription<Topics[N]>;
  subscribe<N extends Name<Topics>>(topic: N, options: SubscribeOptions): Subscription<Topics[N]>;
  subscribe<N extends Name<Topics>>(
    topic: N,
    second?: Handler<Topics[N]> | SubscribeOptions,
    third: SubscribeOptions = {},
  ): Subscription<Topics[N]> {
    this.#mustBeOpen();
    const isHandler = typeof second === "function";
    const { buffer, ...wish } = isHandler ? third : (second ?? third);
    const handler = isHandler ? second : undefined;
    const make = (entry: TopicEntry) =>
      new Subscription<Topics[N]>(entry, this.#home, handler, buffer);
    const subscription = this.#connection.topics.add(topic, given(wish), make);
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** Publishes; bytes as they are, anything else as JSON. */
  publish<N extends Name<Topics>>(
    topic: N,
    data: Topics[N] | Uint8Array,
    options: PublishOptions = {},
  ): Promise<Published> {
    const { event, key, idempotencyKey: idempotency_key, ttl, echo } = options;
    const fields = given({ event, key, idempotency_key, ttl, echo });
    return this.#ask({ type: "publish", topic, ...fields, ...contentOf(data) }, options);
  }

  /** Says something to a user, on all connections, or to one connection. */
  send(
    to: { user: string } | { connection: string },
    data: unknown,
    options: RequestOptions & { event?: string } = {},
  ): Promise<void> {
    const event = given({ event: options.event });
    return this.#ask({ type: "send", to, ...event, ...contentOf(data) }, options, () => undefined);
  }

  /** Calls a method of the application and gives its answer; bytes as `Uint8Array`. */
  call<Result = unknown>(
    method: string,
    data?: unknown,
    options?: RequestOptions,
  ): Promise<Result> {
    const pick = (ok: Ok) => (ok.binary ?? ok.data) as Result;
    return this.#ask({ type: "call", method, ...contentOf(data) }, options, pick);
  }

  /** Who is on a topic: a page, after the member of `after`. */
  presence(
    topic: Name<Topics>,
    options: RequestOptions & { limit?: number; after?: string } = {},
  ): Promise<PresencePage> {
    const { limit, after } = options;
    return this.#ask({ type: "presence", topic, ...given({ limit, after }) }, options);
  }

  /** Past publications: a page, which knows the next one. */
  history<N extends Name<Topics>>(
    topic: N,
    options: RequestOptions & HistoryQuestion = {},
  ): Promise<HistoryPage<Topics[N]>> {
    const { limit, before, after, timeout, signal } = options;
    const request = { type: "history", topic, ...given({ limit, before, after }) };
    return this.#ask(request, given({ timeout, signal }), (ok) => {
      return new HistoryPage<Topics[N]>(ok, options, (next) => this.history(topic, next));
    });
  }

  /** Changes what the client says about itself on a topic with presence; nothing takes it back. */
  setState(topic: Name<Topics>, state: unknown, options?: RequestOptions): Promise<void> {
    return this.#ask({ type: "state", topic, ...contentOf(state) }, options, () => undefined);
  }

  /** Tries again after `auth_failed` or `stopped`; `token` stands in for one that was refused. */
  start(token?: string): void {
    this.#mustBeOpen();
    if (token !== undefined) this.#connection.input({ in: "token", token });
    this.#connection.start();
  }

  /** Ends its subscriptions and requests, and the connection when nobody else uses it. */
  close(): void {
    if (this.#isClosed) return;
    const before = this.status;
    for (const subscription of [...this.#subscriptions]) subscription.unsubscribe();
    this.#connection.requests.drop(this);
    this.#connection.leave(this.#user);
    this.#isClosed = true;
    if (before.state !== "stopped") this.#onState(CLOSED, before);
    this.#events.clear();
  }

  #join(): void {
    if (this.#isClosed) return;
    const { status } = this.#connection;
    this.#connection.join(this.#user);
    if (isLive(status)) this.#onState(status, { state: "idle", cause: "application" });
  }

  #ask<T = Ok>(request: ClientMessage, options = NO_OPTIONS, pick?: (ok: Ok) => T): Promise<T> {
    if (this.#isClosed) return quiet(Promise.reject(closedError()));
    const timeout = options.timeout ?? this.#timeout;
    const limits = given({ timeout, signal: options.signal });
    const answer = this.#connection.requests.make(this, request, limits);
    return quiet(answer.then(pick ?? ((ok) => ok as T)));
  }

  #leave(subscription: Subscriber): void {
    this.#subscriptions.delete(subscription);
    this.#connection.topics.remove(subscription);
  }

  #onState(status: Status, before: Status): void {
    const { welcome } = this.#connection;
    this.#events.emit("state", status);
    if (isLive(status) && !isLive(before) && welcome !== undefined) {
      this.#events.emit("open", given({ connection: welcome.connection, user: welcome.user }));
    }
    if (!isLive(status) && isLive(before)) this.#events.emit("close", status);
  }

  #onEvent(event: AppEvent): void {
    if (event.type === "message") {
      this.#events.emit("message", event as Received);
    } else if (event.type === "error") {
      this.#onError(new WirehubError(event.code, event.message));
    } else if (event.type === "alert") {
      this.#onError(new WirehubError(event.cause, event.detail));
    }
  }

  #onThrow(thrown: unknown): void {
    this.#onError(new WirehubError("handler", `a handler threw: ${textOf(thrown)}`, false, thrown));
  }

  #onError(error: WirehubError): void {
    if (this.#events.hears("error")) return this.#events.emit("error", error);
    // biome-ignore lint/suspicious/noConsole: what nobody listens to must not be lost in silence.
    console.error(error);
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw closedError();
  }
}

function isLive({ state }: Status): boolean {
  return state === "live" || state === "standby";
}

function closedError(): WirehubError {
  return new WirehubError("stopped", "the client was closed");
}
