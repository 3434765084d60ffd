import type { AnswerOutput } from "./driver/driver.js";
import { WirehubError } from "./error.js";
import type { RequestOptions } from "./options.js";
import type { Input } from "./session/interface.js";
import type { ClientMessage } from "./session/message.js";

/** The fields of an `ok`. */
export type Ok = Record<string, unknown>;

interface Waiting {
  owner: object;
  resolve(ok: Ok): void;
  reject(error: WirehubError): void;
  /** Listens to the signal no longer. */
  release(): void;
}

/** Requests that may wait for their answers, sent or not. */
const WAITING_MAX = 10_000;

/** The promises of requests by their tickets. */
export class Requests {
  readonly #input: (input: Input) => void;
  readonly #waiting = new Map<number, Waiting>();
  #ticket = 0;

  constructor(input: (input: Input) => void) {
    this.#input = input;
  }

  /** Makes a request and gives what its answer says. */
  make(owner: object, request: ClientMessage, options: RequestOptions): Promise<Ok> {
    this.#ticket += 1;
    const ticket = this.#ticket;
    const { timeout, signal } = options;
    return quiet(
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(cancelled(signal));
        if (this.#waiting.size >= WAITING_MAX) {
          const text = `${WAITING_MAX} requests wait for their answers`;
          return reject(new WirehubError("queue_full", text, true));
        }
        const cancel = () => {
          this.#take(ticket)?.reject(cancelled(signal));
          this.#input({ in: "cancel", ticket });
        };
        const release = () => signal?.removeEventListener("abort", cancel);
        signal?.addEventListener("abort", cancel);
        this.#waiting.set(ticket, { owner, resolve, reject, release });
        const limit = timeout === undefined ? {} : { timeout };
        this.#input({ in: "request", ticket, request, ...limit });
      }),
    );
  }

  /** The session answers. */
  answer({ ticket, ok, error }: AnswerOutput): void {
    const waiting = this.#take(ticket);
    if (error === undefined) waiting?.resolve(ok ?? {});
    else waiting?.reject(WirehubError.from(error));
  }

  /** Gives up what somebody who leaves still waits for. */
  drop(owner: object): void {
    for (const [ticket, waiting] of [...this.#waiting]) {
      if (waiting.owner !== owner) continue;
      this.#take(ticket)?.reject(new WirehubError("stopped", "the client was closed"));
      this.#input({ in: "cancel", ticket });
    }
  }

  #take(ticket: number): Waiting | undefined {
    const waiting = this.#waiting.get(ticket);
    this.#waiting.delete(ticket);
    waiting?.release();
    return waiting;
  }
}

function cancelled(signal: AbortSignal | undefined): WirehubError {
  return new WirehubError("cancelled", "the request was cancelled", false, signal?.reason);
}

/** A promise that nobody has to look at: when it rejects unseen, that is not the program's end. */
export function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
