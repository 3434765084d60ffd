// What is remembered for whoever comes late or comes back.

import assert from "node:assert/strict";
import { closedWith } from "../cell.mjs";
import { newRoom } from "../dialects.mjs";
import { hasNoWords } from "../member.mjs";

const BYTES = 60_000;

/** So many are more than a slow reader's buffers hold, those of the kernel and the hub's. */
const MANY = 14;

/** Cuts a client off, has something said, and lets it come back. */
async function away(cell, room, said) {
  const proxy = await cell.proxy();
  const ann = await cell.inRoom("ann", room, { through: proxy });
  await proxy.begin({ strike: "cut" });
  // Whoever comes meanwhile is kept waiting.
  proxy.holdAfter = "request";
  await ann.client.until("away");
  for (const data of said) await cell.says(room, data);
  await proxy.lift();
  return { ann, subscribed: await ann.told("subscribed", room) };
}

/** It hears from then on. */
async function hearsFromThenOn(cell, room) {
  const { ann } = await away(cell, room, ["missed", "missed", "missed"]);
  await cell.says(room, "next");
  await ann.hears(room, "next");
}

export const MEMORY = [
  {
    name: "history page",
    does: "asks for the last two of three publications",
    sees: "them, in order",
    lacks: {
      pusher: {
        why: "there is no history",
        run: async (cell) => hasNoWords((await cell.client("ann")).asks("history", newRoom())),
      },
    },
    async run(cell) {
      const room = newRoom();
      const ann = await cell.client("ann");
      for (const n of [1, 2, 3]) await cell.says(room, n);
      const { said } = await ann.asks("history", room, { limit: 2 });
      assert.deepEqual(said, [2, 3]);
    },
  },
  {
    name: "recover",
    does: "is cut off while two things are said",
    sees: "both when it is back, then what follows",
    lacks: {
      pusher: {
        why: "a client that comes back hears from then on",
        run: (cell) => hearsFromThenOn(cell, newRoom()),
      },
    },
    async run(cell) {
      const room = newRoom();
      const { ann, subscribed } = await away(cell, room, [1, 2]);
      assert.equal(subscribed.recovered, true);
      await cell.says(room, 3);
      for (const n of [1, 2, 3]) await ann.hears(room, n);
    },
  },
  {
    name: "missed too much",
    does: "is cut off while more is said than the room remembers",
    sees: "it is told that something is missing, then hears what follows",
    lacks: {
      pusher: {
        why: "a client is never told that it missed something",
        run: (cell) => hearsFromThenOn(cell, newRoom("private-short")),
      },
    },
    async run(cell) {
      const room = newRoom("private-short");
      const { ann, subscribed } = await away(cell, room, [1, 2, 3, 4]);
      assert.equal(subscribed.recovered, false);
      await cell.says(room, "next");
      await ann.hears(room, "next");
    },
  },
  {
    name: "last value",
    does: "enters a room that keeps what was said last",
    sees: "that",
    async run(cell) {
      const room = newRoom("private-cache-room");
      await cell.says(room, "before");
      await cell.says(room, "last", { event: "said" });
      const ann = await cell.inRoom("ann", room);
      await ann.hears(room, "last");
    },
  },
  {
    name: "slow reader",
    does: "reads nothing while much is said",
    sees: "the hub closes the connection; the library is back, knows of the gap, finds it in the history, hears on",
    // It has to be over before the hub misses the answer to a heartbeat.
    isAlone: true,
    lacks: {
      pusher: {
        why: "the library is back after a pause and hears on; what it missed is lost",
        async run(cell) {
          const { ann, room, code, subscribed } = await readsSlowly(cell);
          assert.deepEqual([code, subscribed.recovered], [4102, undefined]);
          await hearsOn(cell, ann, room);
        },
      },
    },
    async run(cell) {
      const { ann, room, code, subscribed } = await readsSlowly(cell);
      // What waited for it was more than a recovery may bring.
      assert.equal(subscribed.recovered, false);
      const { said } = await ann.asks("history", room, { limit: 1 });
      assert.equal(said[0].n, MANY);
      await hearsOn(cell, ann, room);
      return code;
    },
  },
];

/** A client that read nothing while much was said, and is back in its room. */
async function readsSlowly(cell) {
  const room = newRoom();
  const proxy = await cell.proxy();
  const ann = await cell.inRoom("ann", room, { through: proxy, isPatient: true });
  await proxy.begin({ strike: "jam" });
  const text = "x".repeat(BYTES);
  for (let n = 1; n <= MANY; n += 1) await cell.says(room, { n, text });
  await proxy.lift();
  const subscribed = await ann.told("subscribed", room);
  return { ann, room, code: closedWith(proxy), subscribed };
}

/** After what it heard before, it hears what is said now. */
async function hearsOn(cell, ann, room) {
  await cell.says(room, "next");
  await ann.client.next("heard", ({ data }) => data === "next");
}
