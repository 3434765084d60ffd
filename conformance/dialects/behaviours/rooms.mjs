// Saying and hearing.

import assert from "node:assert/strict";
import { newRoom } from "../dialects.mjs";
import { hasNoWords } from "../member.mjs";

const COUNT = 60;

export const ROOMS = [
  {
    name: "join",
    does: "subscribes to a room, in which the application says something",
    sees: "it hears that",
    async run(cell) {
      const room = newRoom();
      const ann = await cell.inRoom("ann", room);
      await cell.says(room, { n: 1 });
      await ann.hears(room, { n: 1 });
    },
  },
  {
    name: "leave",
    does: "unsubscribes from one of two rooms, and something is said in both",
    sees: "it hears the other one alone",
    async run(cell) {
      const [left, kept, later] = [newRoom(), newRoom(), newRoom()];
      const ann = await cell.inRoom("ann", left);
      await ann.joins(kept);
      await ann.leaves(left);
      // What is asked for later is answered later.
      await ann.joins(later);
      await cell.says(left, "unheard");
      await cell.says(kept, "heard");
      await ann.hears(kept, "heard");
    },
  },
  {
    name: "publish",
    does: "says something in a room",
    sees: "another client hears it",
    async run(cell) {
      const room = newRoom();
      const [ann, bob] = [await cell.inRoom("ann", room), await cell.inRoom("bob", room)];
      await ann.says(room, { text: "Åse 北京 🚚" });
      await bob.hears(room, { text: "Åse 北京 🚚" });
    },
  },
  {
    name: "order",
    does: `says ${COUNT} things at once`,
    sees: "another client hears each once, in order",
    async run(cell) {
      const room = newRoom();
      const [ann, bob] = [await cell.inRoom("ann", room), await cell.inRoom("bob", room)];
      const numbers = Array.from({ length: COUNT }, (_, place) => place);
      await Promise.all(numbers.map((n) => ann.says(room, n)));
      for (const n of numbers) await bob.hears(room, n);
    },
  },
  {
    name: "echo",
    does: "says something in a room that it hears itself",
    sees: "it hears it, too",
    lacks: {
      pusher: {
        why: "a client never hears its own events",
        run: (cell) => speakerHearsNothing(cell, {}),
      },
    },
    async run(cell) {
      const room = newRoom();
      const ann = await cell.inRoom("ann", room);
      await ann.says(room, "mine");
      await ann.hears(room, "mine");
    },
  },
  {
    name: "exclude self",
    does: "says something in a room that it hears, and does not want to hear it itself",
    sees: "others hear it, the speaker does not",
    lacks: {
      centrifugo: {
        why: "a client always hears what it says in a channel that it hears",
        async run(cell) {
          const room = newRoom();
          const ann = await cell.inRoom("ann", room);
          await ann.says(room, "mine", { echo: false });
          await ann.hears(room, "mine");
        },
      },
    },
    run: (cell) => speakerHearsNothing(cell, { echo: false }),
  },
  {
    name: "acknowledged publish",
    does: "says something and waits for the answer",
    sees: "when the answer comes, it is in the room's history",
    lacks: {
      pusher: {
        why: "client events are not answered",
        async run(cell) {
          const room = newRoom();
          const ann = await cell.inRoom("ann", room);
          // All that the library knows is that it was written.
          assert.deepEqual(await ann.says(room, "said"), { isSent: true });
        },
      },
    },
    async run(cell) {
      const room = newRoom();
      const ann = await cell.client("ann");
      await ann.says(room, "kept");
      const { messages } = await cell.hub.api("history", { topic: room.topic });
      assert.deepEqual(messages.map(({ data }) => data), ["kept"]);
    },
  },
  {
    name: "event name",
    does: "hears what the application says under a name",
    sees: "the name",
    async run(cell) {
      const room = newRoom();
      const ann = await cell.inRoom("ann", room);
      await cell.says(room, 1, { event: "said" });
      assert.equal((await ann.hears(room, 1)).event, "said");
    },
  },
  {
    name: "publisher",
    does: "hears what another client says",
    sees: "whose client it was",
    async run(cell) {
      const room = newRoom("presence-room");
      const [ann, bob] = [await cell.inRoom("ann", room), await cell.inRoom("bob", room)];
      await ann.says(room, 1);
      assert.equal((await bob.hears(room, 1)).user, ann.user);
    },
  },
  {
    name: "wildcard",
    does: "subscribes to a family of rooms",
    sees: "it hears what is said in any of them",
    lacks: Object.fromEntries(
      [
        ["centrifugo", "`+` and `#` are characters of a channel's name like others"],
        ["pusher", "`+` and `#` are no characters of a channel's name"],
      ].map(([dialect, why]) => [dialect, { why, run: hearsNoFamily }]),
    ),
    async run(cell) {
      const room = newRoom();
      const ann = await cell.client("ann");
      await ann.joins({ in: { native: "private-room/+" } });
      await cell.says(room, "in the family");
      await ann.client.next("heard", ({ channel }) => channel === room.topic);
    },
  },
  {
    name: "call",
    does: "calls a method of the application, which has none of that name",
    sees: "the refusal",
    lacks: {
      pusher: {
        why: "there are no calls",
        run: async (cell) => hasNoWords((await cell.client("ann")).client.do("call")),
      },
    },
    async run(cell) {
      const ann = await cell.client("ann");
      const code = cell.of({ native: "unknown_method", centrifugo: 104 });
      await assert.rejects(ann.client.do("call", { method: "none", data: 1 }), { code });
      return code;
    },
  },
];

async function speakerHearsNothing(cell, more) {
  const room = newRoom();
  const [ann, bob] = [await cell.inRoom("ann", room), await cell.inRoom("bob", room)];
  await ann.says(room, "hers", more);
  await bob.hears(room, "hers");
  await cell.says(room, "next");
  await ann.hears(room, "next");
}

/** A name with wildcards is a name, or none: nothing of other rooms is heard under it. */
async function hearsNoFamily(cell) {
  const room = newRoom();
  const ann = await cell.inRoom("ann", room);
  const family = cell.of({ centrifugo: "private-room:+", pusher: "private-room.+" });
  await ann.client.do("subscribe", { channel: family }).catch(() => {});
  await cell.says(room, 1);
  await cell.says(room, 2);
  await ann.hears(room, 1);
  await ann.hears(room, 2);
}
