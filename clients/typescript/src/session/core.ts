/** The parts of a session, and how it says something. The verbs are in the files around it. */
import { Backoff } from "./backoff.js";
import { Credentials } from "./credentials.js";
import { Endpoints } from "./endpoints.js";
import type { AppEvent, Cause, Failure, Output, SessionOptions, State } from "./interface.js";
import type { Link } from "./link.js";
import type { ClientMessage, Message } from "./message.js";
import { Positions } from "./positions.js";
import { Requests } from "./requests.js";
import { Subscriptions } from "./subscriptions.js";
import { Transports } from "./transports.js";

/** When things are to be done; what is not due has no time. */
export const NOTHING_DUE = {
  /** The next attempt to connect. */
  retry: undefined as number | undefined,
  /** The move to another connection that the server asked for. */
  move: undefined as number | undefined,
  /** The preferred transport is tried again. */
  prefer: undefined as number | undefined,
  /** `/ping` of the endpoint that is in use. */
  ping: undefined as number | undefined,
  /** `/ping` of the preferred endpoint, while another one is in use. */
  primary: undefined as number | undefined,
};

export class Core {
  state: State = "idle";
  cause: Cause = "application";
  readonly outputs: Output[] = [];
  readonly links = new Map<number, Link>();
  /** The live connection. */
  main: Link | undefined;
  /** The one that is being made, to be the first or to take the place of the live one. */
  next: Link | undefined;
  readonly timers = { ...NOTHING_DUE };
  online = true;
  visible = true;
  /** A connection is to be opened as soon as there is a token. */
  awaitsToken = false;
  /** The endpoint whose WebSocket did not open, while `/ping` says why. */
  unreached: number | undefined;
  /** The server sent the session on, and it has not been stable since. */
  hasty = false;
  /** The server asked for a move that is not done. */
  mustMove = false;
  /** No attempt before that moment: the server said so. */
  notBefore = 0;
  /** What a lost connection put aside; it comes again unless the session is gone. */
  heldBack: Message[] = [];
  /** Answers in a row that made no sense, without a live connection between them. */
  nonsense = 0;
  failedPings = 0;
  goodPings = 0;
  lastLink = 0;

  readonly backoff: Backoff;
  /** Delays between attempts to move. */
  readonly moveBackoff: Backoff;
  readonly credentials: Credentials;
  readonly endpoints: Endpoints;
  readonly transports: Transports;
  readonly positions = new Positions();
  readonly subscriptions = new Subscriptions();
  readonly requests: Requests;

  constructor(
    readonly options: SessionOptions,
    readonly random: () => number,
  ) {
    this.backoff = new Backoff(options, random);
    this.moveBackoff = new Backoff({ ...options, maxReconnectAttempts: Infinity }, random);
    this.credentials = new Credentials(
      options.token,
      options.provider ?? false,
      options.tokenTimeout ?? 15_000,
    );
    this.endpoints = new Endpoints(options.endpoints ?? 1, options.endpointFailures ?? 3);
    this.transports = new Transports(options.transports ?? ["websocket"], options.remembered);
    this.requests = new Requests(options.idempotency);
  }

  /** No connection, and none to be had by waiting. */
  get isOver(): boolean {
    return this.state === "idle" || this.state === "stopped" || this.state === "auth_failed";
  }

  /** A live connection that is not about to be replaced. */
  get ready(): Link | undefined {
    return this.next?.stage === "welcomed" || this.next?.stage === "resuming"
      ? undefined
      : this.main;
  }

  /** Whether no attempt is made at the moment; the application is told why. */
  holdsBack(): boolean {
    const pauses = this.options.pauseWhenHidden ?? true;
    const hidden = !this.visible && pauses && this.main === undefined;
    if (this.online && !hidden) return false;
    this.timers.retry = undefined;
    this.tell("waiting", this.online ? "hidden" : "offline");
    return true;
  }

  say(output: Output): void {
    this.outputs.push(output);
  }

  send(link: Link, message: ClientMessage): void {
    this.say({ out: "send", link: link.number, message });
  }

  event(event: AppEvent): void {
    this.say({ out: "event", event });
  }

  fail(ticket: number, code: string, message: string, retry = false): void {
    this.answer(ticket, { code, message, retry });
  }

  answer(ticket: number, error: Failure): void {
    this.say({ out: "answer", ticket, error });
  }

  /** Tells the application where things stand, when that is news. */
  tell(
    state: State,
    cause: Cause,
    more: { detail?: string; attempt?: number; retryIn?: number } = {},
  ): void {
    if (this.state === state && this.cause === cause && more.retryIn === undefined) return;
    this.state = state;
    this.cause = cause;
    this.say({ out: "state", state, cause, ...more });
  }

  /** Closes a connection and hears nothing more of it. */
  drop(link: Link, code: number, reason: string): void {
    this.say({ out: "close", link: link.number, code, reason });
    this.remove(link);
  }

  remove(link: Link): void {
    this.links.delete(link.number);
    if (this.main === link) this.main = undefined;
    if (this.next === link) this.next = undefined;
  }

  /** It is over, until somebody starts it again. */
  finish(state: "stopped" | "auth_failed", cause: Cause, detail?: string): void {
    for (const link of [...this.links.values()]) this.drop(link, 1000, "");
    Object.assign(this.timers, NOTHING_DUE);
    this.credentials.deadline = undefined;
    this.credentials.renewAt = undefined;
    this.awaitsToken = false;
    this.unreached = undefined;
    this.positions.session = undefined;
    this.heldBack = [];
    for (const { ticket } of this.requests.takeAll()) {
      this.fail(ticket, "stopped", "the client has stopped");
    }
    if (cause !== "application") {
      this.event({ type: "alert", cause, detail: detail ?? cause });
    }
    this.tell(state, cause, detail === undefined ? {} : { detail });
  }
}
