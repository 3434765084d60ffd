import { Emitter, guard, type Off } from "./emitter.js";
import { WirehubError } from "./error.js";
import { Inbox } from "./inbox.js";
import type { Occupancy, PresenceChange, Received, Subscribed } from "./message.js";
import { quiet } from "./requests.js";
import type { Member, SubscribeOptions as Wish } from "./session/message.js";
import type { Subscriber, TopicEntry } from "./topic_entry.js";

/** What a subscription asks for besides its topic. */
export interface SubscribeOptions extends Wish {
  /** How many messages wait for a `for await` loop at most; 1000 when absent. */
  buffer?: number;
}

/** What a subscription tells. */
export interface SubscriptionEvents<T> {
  message: Received<T>;
  /** It is one, at first and again after every reconnect. */
  subscribed: Subscribed;
  /** It has ended without the application having asked. */
  unsubscribed: WirehubError;
  /** Something may be missing between what was received and what follows. */
  gap: { topic: string; reason?: string };
  joined: PresenceChange;
  changed: PresenceChange;
  left: PresenceChange;
  occupancy: Occupancy;
}

/** What a subscription needs of the client it belongs to. */
export interface SubscriptionHome {
  leave(subscription: Subscriber): void;
  setState(topic: string, state: unknown): Promise<void>;
  /** Code of the application threw. */
  onThrow(thrown: unknown): void;
}

const BUFFER = 1000;

/** A subscription, which lives on through reconnects until it is ended. */
export class Subscription<T = unknown> implements AsyncIterable<Received<T>>, Subscriber {
  /** The topic or filter. */
  readonly topic: string;
  /** Resolves when the server has it for the first time; rejects when it is refused. */
  readonly ready: Promise<Subscribed>;
  readonly #entry: TopicEntry;
  readonly #home: SubscriptionHome;
  readonly #handler: ((message: Received<T>) => unknown) | undefined;
  readonly #limit: number;
  readonly #events: Emitter<SubscriptionEvents<T>>;
  readonly #inboxes = new Set<Inbox<Received<T>>>();
  /** What came before a loop began to take it; only without a handler. */
  #early: Inbox<Received<T>> | undefined;
  #settle: { resolve(value: Subscribed): void; reject(error: WirehubError): void } | undefined;
  #isOver = false;

  /** Made by `Client.subscribe`. */
  constructor(
    entry: TopicEntry,
    home: SubscriptionHome,
    handler: ((message: Received<T>) => unknown) | undefined,
    buffer = BUFFER,
  ) {
    this.topic = entry.topic;
    this.#entry = entry;
    this.#home = home;
    this.#handler = handler;
    this.#limit = buffer;
    this.#events = new Emitter((thrown) => home.onThrow(thrown));
    this.ready = quiet(
      new Promise((resolve, reject) => {
        this.#settle = { resolve, reject };
      }),
    );
    if (handler === undefined) this.#early = this.#inbox();
  }

  /** Who is on the topic, kept up to date; empty without `presence`. */
  get members(): ReadonlyMap<string, Member> {
    return this.#entry.members;
  }

  on<N extends keyof SubscriptionEvents<T>>(
    name: N,
    listener: (event: SubscriptionEvents<T>[N]) => void,
  ): Off {
    return this.#events.on(name, listener);
  }

  /** Changes what the client says about itself here; for subscriptions with presence. */
  setState(state: unknown): Promise<void> {
    return this.#home.setState(this.topic, state);
  }

  /** Ends it. Loops over it end too. */
  unsubscribe(): void {
    if (this.#isOver) return;
    this.#home.leave(this);
    this.finish(new WirehubError("stopped", "the subscription was ended"), false);
  }

  /**
   * The messages, for `for await`.
   *
   * Without a handler the first loop gets everything since `subscribe`. A loop that falls further
   * behind than `buffer` ends with `slow_consumer`. Leaving a loop does not end the subscription.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<Received<T>, undefined> {
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) return early;
    const inbox = this.#inbox();
    if (this.#isOver) inbox.end();
    return inbox;
  }

  /** A message came. */
  take(message: Received<T>): void {
    if (this.#isOver) return;
    const handler = this.#handler;
    if (handler !== undefined)
      guard(
        () => handler(message),
        (thrown) => this.#home.onThrow(thrown),
      );
    this.#events.emit("message", message);
    for (const inbox of [...this.#inboxes]) inbox.put(message);
  }

  /** The server has it. */
  begin(subscribed: Subscribed): void {
    if (this.#isOver) return;
    this.#settle?.resolve(subscribed);
    this.#events.emit("subscribed", subscribed);
  }

  /** Anything else that subscriptions tell. */
  tell<N extends keyof SubscriptionEvents<T>>(name: N, event: SubscriptionEvents<T>[N]): void {
    if (!this.#isOver) this.#events.emit(name, event);
  }

  /** Ends loops, as when the connection is given up; with `error` they throw it. */
  endLoops(error?: WirehubError): void {
    for (const inbox of this.#inboxes) inbox.end(error);
    this.#inboxes.clear();
  }

  /** It is over; `isLoud` when the application did not ask for it. */
  finish(error: WirehubError, isLoud: boolean): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settle?.reject(error);
    if (isLoud) this.#events.emit("unsubscribed", error);
    this.endLoops(isLoud ? error : undefined);
  }

  #inbox(): Inbox<Received<T>> {
    const inbox: Inbox<Received<T>> = new Inbox(this.#limit, () => this.#inboxes.delete(inbox));
    this.#inboxes.add(inbox);
    return inbox;
  }
}
