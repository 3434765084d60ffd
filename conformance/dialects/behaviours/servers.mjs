// What the application does to its clients, through the server API.

import assert from "node:assert/strict";
import { closedWith } from "../cell.mjs";
import { newRoom } from "../dialects.mjs";

/** A library that skips what belongs to no channel stays connected over it. */
const NO_MESSAGES = {
  why: "the library skips pushes that belong to no channel",
  async run(cell) {
    const room = newRoom();
    const ann = await cell.inRoom("ann", room);
    await cell.hub.api("send", { to: { user: ann.user }, data: "skipped" });
    await cell.says(room, "heard");
    await ann.hears(room, "heard");
    assert.ok(ann.client.said.every(({ tells }) => tells !== "direct"));
  },
};

/** What the application began is not heard, what the client asked for is. */
async function hearsOnlyItsOwn(cell) {
  const { hall, room, ann } = await subscribed(cell);
  await cell.says(room, "unheard");
  await cell.says(hall, "heard");
  await ann.hears(hall, "heard");
}

export const SERVERS = [
  {
    name: "direct to a user",
    lacks: { python: NO_MESSAGES },
    does: "the application says something to a user",
    sees: "both of its connections hear it, another user's does not",
    async run(cell) {
      const [one, two, other] = [await cell.client("ann"), await cell.client("ann"), await cell.client("bob")];
      if (cell.dialect === "pusher") for (const each of [one, two, other]) await each.client.do("signin");
      for (const [to, text] of [[one, "hers"], [other, "his"]]) {
        await cell.hub.api("send", { to: { user: to.user }, data: { text }, event: "note" });
      }
      for (const [each, text] of [[one, "hers"], [two, "hers"], [other, "his"]]) {
        assert.deepEqual((await each.client.next("direct")).data, { text });
      }
    },
  },
  {
    name: "direct to a connection",
    lacks: { python: NO_MESSAGES },
    does: "the application says something to one of a user's connections",
    sees: "that one hears it, the other does not",
    async run(cell) {
      const [first, second] = [newRoom("presence-room"), newRoom("presence-room")];
      const [one, two] = [await cell.inRoom("ann", first), await cell.inRoom("ann", second)];
      for (const [member, room, data] of [[one, first, "for one"], [two, second, "for two"]]) {
        const connection = await cell.connectionOf(member, room);
        await cell.hub.api("send", { to: { connection }, data, event: "note" });
        assert.equal((await member.client.next("direct")).data, data);
      }
    },
  },
  {
    name: "broadcast",
    lacks: { python: NO_MESSAGES },
    does: "the application says something to everyone",
    sees: "every client hears it",
    isAlone: true,
    async run(cell) {
      const all = [await cell.client("ann"), await cell.client("bob")];
      await cell.hub.api("broadcast", { data: "all of you", event: "note" });
      for (const each of all) assert.equal((await each.client.next("direct")).data, "all of you");
    },
  },
  {
    name: "subscribed by the application",
    does: "the application subscribes a connection to a room",
    sees: "it hears the room",
    lacks: {
      python: { why: "the library skips pushes that begin a subscription", run: hearsOnlyItsOwn },
      pusher: { why: "libraries hear only channels that they asked for", run: hearsOnlyItsOwn },
    },
    async run(cell) {
      const { room, ann } = await subscribed(cell);
      await cell.says(room, "heard");
      await ann.hears(room, "heard");
    },
  },
  {
    name: "unsubscribed by the application",
    does: "the application takes a connection out of a room",
    sees: "it is told, and hears that room no more",
    lacks: {
      pusher: {
        why: "it is not told; it hears that channel no more",
        async run(cell) {
          const { hall, room, ann } = await unsubscribed(cell);
          await cell.says(room, "unheard");
          await cell.says(hall, "heard");
          await ann.hears(hall, "heard");
        },
      },
    },
    async run(cell) {
      const { hall, room, ann } = await unsubscribed(cell);
      const { code } = await ann.told("unsubscribed", room);
      await cell.says(room, "unheard");
      await cell.says(hall, "heard");
      await ann.hears(hall, "heard");
      return code;
    },
  },
  {
    name: "kick",
    does: "the application disconnects a connection",
    sees: "the library stops",
    async run(cell) {
      const { proxy, ann, connection } = await known(cell);
      await cell.hub.api("disconnect", { connection });
      await cell.stops(ann);
      return closedWith(proxy);
    },
  },
  {
    name: "sent away for a while",
    does: "the application disconnects a connection with the reason `service_restart`",
    sees: "the library comes back and is in its room again",
    async run(cell) {
      const { proxy, room, ann, connection } = await known(cell);
      await cell.hub.api("disconnect", { connection, reason: "service_restart" });
      await ann.told("subscribed", room);
      await cell.says(room, "again");
      await ann.hears(room, "again");
      return closedWith(proxy);
    },
  },
];

/** A client whose connection the application knows by its name. */
async function known(cell) {
  const room = newRoom("presence-room");
  const proxy = await cell.proxy();
  const ann = await cell.inRoom("ann", room, { through: proxy });
  return { room, proxy, ann, connection: await cell.connectionOf(ann, room) };
}

async function subscribed(cell) {
  const { room: hall, ann, connection } = await known(cell);
  const room = newRoom();
  assert.deepEqual(await cell.hub.api("subscribe", { connection, topic: room.topic }), { connections: 1 });
  return { hall, room, ann };
}

async function unsubscribed(cell) {
  const { room: hall, ann, connection } = await known(cell);
  const room = newRoom();
  await ann.joins(room);
  assert.deepEqual(await cell.hub.api("unsubscribe", { connection, topic: room.topic }), { connections: 1 });
  return { hall, room, ann };
}
