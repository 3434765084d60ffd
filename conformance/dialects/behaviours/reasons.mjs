// Every reason for which the hub closes a connection, and what a library does next: docs/close-codes.md says which ones
// it comes back from, whatever the code is in its dialect.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { closedWith } from "../cell.mjs";
import { newRoom } from "../dialects.mjs";

const PAGE = readFileSync(new URL("../../../docs/close-codes.md", import.meta.url), "utf8");

/** How long pusher-js pauses at least where the code says so, in milliseconds. */
const PAUSE_MS = 1000;

/** Only ever the answer to a client that leaves. */
const ANSWER = "normal";

/** The reasons of the page, with whether a client connects again. */
const REASONS = [...PAGE.matchAll(/^\| \d+ \| `(\w+)` \|.*\| ([^|]+) \|$/gm)]
  .map(([, reason, again]) => ({ reason, again }))
  .filter(({ reason }) => reason !== ANSWER);
assert.ok(REASONS.length > 0, "docs/close-codes.md has a table of reasons");

/** Why one library comes back where all others stop. */
const LACKS = {
  too_large: {
    python: {
      why: "the library tells the code and comes back; it does not send its message again",
      run: (cell) => comesBack(cell, "too_large", "yes"),
    },
  },
};

/** A client of a room whose connection the application closes for a reason. */
async function closed(cell, reason) {
  const room = newRoom("presence-room");
  const proxy = await cell.proxy();
  const ann = await cell.inRoom("ann", room, { through: proxy, tokens: reason === "token_expired" ? [{}, {}] : [{}] });
  await cell.hub.api("disconnect", { connection: await cell.connectionOf(ann, room), reason });
  return { room, proxy, ann };
}

async function stops(cell, reason) {
  const { proxy, ann } = await closed(cell, reason);
  await cell.stops(ann);
  return closedWith(proxy);
}

async function comesBack(cell, reason, again) {
  const before = performance.now();
  const { room, proxy, ann } = await closed(cell, reason);
  // Other libraries fetch a token when the one they have is refused.
  if (again.includes("new token") && cell.dialect === "native") await ann.client.next("fetched");
  await ann.told("subscribed", room);
  await cell.says(room, "again");
  await ann.hears(room, "again");
  // Others pause by themselves; this one knows from the class of the code whether to.
  if (again.includes("growing") && cell.dialect === "pusher") {
    const { at } = ann.client.said.find(({ state }) => state === "away");
    assert.ok(at - before >= PAUSE_MS, `it came back after ${at - before} ms`);
  }
  return closedWith(proxy);
}

export const CLOSE_REASONS = REASONS.map(({ reason, again }) => ({
  name: reason,
  sees: again === "no" ? "the library stops" : "the library comes back and is in its room again",
  lacks: LACKS[reason],
  run: (cell) => (again === "no" ? stops : comesBack)(cell, reason, again),
}));
