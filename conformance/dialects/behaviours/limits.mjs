// Bounds of `wirehub.toml`, reached.

import assert from "node:assert/strict";
import { closedWith } from "../cell.mjs";
import { SMALL_APP, newRoom } from "../dialects.mjs";
import { refusal } from "../member.mjs";

/** As in `wirehub.toml`. */
const SUBSCRIPTIONS = 16;

/** More than `limits.publications_per_second`. */
const FLOOD = 180;

/** One more than a user may have on all shards of the run's hub, or than the small app may have. */
const CONNECTIONS = { native: 9, centrifugo: 9, pusher: 3 };

async function tooLarge(cell) {
  const room = newRoom();
  const proxy = await cell.proxy();
  const ann = await cell.inRoom("ann", room, { through: proxy, isPatient: true });
  ann.says(room, "x".repeat(100_000)).catch(() => {});
  return { proxy, ann };
}

export const LIMITS = [
  {
    name: "message too large",
    does: "sends a message beyond the limit of all messages",
    sees: "the hub closes the connection; the library stops, for the same would come again",
    lacks: {
      python: {
        why: "the library tells the code and comes back; it does not send the message again",
        async run(cell) {
          const { proxy, ann } = await tooLarge(cell);
          await ann.client.until("connected");
          assert.deepEqual(proxy.closes, [1009]);
          cell.stays(ann);
        },
      },
    },
    async run(cell) {
      const { proxy, ann } = await tooLarge(cell);
      await cell.stops(ann);
      return closedWith(proxy);
    },
  },
  {
    name: "rate limited",
    does: `says ${FLOOD} things at once, more than a second's worth`,
    sees: "some are refused, and the connection goes on",
    async run(cell) {
      const room = newRoom();
      const ann = await cell.inRoom("ann", room);
      const codes = new Set();
      const flood = Array.from({ length: FLOOD }, (_, n) => ann.says(room, n).catch(({ code }) => codes.add(code)));
      await Promise.all(flood);
      if (cell.dialect === "pusher") codes.add((await ann.client.next("error")).code);
      await ann.joins(newRoom());
      assert.equal(codes.size, 1, "one code is told");
      return [...codes][0];
    },
  },
  {
    name: "too many subscriptions",
    does: `joins ${SUBSCRIPTIONS + 1} rooms`,
    sees: "the last one is refused, and the connection goes on",
    async run(cell) {
      const ann = await cell.client("ann");
      const rooms = Array.from({ length: SUBSCRIPTIONS }, () => newRoom());
      for (const room of rooms) await ann.joins(room);
      const code = await refusal(ann.joins(newRoom()));
      await cell.says(rooms[0], "still here");
      await ann.hears(rooms[0], "still here");
      return code;
    },
  },
  {
    name: "too many connections",
    does: "connects more often than its user, or its app, may",
    sees: "one too many is closed, and its library stops",
    isAlone: true,
    async run(cell) {
      const proxy = await cell.proxy();
      const app = cell.dialect === "pusher" ? SMALL_APP : undefined;
      const all = Array.from({ length: cell.of(CONNECTIONS) }, () => cell.begin("ann", { through: proxy, app }));
      const states = await Promise.all(all.map(({ client }) => client.next("state", ({ state }) => state !== "away")));
      const stopped = all.filter((_, place) => states[place].state === "stopped");
      assert.ok(stopped.length > 0, "all of them are connected");
      for (const member of stopped) cell.stays(member);
      return closedWith(proxy);
    },
  },
  {
    name: "bad messages",
    does: "sends what is not of the protocol, again and again",
    sees: "the hub closes the connection; the library stops",
    async run(cell) {
      const proxy = await cell.proxy();
      const ann = await cell.inRoom("ann", newRoom(), { through: proxy });
      for (let count = 0; count < 10; count += 1) proxy.sayForClients("this is not JSON");
      await cell.stops(ann);
      return closedWith(proxy);
    },
  },
];
