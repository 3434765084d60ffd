/** What the server says. */
import { askFor, end, flush, lostRequests } from "./asking.js";
import { awaitOld, garbage, giveUp, moveOver, PREFER, resume } from "./connecting.js";
import { type Core, NOTHING_DUE } from "./core.js";
import { Heartbeat } from "./heartbeat.js";
import type { Link } from "./link.js";
import type { Message, ServerMessage, Standing } from "./message.js";
import type { Subscription } from "./subscriptions.js";

/** How often `/ping` of the preferred endpoint is asked while another one is in use. */
const PRIMARY = 15_000;
/** Within which another token is asked for, when the server had no time to look at the last one. */
const RENEW = 10_000;

/** A message came on a connection. */
export function hear(core: Core, now: number, link: Link, message: ServerMessage): void {
  link.heartbeat?.heard(now);
  switch (message.type) {
    case "welcome":
      welcome(core, now, link, message);
      return;
    case "ok":
      answered(core, now, link, message.id, message);
      return;
    case "error":
      refused(core, now, link, message);
      return;
    case "message":
      if (message.topic === undefined) direct(core, link, message);
      else if (link === core.main) publication(core, link, message as Message & { topic: string });
      return;
    case "pong":
      return;
    case "spread":
      core.backoff.told(message.within);
      return;
    default:
      if (link === core.main) told(core, now, link, message);
  }
}

function welcome(
  core: Core,
  now: number,
  link: Link,
  message: ServerMessage & { type: "welcome" },
): void {
  if (link.stage !== "authenticating") {
    garbage(core, now, link, "a second welcome");
    return;
  }
  const { interval, timeout } = message.heartbeat;
  const silence =
    core.options.heartbeatInterval ?? (core.options.policy === "article" ? 5_000 : undefined);
  link.heartbeat = new Heartbeat(now, silence ?? interval * 1_000, timeout * 1_000);
  link.session = message.session;
  core.backoff.told(message.spread);
  link.pending.delete(1);
  core.credentials.accepted(now, message.expires_in, core.random);
  if (core.transports.works(link.transport))
    core.say({ out: "remember", transport: link.transport });
  if (link.resumes) {
    link.stage = "resuming";
    link.pending.set(1, { kind: "resume" });
    core.tell("resuming", core.cause);
  } else if (core.main !== undefined) {
    awaitOld(now, link);
    moveOver(core, now);
  } else {
    resume(core, now, link);
  }
}

function answered(
  core: Core,
  now: number,
  link: Link,
  id: number,
  ok: Record<string, unknown>,
): void {
  const purpose = link.take(id);
  switch (purpose?.kind) {
    case "resume":
      live(core, now, link, ok.resumed === true, Number(ok.lost ?? 0));
      return;
    case "refresh":
      core.credentials.accepted(now, ok.expires_in as number | undefined, core.random);
      return;
    case "subscribe":
      if (isWanted(core, purpose.wanted)) stands(core, purpose.wanted.topic, ok as Standing);
      return;
    case "request":
      if (core.requests.take(purpose.ticket) !== undefined) {
        const { type: _, id: __, ...fields } = ok;
        core.say({ out: "answer", ticket: purpose.ticket, ok: fields });
      }
      moveOver(core, now);
  }
}

function refused(
  core: Core,
  now: number,
  link: Link,
  error: ServerMessage & { type: "error" },
): void {
  const purpose = error.id === undefined ? undefined : link.take(error.id);
  const { code, message, retry = false } = error;
  switch (purpose?.kind) {
    case "connect":
      link.refused = { code, message };
      return;
    case "resume":
      // A server that cannot tell yet may still keep the session.
      if (retry) giveUp(core, now, link, { how: "again", cause: "server_error", detail: message });
      else live(core, now, link, false);
      return;
    case "subscribe":
      if (isWanted(core, purpose.wanted)) notSubscribed(core, now, purpose.wanted, error);
      return;
    case "refresh":
      if (retry) core.credentials.renewAt = now + core.backoff.within(RENEW);
      core.event({ type: "error", code, message });
      return;
    case "request":
      if (core.requests.take(purpose.ticket) !== undefined) {
        core.answer(purpose.ticket, { code, message, retry });
      }
      moveOver(core, now);
      return;
    case "ignore":
      return;
    default:
      core.event({ type: "error", code, message });
  }
}

/** Whether the answer is about a subscription that is wanted still, not about one before it. */
function isWanted(core: Core, asked: Subscription): boolean {
  return core.subscriptions.get(asked.topic) === asked;
}

function notSubscribed(
  core: Core,
  now: number,
  wanted: Subscription,
  { code, message, retry = false }: ServerMessage & { type: "error" },
): void {
  const { topic } = wanted;
  if (code === "already_subscribed") {
    wanted.state = "live";
  } else if (retry) {
    core.subscriptions.later(now, wanted, core.random);
  } else {
    core.subscriptions.remove(topic);
    core.positions.forget(topic);
    core.event({ type: "unsubscribed", topic, reason: code, message });
  }
}

/** The connection is the live one from here on. */
export function live(core: Core, now: number, link: Link, resumed: boolean, lost = 0): void {
  const old = core.main;
  core.main = link;
  core.next = undefined;
  link.stage = "live";
  link.deadline = undefined;
  link.liveSince = now;
  core.nonsense = 0;
  core.failedPings = 0;
  core.goodPings = 0;
  core.mustMove = false;
  core.moveBackoff.reset();
  core.positions.session = link.session;
  if (!resumed) core.positions.received = link.aside.length;
  if (old !== undefined) replace(core, link, old, resumed);
  core.tell(link.endpoint === 0 ? "live" : "standby", core.cause);
  // What came before the answer comes again when the session goes on.
  if (!resumed) for (const message of [...core.heldBack, ...link.aside]) core.event(message);
  core.heldBack = [];
  link.aside = [];
  if (lost > 0)
    core.event({ type: "alert", cause: "lost", detail: `${lost} direct messages are lost` });
  schedule(core, now, link);
  if (resumed) for (const topic of core.subscriptions.takeEnded()) end(core, link, topic);
  else core.subscriptions.takeEnded();
  for (const wanted of core.subscriptions.takeWanted(resumed)) askFor(core, link, wanted);
  flush(core, link);
}

/** The old connection has done its part. */
function replace(core: Core, link: Link, old: Link, resumed: boolean): void {
  if (!resumed) for (const message of old.onlyHere()) core.event(message);
  core.drop(old, 1000, "");
  core.main = link;
  lostRequests(core, old);
}

function schedule(core: Core, now: number, link: Link): void {
  const { timers, options } = core;
  Object.assign(timers, NOTHING_DUE);
  if (core.transports.isFallback) timers.prefer = now + PREFER;
  if (options.pingInterval !== undefined) timers.ping = now + options.pingInterval;
  if (link.endpoint !== 0) timers.primary = now + PRIMARY * (0.8 + 0.4 * core.random());
}

/** When `/ping` of the preferred endpoint is asked the next time. */
export function nextPrimary(core: Core, now: number): number {
  return now + PRIMARY * (0.8 + 0.4 * core.random());
}

function stands(
  core: Core,
  topic: string,
  { epoch, offset, recovered, reason, presence }: Standing,
): void {
  const subscription = core.subscriptions.get(topic);
  if (subscription === undefined) return;
  subscription.state = "live";
  subscription.refusals = 0;
  const fields = { epoch, offset, recovered, reason, presence };
  const standing = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
  const gap = core.positions.stands(topic, standing);
  core.event({ type: "subscribed", topic, ...standing });
  if (gap) core.event({ type: "gap", topic, ...(reason === undefined ? {} : { reason }) });
}

function direct(core: Core, link: Link, message: Message): void {
  if (message.to === "everyone") {
    if (link === core.main) core.event(message);
    return;
  }
  const moves = link === core.main && core.next?.stage === "resuming";
  if (link !== core.main || moves) {
    link.aside.push(message);
    return;
  }
  core.positions.received += 1;
  core.event(message);
}

function publication(core: Core, link: Link, message: Message & { topic: string }): void {
  const { topic, offset, retained } = message;
  if (offset !== undefined && retained !== true && !core.positions.advance(topic, offset)) return;
  core.event(message);
  if (offset !== undefined && core.subscriptions.get(topic)?.options.ack === true) {
    core.send(link, { type: "ack", topic, offset });
  }
}

function told(core: Core, now: number, link: Link, message: ServerMessage): void {
  switch (message.type) {
    case "messages":
      for (const one of message.messages) {
        publication(core, link, { ...one, type: "message", topic: one.topic ?? message.topic });
      }
      return;
    case "subscribed": {
      const { type: _, topic, ...standing } = message;
      if (core.subscriptions.get(topic) === undefined) core.subscriptions.add(topic, {}, true);
      stands(core, topic, standing);
      return;
    }
    case "unsubscribed":
      core.subscriptions.remove(message.topic);
      core.positions.forget(message.topic);
      core.event(message);
      return;
    case "joined":
    case "left":
    case "changed":
    case "occupancy":
      core.event(message);
      return;
    case "reconnect":
      core.mustMove = true;
      // A server of another version may leave it out.
      core.timers.move = now + core.random() * (message.within ?? 0) * 1_000 + haste(core, now);
  }
}

/** The delay of a session that is sent on before it settled: the first time none, then growing ones. */
function haste(core: Core, now: number): number {
  const since = core.main?.liveSince ?? now;
  if (now - since >= (core.options.stableAfter ?? 10_000)) core.hasty = false;
  const delay = core.hasty ? (core.backoff.next() ?? 30_000) : 0;
  core.hasty = true;
  return delay;
}
