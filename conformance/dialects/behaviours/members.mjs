// Who is in a room.

import assert from "node:assert/strict";
import { newRoom } from "../dialects.mjs";

const PRESENCE = { presence: true };

/** Two members of a room with presence. */
async function two(cell, options) {
  const room = newRoom("presence-room");
  const ann = await cell.inRoom("ann", room, { ...PRESENCE });
  const bob = await cell.inRoom("bob", room, { ...PRESENCE, ...options });
  return { room, ann, bob };
}

export const MEMBERS = [
  {
    name: "presence list",
    does: "asks who is in a room",
    sees: "both users",
    async run(cell) {
      const { room, ann, bob } = await two(cell);
      // Where the library keeps the list itself, it has to be told of the second one first.
      await ann.told("joined", room, ({ user }) => user === bob.user);
      const { users } = await ann.asks("presence", room);
      assert.deepEqual(users.sort(), [ann.user, bob.user].sort());
    },
  },
  {
    name: "presence counts",
    does: "asks how many are in a room, where one user is twice",
    sees: "connections and users; in Pusher, users",
    async run(cell) {
      const { room, ann, bob } = await two(cell);
      const again = await cell.inRoom("bob", room, PRESENCE);
      await ann.told("joined", room, ({ user }) => user === bob.user);
      const { connections, users } = await again.asks("counts", room);
      assert.deepEqual([connections, users], [cell.of({ native: 3, centrifugo: 3, pusher: undefined }), 2]);
    },
  },
  {
    name: "join told",
    does: "is in a room that another enters",
    sees: "who came",
    async run(cell) {
      const { room, ann, bob } = await two(cell);
      await ann.told("joined", room, ({ user }) => user === bob.user);
    },
  },
  {
    name: "leave told",
    does: "is in a room that another leaves",
    sees: "who went",
    async run(cell) {
      const { room, ann, bob } = await two(cell);
      await bob.leaves(room);
      await ann.told("left", room, ({ user }) => user === bob.user);
    },
  },
  {
    name: "lost client told",
    does: "is in a room with one whose network falls silent",
    sees: "that it went, once the hub finds out; in the native protocol when its session is over",
    async run(cell) {
      const proxy = await cell.proxy();
      const { room, ann, bob } = await two(cell, { through: proxy });
      await ann.told("joined", room, ({ user }) => user === bob.user);
      await proxy.begin({ strike: "stall", opens: { kind: "silent" } });
      await ann.told("left", room, ({ user }) => user === bob.user);
    },
  },
];
