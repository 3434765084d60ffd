// What lets in, and what becomes of those who are not let in any more.

import assert from "node:assert/strict";
import { closedWith } from "../cell.mjs";
import { inSeconds, newRoom, token } from "../dialects.mjs";
import { refusal } from "../member.mjs";

const FORGED = { key: "another key of thirty-two bytes or more" };

const EXPIRED = { exp: inSeconds(-60) };

/** Pusher's clients connect with a key that is no secret, and have a signature for each channel. */
const NO_TOKENS = {
  why: "a connection has no token; each channel has its signature",
  run: async (cell) => {
    const ann = await cell.client("ann");
    await ann.joins(newRoom());
  },
};

export const TOKENS = [
  {
    name: "bad token",
    does: "connects with a forged token; in Pusher, with the key of no app",
    sees: "the library stops",
    async run(cell) {
      const proxy = await cell.proxy();
      const bad = { tokens: [FORGED], app: { id: "9", key: "no-such-key", secret: "no secret of an app" } };
      const ann = cell.begin("ann", { through: proxy, ...bad });
      await cell.stops(ann);
      return closedWith(proxy);
    },
  },
  {
    name: "expired token",
    does: "connects with a token that has expired",
    sees: "the library fetches another one and is connected",
    lacks: { pusher: NO_TOKENS },
    async run(cell) {
      const proxy = await cell.proxy();
      const ann = cell.begin("ann", { through: proxy, tokens: [EXPIRED, {}] });
      await ann.client.next("fetched");
      await ann.client.until("connected");
      return closedWith(proxy);
    },
  },
  {
    name: "token refreshed",
    does: "connects with a token that is good for some seconds",
    sees: "the library presents another one in time and stays connected",
    lacks: { pusher: NO_TOKENS },
    async run(cell) {
      // It is watched until the end, through whatever else this machine does meanwhile.
      const ann = await cell.client("ann", { tokens: [{ exp: inSeconds(3) }, {}], isPatient: true });
      await ann.client.next("fetched");
      await ann.joins(newRoom());
      cell.stays(ann);
    },
  },
  {
    name: "token runs out",
    does: "stays connected with a token that expires, and has no other one",
    sees: "the library stops",
    lacks: { pusher: NO_TOKENS },
    async run(cell) {
      const proxy = await cell.proxy();
      const ann = await cell.client("ann", { through: proxy, tokens: [{ exp: inSeconds(2) }] });
      await cell.stops(ann);
      return closedWith(proxy);
    },
  },
  {
    name: "token of a room",
    does: "subscribes with a token, or a signature, for that room alone",
    sees: "it is let in; a forged one is refused",
    lacks: {
      native: {
        why: "the connection's token says what its client may do",
        async run(cell) {
          const ann = await cell.client("ann");
          assert.equal(await refusal(ann.joins(newRoom("closed"))), "permission_denied");
        },
      },
    },
    async run(cell) {
      const ann = await cell.client("ann");
      const mallory = await cell.client("mallory", { forged: true });
      const room = newRoom(cell.of({ centrifugo: "tokens", pusher: "private-room" }));
      const channel = room.in[cell.dialect];
      await ann.joins(room, { tokens: [token(ann.user, { channel })] });
      return refusal(mallory.joins(room, { tokens: [token(mallory.user, { channel }, FORGED.key)] }));
    },
  },
  {
    name: "expired token of a room",
    does: "subscribes with a token for that room that has expired",
    sees: "the library fetches another one and is let in",
    lacks: {
      native: { ...NO_TOKENS, why: "there is none" },
      pusher: { ...NO_TOKENS, why: "a signature is good as long as its connection" },
    },
    async run(cell) {
      const ann = await cell.client("ann");
      const room = newRoom("tokens");
      const channel = room.in.centrifugo;
      const tokens = [EXPIRED, {}].map((claims) => token(ann.user, { channel, ...claims }));
      await ann.joins(room, { tokens });
      await ann.client.next("fetched", ({ why }) => why === "subscription");
    },
  },
];
