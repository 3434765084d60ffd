/** What the application asks, and what it hears of it. */

import { moveOver } from "./connecting.js";
import type { Core } from "./core.js";
import type { Input } from "./interface.js";
import type { Link } from "./link.js";
import type { ClientMessage } from "./message.js";
import type { Request } from "./requests.js";
import type { Subscription } from "./subscriptions.js";
import { hasWildcards } from "./topics.js";

/** The application asks for something. */
export function request(core: Core, now: number, input: Extract<Input, { in: "request" }>): void {
  const { ticket, timeout } = input;
  if (core.state === "stopped" || core.state === "auth_failed") {
    core.fail(ticket, "stopped", "the client has stopped");
    return;
  }
  const link = core.ready;
  const asked = core.requests.add(now, ticket, input.request, timeout, link === undefined);
  if (asked === undefined) core.fail(ticket, "queue_full", "too much waits for a connection", true);
  else if (link !== undefined) sendRequest(core, link, asked);
}

function sendRequest(core: Core, link: Link, asked: Request): void {
  asked.link = link.number;
  const id = link.expect({ kind: "request", ticket: asked.ticket });
  core.send(link, { ...asked.message, id });
}

/** Says everything that waited for a connection. */
export function flush(core: Core, link: Link): void {
  for (const waiting of core.requests.waiting()) sendRequest(core, link, waiting);
}

/** The move to another connection came to nothing: what waited for it is done on this one. */
export function catchUp(core: Core, link: Link): void {
  for (const message of link.aside) {
    core.positions.received += 1;
    core.event(message);
  }
  link.aside = [];
  for (const topic of core.subscriptions.takeEnded()) end(core, link, topic);
  for (const wanted of core.subscriptions.takeNew()) askFor(core, link, wanted);
  flush(core, link);
}

/** The application waits no longer. */
export function cancel(core: Core, now: number, ticket: number): void {
  if (core.requests.take(ticket) === undefined) return;
  core.fail(ticket, "cancelled", "the request was cancelled");
  moveOver(core, now);
}

/** What a lost connection owes is answered here, unless it can be said again. */
export function lostRequests(core: Core, link: Link): void {
  for (const { ticket } of core.requests.lost(link.number)) {
    core.fail(ticket, "disconnected", "the connection was lost before the answer", true);
  }
}

/** The application wants to hear a topic, from here on. */
export function subscribe(core: Core, input: Extract<Input, { in: "subscribe" }>): void {
  const known = core.subscriptions.get(input.topic);
  if (known !== undefined && !known.granted) return;
  const { since, ...options } = input.options ?? {};
  if (since !== undefined) core.positions.set(input.topic, since);
  if (known !== undefined) {
    known.granted = false;
    known.options = options;
    return;
  }
  const wanted = core.subscriptions.add(input.topic, options);
  if (core.ready !== undefined) askFor(core, core.ready, wanted);
}

/** Asks the server for a subscription, from where the client has it. */
export function askFor(core: Core, link: Link, wanted: Subscription): void {
  wanted.state = "asked";
  const { topic } = wanted;
  const since = hasWildcards(topic) ? undefined : core.positions.of(topic);
  const id = link.expect({ kind: "subscribe", wanted });
  const from = since === undefined ? {} : { since: { ...since } };
  core.send(link, { type: "subscribe", id, topic, ...wanted.options, ...from });
}

/** The application wants to hear a topic no longer. */
export function unsubscribe(core: Core, topic: string): void {
  const gone = core.subscriptions.remove(topic);
  core.positions.forget(topic);
  if (gone === undefined) return;
  const link = core.ready;
  if (link === undefined) core.subscriptions.endLater(topic);
  else if (gone.state !== "wanted") end(core, link, topic);
}

export function end(core: Core, link: Link, topic: string): void {
  const message: ClientMessage = {
    type: "unsubscribe",
    id: link.expect({ kind: "ignore" }),
    topic,
  };
  core.send(link, message);
}
