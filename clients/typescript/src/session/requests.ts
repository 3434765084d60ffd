/** What the application asks, until it is answered. */
import type { ClientMessage } from "./message.js";

/** Requests that may wait for a connection. */
const QUEUE = 1_000;
const TIMEOUT = 10_000;
const CALL_TIMEOUT = 30_000;

export interface Request {
  ticket: number;
  message: ClientMessage;
  deadline: number;
  /** The link it was sent on; nothing while it waits. */
  link: number | undefined;
}

export class Requests {
  readonly #all = new Map<number, Request>();
  #named = 0;

  constructor(readonly idempotency: string | undefined) {}

  /** Takes a request in; nothing when there is no room. Publications get a name, so that they can be said again. */
  add(
    now: number,
    ticket: number,
    message: ClientMessage,
    timeout: number | undefined,
    queued: boolean,
  ): Request | undefined {
    if (queued && this.waiting().length >= QUEUE) return undefined;
    const patience = timeout ?? (message.type === "call" ? CALL_TIMEOUT : TIMEOUT);
    const named = this.#name(message);
    const request = { ticket, message: named, deadline: now + patience, link: undefined };
    this.#all.set(ticket, request);
    return request;
  }

  #name(message: ClientMessage): ClientMessage {
    const name = this.idempotency;
    if (message.type !== "publish" || message.idempotency_key !== undefined) return message;
    if (name === undefined) return message;
    return { ...message, idempotency_key: `${name}-${++this.#named}` };
  }

  /** Those that wait for a connection, in their order. */
  waiting(): Request[] {
    return [...this.#all.values()].filter((one) => one.link === undefined);
  }

  /** Whether a link owes answers. */
  isOwed(link: number): boolean {
    return [...this.#all.values()].some((one) => one.link === link);
  }

  take(ticket: number): Request | undefined {
    const request = this.#all.get(ticket);
    this.#all.delete(ticket);
    return request;
  }

  /** A link is gone. What can be said again waits for the next one; returns the rest. */
  lost(link: number): Request[] {
    const sent = [...this.#all.values()].filter((one) => one.link === link);
    return sent.filter((one) => {
      one.link = undefined;
      return one.message.idempotency_key === undefined && this.#all.delete(one.ticket);
    });
  }

  takeDue(now: number): Request[] {
    const due = [...this.#all.values()].filter((one) => one.deadline <= now);
    return due.filter((one) => this.#all.delete(one.ticket));
  }

  takeAll(): Request[] {
    const all = [...this.#all.values()];
    this.#all.clear();
    return all;
  }

  get due(): number {
    let due = Infinity;
    for (const { deadline } of this.#all.values()) due = Math.min(due, deadline);
    return due;
  }
}
