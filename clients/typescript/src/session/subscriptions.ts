/** What the application wants to hear, whatever happens to its connections. */
import type { SubscribeOptions } from "./message.js";

const AGAIN = 1_000;
const AGAIN_MOST = 30_000;

export interface Subscription {
  topic: string;
  options: SubscribeOptions;
  /** `wanted`: to be asked for; `asked`: not answered; `live`: the session has it. */
  state: "wanted" | "asked" | "live";
  /** The token asks for it, not the application. */
  granted: boolean;
  /** Times in a row that the server had no room for it. */
  refusals: number;
  /** When to ask again. */
  retryAt: number | undefined;
}

export class Subscriptions {
  readonly #all = new Map<string, Subscription>();
  /** What the session may still have and nobody wants. */
  readonly #ended = new Set<string>();

  get(topic: string): Subscription | undefined {
    return this.#all.get(topic);
  }

  add(topic: string, options: SubscribeOptions, granted = false): Subscription {
    const subscription: Subscription = {
      topic,
      options,
      state: granted ? "live" : "wanted",
      granted,
      refusals: 0,
      retryAt: undefined,
    };
    this.#all.set(topic, subscription);
    return subscription;
  }

  /** Nobody wants it any more. */
  remove(topic: string): Subscription | undefined {
    const subscription = this.#all.get(topic);
    this.#all.delete(topic);
    return subscription;
  }

  /** It could not be said that it ended: the session may come back with it. */
  endLater(topic: string): void {
    this.#ended.add(topic);
  }

  /** Those to be ended now that the session is back. */
  takeEnded(): string[] {
    const ended = [...this.#ended];
    this.#ended.clear();
    return ended;
  }

  /** Those to be asked for now. After a resume the session says itself what it has. */
  takeWanted(resumed: boolean): Subscription[] {
    const wanted = [...this.#all.values()].filter((one) =>
      resumed ? one.state !== "live" : !one.granted,
    );
    for (const one of wanted) {
      one.state = "asked";
      one.retryAt = undefined;
    }
    return wanted;
  }

  /** Those that were never asked for. */
  takeNew(): Subscription[] {
    const all = [...this.#all.values()];
    return all.filter((one) => one.state === "wanted" && one.retryAt === undefined);
  }

  /** The server has no room for it at the moment. */
  later(now: number, one: Subscription, random: () => number): void {
    one.state = "wanted";
    one.retryAt = now + random() * Math.min(AGAIN_MOST, AGAIN * 2 ** one.refusals);
    one.refusals += 1;
  }

  /** Those that waited long enough. */
  takeDue(now: number): Subscription[] {
    const due = [...this.#all.values()].filter((one) => (one.retryAt ?? Infinity) <= now);
    for (const one of due) {
      one.state = "asked";
      one.retryAt = undefined;
    }
    return due;
  }

  get due(): number {
    let due = Infinity;
    for (const { retryAt } of this.#all.values()) due = Math.min(due, retryAt ?? Infinity);
    return due;
  }
}
