import { WirehubError } from "./error.js";
import type { Received } from "./message.js";
import type { AppEvent, Input } from "./session/interface.js";
import type { Message, SubscribeOptions } from "./session/message.js";
import { type Subscriber, TopicEntry } from "./topic_entry.js";
import { isFilter, matches } from "./topic_filter.js";

type TopicEvent = Extract<AppEvent, { topic: string }>;

/** All that is subscribed over one connection. */
export class Topics {
  readonly #input: (input: Input) => void;
  readonly #entries = new Map<string, TopicEntry>();
  /** Those with wildcards, which every message has to be held against. */
  readonly #filters = new Set<TopicEntry>();

  constructor(input: (input: Input) => void) {
    this.#input = input;
  }

  /** Adds a subscription, which `make` makes; the first one of a topic asks the server. */
  add<S extends Subscriber>(
    topic: string,
    wish: SubscribeOptions,
    make: (entry: TopicEntry) => S,
  ): S {
    const found = this.#entries.get(topic);
    const entry = found ?? new TopicEntry(topic, wish);
    const isNews = found === undefined || found.join(wish);
    const subscription = make(entry);
    entry.subscriptions.add(subscription);
    if (found === undefined) this.#enter(entry);
    if (isNews) this.#ask(entry, found !== undefined);
    else if (entry.standing !== undefined) this.#catchUp(entry, subscription);
    return subscription;
  }

  /** Takes one away; the last one of a topic tells the server. */
  remove(subscription: Subscriber): void {
    const entry = this.#entries.get(subscription.topic);
    if (!entry?.subscriptions.delete(subscription) || entry.subscriptions.size > 0) return;
    this.#forget(entry);
    this.#input({ in: "unsubscribe", topic: entry.topic });
  }

  /** Passes on what came. */
  tell(event: AppEvent): void {
    if (event.type === "message") return this.#deliver(event);
    if (!("topic" in event)) return;
    const entry = this.#entries.get(event.topic);
    if (entry !== undefined) tellOf(entry, event, () => this.#forget(entry));
  }

  /** The connection is given up: loops would wait for ever. */
  endLoops(error: WirehubError): void {
    for (const entry of this.#entries.values()) {
      for (const subscription of entry.subscriptions) subscription.endLoops(error);
    }
  }

  #deliver(message: Message): void {
    if (message.topic === undefined) return;
    const exact = this.#entries.get(message.topic);
    const received = message as Received;
    if (exact !== undefined) {
      exact.count(message);
      for (const subscription of [...exact.subscriptions]) subscription.take(received);
    }
    for (const entry of [...this.#filters]) {
      if (!matches(entry.topic, message.topic)) continue;
      for (const subscription of [...entry.subscriptions]) subscription.take(received);
    }
  }

  /** Somebody comes to what stands already. Told a moment later, when listeners are there. */
  #catchUp(entry: TopicEntry, subscription: Subscriber): void {
    queueMicrotask(() => {
      const { standing, members } = entry;
      if (standing === undefined) return;
      const { presence } = standing;
      const now = presence && { presence: { ...presence, members: [...members.values()] } };
      subscription.begin({ ...standing, ...now });
    });
  }

  #ask(entry: TopicEntry, isAnew: boolean): void {
    const { topic, position } = entry;
    if (isAnew) this.#input({ in: "unsubscribe", topic });
    const since = isAnew && position !== undefined ? { since: position } : {};
    this.#input({ in: "subscribe", topic, options: { ...entry.wish, ...since } });
  }

  #enter(entry: TopicEntry): void {
    this.#entries.set(entry.topic, entry);
    if (isFilter(entry.topic)) this.#filters.add(entry);
  }

  #forget(entry: TopicEntry): void {
    this.#entries.delete(entry.topic);
    this.#filters.delete(entry);
  }
}

function tellOf(entry: TopicEntry, event: Exclude<TopicEvent, Message>, forget: () => void): void {
  const all = [...entry.subscriptions];
  switch (event.type) {
    case "subscribed":
      entry.begin(event);
      for (const subscription of all) subscription.begin(event);
      return;
    case "unsubscribed": {
      forget();
      const error = new WirehubError(event.reason, event.message ?? event.reason);
      for (const subscription of all) subscription.finish(error, true);
      return;
    }
    case "joined":
    case "changed":
    case "left":
      entry.change(event.type, event.member, event.was);
      for (const subscription of all) subscription.tell(event.type, event);
      return;
    default:
      for (const subscription of all) subscription.tell(event.type, event);
  }
}
