// pusher-js, `centrifuge` and clients of the native protocol in one room, against the running binary.
// `cargo xtask conform interop` starts the binary and sets the environment.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, test } from "node:test";
import { sign } from "../faults/token.mjs";
import { Client, may, token, ways } from "../centrifuge-js/world.mjs";
import { Session } from "../node-ws/session.mjs";
import { backend, closeAll, connected, happens, joined } from "./app.mjs";

const { WIREHUB_TEST_URL: url, WIREHUB_TEST_SECRET: secret } = process.env;
assert.ok(url && secret, "run this through `cargo xtask conform interop`");

after(() => {
  closeAll();
  Client.closeAll();
  Session.cutAll();
});

const server = backend();

/** A client of the native protocol that may do everything in the rooms below. */
async function native() {
  const rooms = ["orders/#", "private-orders/#", "presence-orders/#"];
  const claims = { subscribe: rooms, publish: rooms, presence: rooms, history: rooms };
  const session = await Session.open(url, { token: sign(secret, "nat", claims) });
  await session.nextOf("welcome");
  return session;
}

for (const [channel, topic] of [
  ["orders.room.", "orders/room/"],
  ["private-orders.", "private-orders/"],
]) {
  test(`what either says on ${topic}…, both hear`, async () => {
    const id = randomUUID();
    const session = await native();
    await session.request({ type: "subscribe", topic: topic + id });
    const theirs = await joined(await connected("ann"), channel + id);

    const arrives = happens(theirs, "paid");
    const data = { n: 1, text: "Åse 北京 🚚" };
    await session.request({ type: "publish", topic: topic + id, event: "paid", data });
    assert.deepEqual(await arrives, data);
    assert.deepEqual((await session.nextOf("message")).data, data);

    // An event without a name has one there, and bytes are text.
    const unnamed = happens(theirs, "message");
    await session.request({ type: "publish", topic: topic + id, binary: "AAEC/w==" });
    assert.equal(await unnamed, "AAEC/w==");
    assert.equal((await session.nextOf("message")).binary, "AAEC/w==");

    await server.trigger(channel + id, "server", ["said"]);
    const fromServer = await session.nextOf("message");
    assert.deepEqual([fromServer.event, fromServer.data], ["server", ["said"]]);

    if (channel.startsWith("private-")) {
      theirs.trigger("client-hi", "native");
      const said = await session.nextOf("message");
      assert.deepEqual([said.event, said.data], ["client-hi", "native"]);
    }
    await session.close();
  });
}

test("members see each other", async () => {
  const id = randomUUID();
  const session = await native();
  const topic = `presence-orders/${id}`;
  const subscribed = await session.request({ type: "subscribe", topic, presence: true });
  assert.equal(subscribed.presence.users, 1);
  const channel = await joined(await connected("ann"), `presence-orders.${id}`);
  assert.deepEqual(Object.keys(channel.members.members).sort(), ["ann", "nat"]);
  const { member } = await session.nextOf("joined");
  assert.deepEqual([member.user, member.info], ["ann", { name: "ann" }]);
  const left = happens(channel, "pusher:member_removed");
  await session.close();
  assert.equal((await left).id, "nat");
});

for (const [name, codec] of Object.entries(ways)) {
  test(`three libraries, one room: what any says, the others hear (${name})`, async () => {
    const id = randomUUID();
    const ann = await native();
    await ann.request({ type: "subscribe", topic: `private-orders/${id}` });
    const bob = await Client.open(codec, { token: token({ sub: "bob", ...may("private-orders/#") }) });
    const his = await bob.subscribe(`private-orders:${id}`);
    const hers = await joined(await connected("eve"), `private-orders.${id}`);

    const publish = { type: "publish", topic: `private-orders/${id}`, echo: false };
    const natively = happens(hers, "natively");
    await ann.request({ ...publish, event: "natively", data: { n: 1 } });
    assert.deepEqual(await natively, { n: 1 });
    const heard = await his.next("publication");
    assert.deepEqual([codec.value(heard.data), heard.tags.event], [{ n: 1 }, "natively"]);

    const unnamed = happens(hers, "message");
    await his.publish(codec.bytes({ n: 2 }));
    assert.deepEqual(codec.value((await his.next("publication")).data), { n: 2 });
    assert.deepEqual((await ann.nextOf("message")).data, { n: 2 });
    assert.deepEqual(await unnamed, { n: 2 });

    hers.trigger("client-said", { n: 3 });
    const last = await his.next("publication");
    assert.deepEqual([codec.value(last.data), last.tags.event], [{ n: 3 }, "client-said"]);
    const back = await ann.nextOf("message");
    assert.deepEqual([back.data, back.event], [{ n: 3 }, "client-said"]);
    await ann.close();
  });
}
