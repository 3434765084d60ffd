/** How a connection is made, lost, and made again. */
import { catchUp, lostRequests } from "./asking.js";
import type { Core } from "./core.js";
import { type Ending, endingOf, endingOfStatus, misconfigured } from "./ending.js";
import { live } from "./hearing.js";
import type { Input, TransportName } from "./interface.js";
import { Link } from "./link.js";

const CONNECT = 10_000;
/** Nonsense in a row after which the other side is no Wirehub. */
const NONSENSE = 3;
/** How long the old connection may take to answer before another one takes its place. */
const DRAIN = 2_000;
/** How long after a fallback became live, or another try, the preferred transport is tried again. */
export const PREFER = 600_000;
/** Clients that were held back come apart within this. */
const WAKE = 1_000;

/** Connects, as soon as there is a token and nothing holds it back. */
export function connect(core: Core, now: number): void {
  core.timers.retry = undefined;
  if (core.next !== undefined || core.holdsBack()) return;
  if (core.credentials.token === undefined) {
    core.awaitsToken = true;
    core.tell("connecting", core.cause);
    askForToken(core, now, core.cause === "token_expired" ? "expiring" : "first");
    return;
  }
  open(core, now, core.endpoints.current, core.transports.current);
}

/** Asks the provider, unless it is being asked. */
export function askForToken(
  core: Core,
  now: number,
  because: "first" | "expiring" | "refused",
): void {
  if (core.credentials.isAsking) return;
  core.credentials.ask(now);
  core.say({ out: "token", because });
}

function open(core: Core, now: number, endpoint: number, transport: TransportName): void {
  const link = new Link(++core.lastLink, endpoint, transport);
  link.deadline = now + (core.options.connectTimeout ?? CONNECT);
  core.links.set(link.number, link);
  core.next = link;
  core.awaitsToken = false;
  if (core.main === undefined) core.tell("connecting", core.cause);
  core.say({ out: "open", link: link.number, endpoint, transport });
}

/** Makes another connection while the live one works. */
export function move(core: Core, now: number, endpoint: number, transport: TransportName): void {
  if (core.main === undefined || core.next !== undefined) return;
  if (core.credentials.token === undefined) {
    core.timers.move = now + core.moveBackoff.base;
    askForToken(core, now, "expiring");
    return;
  }
  open(core, now, endpoint, transport);
}

/** The transport is there. */
export function opened(core: Core, now: number, link: Link): void {
  link.stage = "authenticating";
  link.deadline = now + (core.options.connectTimeout ?? CONNECT);
  if (core.unreached === link.endpoint) core.unreached = undefined;
  const token = core.credentials.token ?? undefined;
  // While the old connection lives, its last answers are waited for before the session moves.
  const resume = core.main === undefined ? core.positions.wish() : undefined;
  link.resumes = resume !== undefined;
  link.pending.set(1, { kind: "connect" });
  core.send(link, {
    type: "connect",
    id: 1,
    ...(token === undefined ? {} : { token }),
    ...(resume === undefined ? {} : { resume }),
  });
  if (core.main === undefined) core.tell("authenticating", core.cause);
}

/** Goes on with the session on a connection that is in. */
export function resume(core: Core, now: number, link: Link): void {
  const wish = core.positions.wish();
  if (wish === undefined) {
    live(core, now, link, false);
    return;
  }
  link.stage = "resuming";
  link.deadline = now + (core.options.connectTimeout ?? CONNECT);
  if (core.main !== undefined) core.main.contested = true;
  core.send(link, { type: "resume", id: link.expect({ kind: "resume" }), ...wish });
  if (core.main === undefined) core.tell("resuming", core.cause);
}

/** Moves the session over once the old connection owes nothing, or took too long. */
export function moveOver(core: Core, now: number): void {
  const { main, next } = core;
  if (next?.stage !== "welcomed") return;
  const waited = (next.deadline ?? now) <= now;
  if (main === undefined || waited || !core.requests.isOwed(main.number)) resume(core, now, next);
}

/** Lets the old connection answer before the session moves. */
export function awaitOld(now: number, link: Link): void {
  link.stage = "welcomed";
  link.deadline = now + DRAIN;
}

/** A connection ended, whoever ended it. */
export function closed(
  core: Core,
  now: number,
  input: Extract<Input, { in: "closed" }>,
  link: Link,
): void {
  const { code, reason, status, retryAfter } = input;
  let ending =
    status === undefined ? endingOf(code, reason) : endingOfStatus(status, retryAfter, reason);
  if (status === undefined && retryAfter !== undefined) {
    ending = { ...ending, notBefore: retryAfter * 1_000 };
  }
  // What the server said before it closed tells more than a code that may have got lost.
  if (link.refused !== undefined) {
    const expired = link.refused.code === "token_expired";
    ending = { ...endingOf(expired ? 4402 : 4401), detail: link.refused.message };
  }
  // Another connection of this client asked for the session; whether it got it, nobody heard.
  if (code === 4409 && link.contested) ending = { ...endingOf(1006), cause: "server_moves" };
  lost(core, now, link, ending);
}

/** A connection is given up. */
export function giveUp(core: Core, now: number, link: Link, ending: Ending): void {
  core.say({ out: "close", link: link.number, code: 4408, reason: ending.cause });
  lost(core, now, link, ending);
}

/** What came made no sense. */
export function garbage(core: Core, now: number, link: Link, error: string): void {
  core.nonsense += 1;
  const how = core.nonsense >= NONSENSE ? "stop" : "again";
  core.say({ out: "close", link: link.number, code: 4400, reason: "protocol_error" });
  lost(core, now, link, { how, cause: "protocol_error", detail: error });
}

function lost(core: Core, now: number, link: Link, ending: Ending): void {
  const wasMain = core.main === link;
  core.remove(link);
  if (wasMain) {
    settle(core, now, link);
    lostRequests(core, link);
    core.heldBack.push(...link.onlyHere());
    for (const name of ["move", "prefer", "ping", "primary"] as const)
      core.timers[name] = undefined;
  } else if (core.main !== undefined) {
    moveFailed(core, now, core.main, link, ending);
    return;
  }
  const { next } = core;
  if (next !== undefined && ending.how !== "stop") {
    // Another connection is on its way already.
    const states = { opening: "connecting", authenticating: "authenticating" } as const;
    core.tell(next.stage in states ? states[next.stage as "opening"] : "resuming", ending.cause);
    moveOver(core, now);
    return;
  }
  decide(core, now, link, ending);
}

/** A connection that was stable makes the past undone. */
export function settle(core: Core, now: number, link: Link): void {
  if (link.liveSince === undefined) return;
  if (now - link.liveSince < (core.options.stableAfter ?? 10_000)) return;
  core.backoff.reset();
  // One that sends its clients away is counted by how it takes them back.
  if (!core.mustMove) core.endpoints.well(link.endpoint);
  core.credentials.settled();
}

/** The live connection goes on, and what waited for the move is done on it. */
function moveFailed(core: Core, now: number, main: Link, link: Link, ending: Ending): void {
  if (ending.how === "auth" || ending.how === "expired") core.credentials.expire();
  if (core.mustMove) {
    if (ending.failed || link.stage === "opening") core.endpoints.fail(now, link.endpoint);
    core.timers.move = now + Math.max(core.moveBackoff.next() ?? 0, ending.notBefore ?? 0);
  } else if (core.transports.isFallback) {
    core.timers.prefer = now + PREFER;
  }
  catchUp(core, main);
}

function decide(core: Core, now: number, link: Link, ending: Ending): void {
  core.cause = ending.cause;
  switch (ending.how) {
    case "stop":
      core.finish("stopped", ending.cause, ending.detail);
      return;
    case "auth":
      if (core.credentials.refuse()) anotherToken(core, now, "refused");
      else core.finish("auth_failed", "unauthorized", ending.detail);
      return;
    case "expired": {
      const when = core.credentials.expire();
      if (when === "now") anotherToken(core, now, "expiring");
      else if (when === "later") wait(core, now, ending);
      else core.finish("auth_failed", "token_expired", ending.detail);
      return;
    }
    case "again":
      unreachable(core, now, link, ending);
  }
}

function anotherToken(core: Core, now: number, because: "expiring" | "refused"): void {
  core.awaitsToken = true;
  core.tell("connecting", core.cause);
  askForToken(core, now, because);
}

/** A browser hides why a WebSocket did not open: `/ping` tells. */
function unreachable(core: Core, now: number, link: Link, ending: Ending): void {
  const neverOpened = link.stage === "opening";
  let elsewhere = false;
  if (ending.failed) {
    elsewhere = core.endpoints.fail(now, link.endpoint);
  } else if (neverOpened && ending.cause === "network") {
    core.unreached = link.endpoint;
    core.say({ out: "ping", endpoint: link.endpoint });
  }
  wait(core, now, ending, elsewhere);
}

function wait(core: Core, now: number, ending: Ending, elsewhere = false): void {
  let delay = core.backoff.next(ending.together);
  if (delay === undefined) {
    core.finish("stopped", "attempts", ending.detail);
    return;
  }
  core.notBefore = elsewhere ? 0 : now + (ending.notBefore ?? 0);
  if (elsewhere) delay = core.backoff.within(core.backoff.base);
  else if (ending.notBefore !== undefined) {
    delay = ending.notBefore + core.backoff.within(core.backoff.base);
  }
  waitFor(core, now, delay, ending);
}

function waitFor(
  core: Core,
  now: number,
  delay: number,
  ending: Pick<Ending, "cause" | "detail">,
): void {
  core.cause = ending.cause;
  if (core.holdsBack()) return;
  core.timers.retry = now + delay;
  core.tell("waiting", ending.cause, {
    detail: ending.detail,
    attempt: core.backoff.attempts,
    retryIn: Math.round(delay),
  });
}

/** The provider gave a token, or did not. */
export function gotToken(
  core: Core,
  now: number,
  token: string | null | undefined,
  error?: string,
): void {
  const revives = core.state === "auth_failed" && token !== undefined;
  if (!core.credentials.isAsking && !revives) return;
  if (token === undefined) {
    tokenFailed(core, now, error ?? "no token");
    return;
  }
  core.credentials.got(token);
  if (core.main !== undefined && token !== null) {
    core.send(core.main, { type: "refresh", id: core.main.expect({ kind: "refresh" }), token });
  } else if (core.awaitsToken || core.state === "auth_failed") {
    connect(core, now);
  }
}

function tokenFailed(core: Core, now: number, error: string): void {
  const again = core.credentials.failed();
  const delay = core.backoff.within(Math.max(1_000, core.backoff.base));
  if (core.main !== undefined) {
    // The token that is in use is good for a while yet.
    if (again) core.credentials.renewAt = now + delay;
    core.event({ type: "alert", cause: "token_provider", detail: error });
  } else if (again) {
    core.awaitsToken = false;
    wait(core, now, { how: "again", cause: "token_provider", detail: error });
  } else {
    core.finish("auth_failed", "token_provider", error);
  }
}

/** `/ping` answered, or did not. */
export function pinged(core: Core, now: number, endpoint: number, status: number | null): void {
  const well = status !== null && status < 400;
  const wrong =
    status !== null && status >= 400 && status < 500 && status !== 408 && status !== 429;
  if (core.main === undefined) {
    if (core.unreached !== endpoint) return;
    core.unreached = undefined;
    if (wrong) core.finish("stopped", "client_error", misconfigured(status));
    else if (well) core.transports.fail();
    else if (core.endpoints.fail(now, endpoint) && core.next === undefined) {
      const delay = core.backoff.within(core.backoff.base);
      const detail = status === null ? "no answer to /ping" : `/ping answers HTTP ${status}`;
      waitFor(core, now, delay, { cause: "server_unreachable", detail });
    }
    return;
  }
  if (core.main.endpoint !== 0 && endpoint === 0) {
    core.goodPings = well ? core.goodPings + 1 : 0;
    if (core.goodPings < 3) return;
    core.goodPings = 0;
    core.endpoints.current = 0;
    move(core, now, 0, core.transports.current);
    return;
  }
  if (endpoint !== core.main.endpoint || core.options.pingInterval === undefined) return;
  core.failedPings = well ? 0 : core.failedPings + 1;
  if (wrong) core.finish("stopped", "client_error", misconfigured(status));
  else if (core.failedPings >= (core.options.pingFailures ?? 3)) {
    const detail = `/ping failed ${core.failedPings} times`;
    core.failedPings = 0;
    giveUp(core, now, core.main, { how: "again", cause: "server_unreachable", detail });
  }
}

/** The network or the page came or went. */
export function roused(core: Core, now: number): void {
  if (core.isOver || core.main !== undefined || core.next !== undefined) return;
  if (!core.holdsBack() && core.timers.retry === undefined && !core.awaitsToken) {
    const delay = Math.max(core.notBefore - now, 0) + core.backoff.within(WAKE);
    waitFor(core, now, delay, { cause: "network", detail: "back again" });
  }
}
