import type { Endpoint } from "../endpoint.js";
import type { AppEvent, Input, Output, TransportName } from "../session/interface.js";
import type { Link, Platform, Transport } from "../transport/transport.js";
import type { Credentials } from "./credentials.js";
import { Links } from "./links.js";
import type { Machine } from "./machine.js";
import type { Memory } from "./memory.js";
import { ping } from "./ping.js";

/** `setTimeout` takes no more; what is due later is looked at again. */
const TIMER_MAX = 2 ** 31 - 1;

export type StateOutput = Extract<Output, { out: "state" }>;
export type AnswerOutput = Extract<Output, { out: "answer" }>;

/** Who is told what the session gives to the application. */
export interface Audience {
  state(state: StateOutput): void;
  event(event: AppEvent): void;
  answer(answer: AnswerOutput): void;
  /** A connection was let in. */
  welcome(welcome: { connection: string; user?: string }): void;
}

/** What a driver needs around it. */
export interface DriverParts {
  machine: Machine;
  endpoints: readonly Endpoint[];
  transports: Readonly<Record<TransportName, Transport>>;
  platform: Platform;
  credentials: Credentials;
  memory: Memory;
  audience: Audience;
}

/** Everything around the session that has effects: links, the timer, `/ping`, tokens, memory. */
export class Driver {
  readonly #parts: DriverParts;
  readonly #links: Links;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #ringsAt = 0;
  #isDraining = false;
  #isArming = false;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.#links = new Links((input) => this.input(input), parts.audience);
  }

  /** Gives the session something and does what it asks for. */
  input(input: Input): void {
    this.#parts.machine.handle(performance.now(), input);
    this.#drain();
  }

  #drain(): void {
    // What is done below may bring the next input; its outputs come after those that wait already.
    if (this.#isDraining) return;
    this.#isDraining = true;
    try {
      for (;;) {
        const output = this.#parts.machine.pollOutput();
        if (output === undefined) break;
        this.#do(output);
      }
    } finally {
      this.#isDraining = false;
    }
    // Once for all that happens in one turn: a burst of requests asks the session but once.
    if (this.#isArming) return;
    this.#isArming = true;
    // A promise costs Node less than `queueMicrotask`.
    Promise.resolve().then(() => this.#arm());
  }

  #arm(): void {
    this.#isArming = false;
    const due = this.#parts.machine.pollTimeout() ?? null;
    if (due === null) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      return;
    }
    // Every message puts the heartbeat off: a timer that comes too early costs less than one anew.
    if (this.#timer !== undefined && this.#ringsAt <= due) return;
    clearTimeout(this.#timer);
    const now = performance.now();
    const delay = Math.min(Math.max(0, Math.ceil(due - now)), TIMER_MAX);
    this.#ringsAt = now + delay;
    this.#timer = setTimeout(() => this.#ring(), delay);
  }

  #ring(): void {
    this.#timer = undefined;
    const now = performance.now();
    const due = this.#parts.machine.pollTimeout() ?? Number.POSITIVE_INFINITY;
    if (due <= now) this.#parts.machine.handleTimeout(now);
    this.#drain();
  }

  #do(output: Output): void {
    const { audience, credentials, memory } = this.#parts;
    switch (output.out) {
      case "open":
        return this.#links.add(output.link, this.#open(output));
      case "send":
        return this.#links.send(output.link, output.message);
      case "close":
        return this.#links.close(output.link, output.code, output.reason);
      case "token":
        return credentials.ask(output.because, (input) => this.input(input));
      case "ping":
        return this.#ping(output.endpoint);
      case "remember":
        return memory.write(output.transport);
      case "state":
        return audience.state(output);
      case "event":
        return audience.event(output.event);
      case "answer":
        return audience.answer(output);
    }
  }

  #open({ link, endpoint, transport }: Extract<Output, { out: "open" }>): Link | undefined {
    const { endpoints, transports, platform } = this.#parts;
    const address = endpoints[endpoint];
    if (address === undefined) return undefined;
    return transports[transport](address, platform, this.#links.eventsOf(link));
  }

  #ping(endpoint: number): void {
    const address = this.#parts.endpoints[endpoint];
    if (address === undefined) return;
    ping(address, this.#parts.platform).then((status) =>
      this.input({ in: "pinged", endpoint, status }),
    );
  }
}
