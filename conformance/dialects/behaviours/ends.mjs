// Servers and networks that end.

import { closedWith } from "../cell.mjs";
import { newRoom } from "../dialects.mjs";

/** Some libraries wait ten seconds for an answer to their close frame. */
const PATIENCE_MS = 20_000;

/** The client is in its room on the other server. */
async function hearsFrom(hub, ann, room) {
  await ann.told("subscribed", room);
  await hub.api("publish", { topic: room.topic, data: "on the other one" });
  await ann.hears(room, "on the other one");
}

export const ENDS = [
  {
    name: "cut",
    does: "loses its connection",
    sees: "the library comes back and is in its room again",
    async run(cell) {
      const room = newRoom();
      const proxy = await cell.proxy();
      const ann = await cell.inRoom("ann", room, { through: proxy });
      await proxy.begin({ strike: "reset" });
      await ann.client.until("away");
      await ann.told("subscribed", room);
      await cell.says(room, "again");
      await ann.hears(room, "again");
    },
  },
  {
    name: "dead server",
    does: "hears nothing any more, not even a ping, and nobody closes the connection",
    sees: "the library finds out, and comes back when the network does",
    async run(cell) {
      const room = newRoom();
      const proxy = await cell.proxy();
      const ann = await cell.inRoom("ann", room, { through: proxy });
      await proxy.begin({ strike: "stall" });
      await ann.told("subscribed", room, undefined, PATIENCE_MS);
      await cell.says(room, "again");
      await ann.hears(room, "again");
    },
  },
  {
    name: "drain",
    does: "its server drains, and another one takes over",
    sees: "the library is in its room on the other one, and the first ends with 0",
    async run(cell) {
      const [first, second] = [await cell.ownHub(), await cell.ownHub()];
      const room = newRoom();
      const proxy = await cell.proxy(first);
      const ann = await cell.inRoom("ann", room, { through: proxy });
      proxy.moveTo(second.address);
      const ended = first.drain();
      await hearsFrom(second, ann, room);
      await ended;
      // Asked to move, a native client may be away before the hub closes its connection.
      return cell.dialect === "native" ? undefined : closedWith(proxy);
    },
  },
  {
    name: "crash",
    does: "its server is killed, and another one takes over",
    sees: "the library is in its room on the other one",
    async run(cell) {
      const [first, second] = [await cell.ownHub(), await cell.ownHub()];
      const room = newRoom();
      const proxy = await cell.proxy(first);
      const ann = await cell.inRoom("ann", room, { through: proxy });
      proxy.moveTo(second.address);
      await first.kill();
      await hearsFrom(second, ann, room);
    },
  },
];
