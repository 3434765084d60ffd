import { WirehubError } from "./error.js";

interface Taker<T> {
  resolve(result: IteratorResult<T, undefined>): void;
  reject(error: WirehubError): void;
}

/** Messages between the connection, which does not wait, and a loop that takes its time. */
export class Inbox<T> implements AsyncIterableIterator<T, undefined> {
  readonly #limit: number;
  readonly #onLeave: () => void;
  #messages: T[] = [];
  #takers: Taker<T>[] = [];
  #end: { error?: WirehubError } | undefined;

  /** Holds at most `limit` messages. `onLeave` is called when the loop is left. */
  constructor(limit: number, onLeave: () => void) {
    this.#limit = limit;
    this.#onLeave = onLeave;
  }

  put(message: T): void {
    if (this.#end !== undefined) return;
    const taker = this.#takers.shift();
    if (taker !== undefined) return taker.resolve({ done: false, value: message });
    if (this.#messages.length < this.#limit) {
      this.#messages.push(message);
      return;
    }
    // Leaving one out in silence would look like a stream without a gap.
    const text = `more than ${this.#limit} messages waited for a loop that is too slow`;
    this.end(new WirehubError("slow_consumer", text));
  }

  /** Nothing more comes; what waits can still be taken. */
  end(error?: WirehubError): void {
    if (this.#end !== undefined) return;
    this.#end = error === undefined ? {} : { error };
    const [first, ...others] = this.#takers;
    this.#takers = [];
    if (first !== undefined) this.#finish(first);
    for (const taker of others) taker.resolve({ done: true, value: undefined });
  }

  next(): Promise<IteratorResult<T, undefined>> {
    return new Promise((resolve, reject) => {
      const taker = { resolve, reject };
      const message = this.#messages.shift();
      if (message !== undefined) resolve({ done: false, value: message });
      else if (this.#end !== undefined) this.#finish(taker);
      else this.#takers.push(taker);
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    this.#messages = [];
    this.end();
    this.#onLeave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The error is told once, as iterators do. */
  #finish(taker: Taker<T>): void {
    const error = this.#end?.error;
    this.#end = {};
    if (error === undefined) taker.resolve({ done: true, value: undefined });
    else taker.reject(error);
  }
}
