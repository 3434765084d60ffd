/**
 * The client's side of a session: everything that is decided, and nothing that is done. It knows
 * no socket, no clock and no page; what happens comes in, what is to be done comes out. The same
 * session is written in Rust, and the transcripts in `clients/transcripts` hold both to it.
 */
import { askFor, cancel, request, subscribe, unsubscribe } from "./asking.js";
import {
  askForToken,
  closed,
  connect,
  garbage,
  giveUp,
  gotToken,
  move,
  moveOver,
  opened,
  pinged,
  roused,
  settle,
} from "./connecting.js";
import { Core } from "./core.js";
import { hear, nextPrimary } from "./hearing.js";
import type { Input, Output, SessionOptions, State } from "./interface.js";
import type { Link } from "./link.js";

export class Session {
  readonly #core: Core;

  /** `random` gives numbers from 0 to 1, without the 1. */
  constructor(options: SessionOptions, random: () => number) {
    this.#core = new Core(options, random);
  }

  get state(): State {
    return this.#core.state;
  }

  /** Something happened. `now` is in milliseconds, on a clock that does not jump. */
  handle(now: number, input: Input): void {
    const core = this.#core;
    if ("link" in input) {
      // A connection that was given up says nothing any more.
      const link = core.links.get(input.link);
      if (link !== undefined) this.#transport(now, input, link);
      return;
    }
    switch (input.in) {
      case "start":
        if (!core.isOver) return;
        core.backoff.reset();
        core.nonsense = 0;
        core.cause = "application";
        connect(core, now);
        return;
      case "stop":
        if (core.state !== "stopped") core.finish("stopped", "application");
        return;
      case "online":
      case "visible":
        if (core[input.in] === input.value) return;
        core[input.in] = input.value;
        // The network may be another one by now, and the connection a thing of the past.
        if (core.main !== undefined && input.value) this.#probe(now, core.main);
        roused(core, now);
        return;
      case "token":
        gotToken(core, now, input.token, input.error);
        return;
      case "pinged":
        pinged(core, now, input.endpoint, input.status);
        return;
      case "request":
        request(core, now, input);
        return;
      case "cancel":
        cancel(core, now, input.ticket);
        return;
      case "subscribe":
        subscribe(core, input);
        return;
      case "unsubscribe":
        unsubscribe(core, input.topic);
    }
  }

  #transport(now: number, input: Extract<Input, { link: number }>, link: Link): void {
    const core = this.#core;
    switch (input.in) {
      case "opened":
        if (link.stage === "opening") opened(core, now, link);
        return;
      case "activity":
        link.heartbeat?.heard(now);
        return;
      case "message":
        hear(core, now, link, input.message);
        return;
      case "garbage":
        garbage(core, now, link, input.error);
        return;
      case "closed":
        closed(core, now, input, link);
    }
  }

  /** The next thing to be done, in order. */
  pollOutput(): Output | undefined {
    return this.#core.outputs.shift();
  }

  /** When `handleTimeout` is to be called, if nothing happens before. */
  pollTimeout(): number | undefined {
    const { timers, credentials, links, requests, subscriptions } = this.#core;
    // Asked after every message, so nothing is made on the way.
    let due = Math.min(
      credentials.deadline ?? Infinity,
      credentials.renewAt ?? Infinity,
      requests.due,
      this.#core.ready === undefined ? Infinity : subscriptions.due,
      timers.retry ?? Infinity,
      timers.move ?? Infinity,
      timers.prefer ?? Infinity,
      timers.ping ?? Infinity,
      timers.primary ?? Infinity,
    );
    for (const { deadline, heartbeat } of links.values()) {
      due = Math.min(due, deadline ?? heartbeat?.due ?? Infinity);
    }
    return due === Infinity ? undefined : due;
  }

  /** Time passed. */
  handleTimeout(now: number): void {
    const core = this.#core;
    for (const { ticket } of core.requests.takeDue(now)) {
      core.fail(ticket, "timeout", "no answer in time", true);
    }
    moveOver(core, now);
    for (const link of [...core.links.values()]) this.#look(now, link);
    this.#credentials(now);
    this.#timers(now);
    if (core.ready !== undefined) {
      for (const wanted of core.subscriptions.takeDue(now)) askFor(core, core.ready, wanted);
    }
  }

  /** Looks after a connection. */
  #look(now: number, link: Link): void {
    const core = this.#core;
    if (!core.links.has(link.number)) return;
    if (link.deadline !== undefined) {
      if (link.deadline > now || link.stage === "welcomed") return;
      const detail = "the server did not answer in time";
      giveUp(core, now, link, { how: "again", cause: "network", detail });
      return;
    }
    const check = link.heartbeat?.check(now);
    if (check === "ping") this.#probe(now, link);
    else if (check === "dead") {
      const detail = "the server gave no sign of life";
      giveUp(core, now, link, { how: "again", cause: "heartbeat", detail });
    }
  }

  #probe(now: number, link: Link): void {
    link.heartbeat?.asked(now);
    this.#core.send(link, { type: "ping" });
  }

  #credentials(now: number): void {
    const { credentials } = this.#core;
    if ((credentials.deadline ?? Infinity) <= now) {
      gotToken(this.#core, now, undefined, "the token provider did not answer in time");
    }
    if ((credentials.renewAt ?? Infinity) <= now) {
      credentials.renewAt = undefined;
      askForToken(this.#core, now, "expiring");
    }
  }

  #timers(now: number): void {
    const core = this.#core;
    const { timers } = core;
    const due = (at: number | undefined): boolean => (at ?? Infinity) <= now;
    if (due(timers.retry)) connect(core, now);
    if (due(timers.move)) {
      timers.move = undefined;
      move(core, now, core.endpoints.current, core.transports.current);
    }
    if (due(timers.prefer)) {
      timers.prefer = undefined;
      move(core, now, core.endpoints.current, core.transports.order[0] ?? "websocket");
    }
    if (due(timers.ping) && core.main !== undefined) {
      timers.ping = now + (core.options.pingInterval ?? Infinity);
      core.say({ out: "ping", endpoint: core.main.endpoint });
    }
    if (due(timers.primary)) {
      timers.primary = nextPrimary(core, now);
      core.say({ out: "ping", endpoint: 0 });
    }
    if (core.main !== undefined) settle(core, now, core.main);
  }
}
