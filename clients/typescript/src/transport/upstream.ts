import type { Ending, Platform } from "./transport.js";
import { retryAfterOf } from "./transport.js";

/** How much is gathered in one POST; a single message may be longer. */
const GATHERED_BYTES = 16_384;
/** The first delay before a POST is sent again; it doubles up to the last one. */
const RETRY_FIRST = 250;
const RETRY_LAST = 5_000;
/** The longest that a server may ask to wait; past it the stream would be lost anyway. */
const RETRY_AFTER_MAX = 30;
/** How long one POST may take. */
const POST_TIMEOUT = 10_000;

/**
 * What the client says where only the stream down stays open: numbered POSTs, one at a time.
 *
 * One whose answer is lost is sent again with its number, so that it counts once.
 */
export class Upstream {
  readonly #url: string;
  readonly #platform: Platform;
  readonly #onLost: (ending: Ending) => void;
  #waiting: string[] = [];
  #sequence = 1;
  #isPoked = false;
  #isBusy = false;
  #isOver = false;
  #whenIdle: (() => void) | undefined;
  #wake: (() => void) | undefined;

  constructor(url: string, platform: Platform, onLost: (ending: Ending) => void) {
    this.#url = url;
    this.#platform = platform;
    this.#onLost = onLost;
  }

  /** Says one line. */
  say(line: string): void {
    this.#waiting.push(line);
    this.#pump();
  }

  /** A sign of life, when there is nothing to say. */
  poke(): void {
    this.#isPoked = true;
    this.#pump();
  }

  /** Says the last line and calls back once it was said, or given up. */
  finish(line: string, then: () => void): void {
    this.#whenIdle = then;
    this.say(line);
  }

  /** Says nothing more. */
  stop(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#wake?.();
  }

  #pump(): void {
    if (this.#isBusy || this.#isOver) return;
    if (this.#waiting.length === 0 && !this.#isPoked) return this.#whenIdle?.();
    this.#isBusy = true;
    this.#isPoked = false;
    this.#deliver(this.#gather()).then(
      (ending) => {
        this.#isBusy = false;
        if (this.#isOver) return;
        if (ending === undefined) return this.#pump();
        this.stop();
        this.#whenIdle?.();
        this.#onLost(ending);
      },
      // `deliver` catches what requests throw; this is for a platform that breaks its word.
      () => this.#onLost({ code: 1006 }),
    );
  }

  #gather(): string {
    let body = "";
    while (this.#waiting[0] !== undefined) {
      const line = this.#waiting[0];
      if (body !== "" && body.length + line.length > GATHERED_BYTES) break;
      body += `${line}\n`;
      this.#waiting.shift();
    }
    return body;
  }

  /** Sends one body until it was taken; what it gives is why it never will be. */
  async #deliver(body: string): Promise<Ending | undefined> {
    const url = `${this.#url}${this.#url.includes("?") ? "&" : "?"}seq=${this.#sequence}`;
    for (let delay = RETRY_FIRST; !this.#isOver; delay = Math.min(delay * 2, RETRY_LAST)) {
      const answer = await this.#post(url, body);
      if (answer?.status === 204) {
        this.#sequence += 1;
        return undefined;
      }
      if (answer !== undefined && !mayTryAgain(answer.status)) return endingOf(answer.status);
      const { retryAfter = 0 } = retryAfterOf(answer?.headers.get("retry-after"));
      await this.#pause(Math.max(delay, Math.min(retryAfter, RETRY_AFTER_MAX) * 1000));
    }
    return undefined;
  }

  /** Waits, unless it is stopped. */
  #pause(delay: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, delay);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** One request; nothing when there was no answer. */
  async #post(url: string, body: string): Promise<Response | undefined> {
    try {
      // As text a browser sends it without asking first. The last words of a page outlive it.
      return await this.#platform.fetch(url, {
        method: "POST",
        body,
        headers: { "content-type": "text/plain" },
        credentials: this.#platform.credentials,
        keepalive: this.#whenIdle !== undefined,
        signal: AbortSignal.timeout(POST_TIMEOUT),
      });
    } catch {
      return undefined;
    }
  }
}

function mayTryAgain(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function endingOf(status: number): Ending {
  // As a WebSocket ends whose client says too much at once.
  if (status === 413) return { code: 1009, reason: "too_large" };
  // The stream is unknown, or out of step: lost, and a new one will do.
  if (status === 404 || status === 409) return { code: 1006 };
  return { code: 1006, status };
}
