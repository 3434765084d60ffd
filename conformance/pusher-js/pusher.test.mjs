// pusher-js, laravel-echo and Pusher's server library for Node, as they come, against the running
// binary. `cargo xtask conform interop` starts the binary and sets the environment.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, describe, test } from "node:test";
import Echo from "laravel-echo";
import {
  APP,
  SCOPED,
  backend,
  closeAll,
  connected,
  happens,
  heard,
  joined,
  page,
  raw,
  signed,
} from "./app.mjs";

assert.ok(process.env.WIREHUB_TEST_PUBLIC, "run this through `cargo xtask conform interop`");

after(closeAll);

const fresh = (prefix) => `${prefix}${randomUUID()}`;
const server = backend();

describe("channels", () => {
  test("what the backend says on a public channel arrives", async () => {
    const client = await connected("ann");
    assert.match(client.connection.socket_id, /^\d+\.\d+$/);
    const channel = await joined(client, fresh("orders.room."));
    for (const data of [{ deep: [1, null, "Åse 北京 🚚"] }, "a text", "5", 5, [], null]) {
      const arrives = happens(channel, "said");
      const answer = await server.trigger(channel.name, "said", data);
      assert.equal(answer.status, 200);
      // A text that reads as JSON is what it reads as: that is how Pusher is.
      assert.deepEqual(await arrives, data === "5" ? 5 : data);
    }
  });

  test("a public channel that nobody opened is refused, and the connection goes on", async () => {
    const client = await connected("ann");
    const channel = client.subscribe(fresh("closed."));
    const error = await happens(channel, "pusher:subscription_error");
    assert.equal(error.type, "AuthError");
    assert.equal(error.status, 403);
    await joined(client, fresh("orders."));
  });

  test("a signature opens a channel for this connection, name and app alone", async () => {
    const other = await connected("bob");
    const forged = backend({ ...APP, secret: "another-secret-0123456789" });
    const name = fresh("private-orders.");
    const signs = [
      (_, socketId, channel, user) => signed(forged, socketId, channel, user),
      (honest, _, channel, user) => signed(honest, other.connection.socket_id, channel, user),
      (honest, socketId, _, user) => signed(honest, socketId, "private-other", user),
      (_, socketId, channel, user) => signed(backend(SCOPED), socketId, channel, user),
      () => ({ auth: "" }),
      () => ({ auth: `${APP.key}:00` }),
    ];
    for (const sign of signs) {
      const client = await connected("ann", { sign });
      const error = await happens(client.subscribe(name), "pusher:subscription_error");
      assert.equal(error.type, "AuthError");
      assert.ok([401, 403].includes(error.status), String(error.status));
      client.disconnect();
    }
    await joined(await connected("ann"), name);
  });

  test("an encrypted channel passes on what the hub cannot read", async () => {
    const client = await connected("ann");
    const channel = await joined(client, fresh("private-encrypted-"));
    const arrives = happens(channel, "secret");
    await server.trigger(channel.name, "secret", { for: "you" });
    assert.deepEqual(await arrives, { for: "you" });
  });

  test("a cache channel has the last event for whoever comes, or says it has none", async () => {
    for (const prefix of ["cache-orders.", "private-cache-", "presence-cache-"]) {
      const name = fresh(prefix);
      const [ann, bob] = [await connected("ann"), await connected("bob")];
      await happens(ann.subscribe(name), "pusher:cache_miss");
      await server.trigger(name, "price", { euros: 7 });
      const second = bob.subscribe(name);
      const missed = heard(second, "pusher:cache_miss");
      assert.deepEqual(await happens(second, "price"), { euros: 7 });
      assert.deepEqual(missed, []);
    }
  });

  test("whoever leaves hears nothing more", async () => {
    const client = await connected("ann");
    const [left, kept] = [fresh("orders."), fresh("orders.")];
    const channel = await joined(client, left);
    const other = await joined(client, kept);
    const seen = heard(channel, "said");
    client.unsubscribe(left);
    await joined(client, fresh("orders."));
    const arrives = happens(other, "said");
    await server.trigger([left, kept], "said", 1);
    await arrives;
    assert.deepEqual(seen, []);
  });

  test("a name that is no channel is refused with the reason", async () => {
    const client = await connected("ann");
    const error = await happens(client.subscribe("no spaces"), "pusher:subscription_error");
    assert.match(error.error, /letters, digits/);
  });
});

describe("client events", () => {
  test("reach everybody else, and say who speaks on presence channels", async () => {
    const [ann, bob] = [await connected("ann"), await connected("bob")];
    for (const prefix of ["private-", "presence-"]) {
      const name = fresh(prefix);
      const [hers, his] = [await joined(ann, name), await joined(bob, name)];
      const echoed = heard(hers, "client-typing");
      const arrives = happens(his, "client-typing");
      hers.trigger("client-typing", { on: true });
      const said = { on: true };
      const expected = prefix === "presence-" ? { data: said, user: "ann" } : said;
      assert.deepEqual(await arrives, expected);
      const back = happens(hers, "client-answer");
      his.trigger("client-answer", "yes");
      await back;
      assert.deepEqual(echoed, []);
    }
  });

  test("are refused on other channels, from strangers and where they are off", async () => {
    const client = await connected("ann");
    for (const name of [fresh("orders."), fresh("private-encrypted-")]) {
      await joined(client, name);
      const refused = happens(client.connection, "error");
      client.send_event("client-no", 1, name);
      assert.equal((await refused).data.code, 4009);
    }
    const refused = happens(client.connection, "error");
    client.send_event("client-no", 1, fresh("private-elsewhere-"));
    assert.equal((await refused).data.code, 4009);
    const scoped = await connected("ann", { app: SCOPED });
    const off = happens(scoped.connection, "error");
    (await joined(scoped, fresh("private-"))).trigger("client-no", 1);
    assert.match((await off).data.message, /not enabled/);
    scoped.disconnect();
  });

  test("that come too fast are refused with Pusher's code, and the connection goes on", async () => {
    const client = await connected("ann");
    const channel = await joined(client, fresh("private-"));
    const refused = happens(client.connection, "error");
    for (let count = 0; count < 150; count += 1) channel.trigger("client-flood", count);
    assert.equal((await refused).data.code, 4301);
    await joined(client, fresh("orders."));
  });
});

describe("presence", () => {
  test("a user comes with its first connection and goes with its last", async () => {
    const name = fresh("presence-");
    const watcher = await joined(await connected("ann"), name);
    assert.deepEqual(watcher.members.me, { id: "ann", info: { name: "ann" } });
    const added = heard(watcher, "pusher:member_added");
    const removed = heard(watcher, "pusher:member_removed");
    const [one, two] = [await connected("bob"), await connected("bob")];
    const seen = await joined(one, name);
    assert.equal(seen.members.count, 2);
    assert.deepEqual(seen.members.get("ann").info, { name: "ann" });
    assert.equal((await joined(two, name)).members.count, 2);
    one.disconnect();
    // Whoever comes later says that what came before was told.
    await joined(await connected("eve"), name);
    await until(() => added.length === 2);
    assert.deepEqual(
      added.map((member) => member.id),
      ["bob", "eve"],
    );
    assert.deepEqual(removed, []);
    const gone = happens(watcher, "pusher:member_removed");
    two.disconnect();
    assert.equal((await gone).id, "bob");
    assert.equal(watcher.members.count, 2);
  });

  test("a member without a user, or with too much about it, is refused", async () => {
    const much = { user_id: "ann", user_info: "x".repeat(3000) };
    for (const data of [undefined, { user_info: {} }, much]) {
      const client = await connected("ann");
      const channel = fresh("presence-");
      const auth = server.authorizeChannel(client.connection.socket_id, channel, data);
      const denied = happens(client.connection, "message");
      client.send_event("pusher:subscribe", { ...auth, channel });
      const { event, data: error } = await denied;
      assert.equal(event, "pusher:subscription_error");
      assert.ok([400, 413].includes(error.status), JSON.stringify(error));
      client.disconnect();
    }
  });

  test("users whose ids are numbers are members like others", async () => {
    const sign = (honest, socketId, channel) =>
      honest.authorizeChannel(socketId, channel, { user_id: 7 });
    const channel = await joined(await connected("x", { sign }), fresh("presence-"));
    assert.deepEqual(Object.keys(channel.members.members), ["7"]);
  });
});

describe("users", () => {
  test("who signed in get what is for them, on all their connections", async () => {
    const user = fresh("user-");
    const [one, two] = [await connected(user), await connected(user)];
    const stranger = await connected("bob");
    const overheard = [];
    stranger.bind_global((event) => overheard.push(event));
    for (const client of [one, two]) {
      client.signin();
      await client.user.signinDonePromise;
      assert.equal(client.user.user_data.id, user);
      await until(() => client.user.serverToUserChannel.subscribed);
    }
    const arrives = [one, two].map((client) => happens(client.user, "note"));
    await server.sendToUser(user, "note", { text: "hi" });
    assert.deepEqual(await Promise.all(arrives), [{ text: "hi" }, { text: "hi" }]);
    assert.deepEqual(overheard, []);
  });

  test("who watch others are told when they come and go", async () => {
    const [user, other, nobody] = [fresh("user-"), fresh("user-"), fresh("user-")];
    const client = await connected(user, { watchlist: [other, nobody] });
    const [online, offline] = ["online", "offline"].map((event) =>
      heard(client.user.watchlist, event));
    client.signin();
    await client.user.signinDonePromise;
    await until(() => offline.length === 1);
    assert.deepEqual(offline[0].user_ids.toSorted(), [other, nobody].toSorted());
    const [first, second] = [await connected(other), await connected(other)];
    for (const one of [first, second]) {
      one.signin();
      await one.user.signinDonePromise;
    }
    await until(() => online.length === 1);
    assert.deepEqual(online[0].user_ids, [other]);
    first.disconnect();
    second.disconnect();
    await until(() => offline.length === 2);
    assert.deepEqual(offline[1].user_ids, [other]);
    assert.equal(online.length, 1, "the second connection is no news");
  });

  test("who watch too many are not signed in", async () => {
    const watchlist = Array.from({ length: 101 }, (_, number) => `user-${number}`);
    const client = await connected(fresh("user-"), { watchlist });
    const refused = happens(client.connection, "error");
    client.signin();
    assert.equal((await refused).data.code, 4302);
  });

  test("who are sent away do not come back", async () => {
    const user = fresh("user-");
    const client = await connected(user);
    client.signin();
    await client.user.signinDonePromise;
    const refused = happens(client.connection, "disconnected");
    await server.terminateUserConnections(user);
    await refused;
    await stays(client, "disconnected");
  });

  test("nobody signs in with a forged signature, or hears the channel of another", async () => {
    const client = await connected("ann");
    const refused = happens(client.connection, "error");
    const auth = `${APP.key}:${"0".repeat(64)}`;
    client.send_event("pusher:signin", { auth, user_data: '{"id":"bob"}' });
    assert.equal((await refused).data.code, 4009);
    const denied = happens(client.connection, "message");
    client.send_event("pusher:subscribe", { auth: "", channel: "#server-to-user-bob" });
    const { event, data } = await denied;
    assert.deepEqual([event, data.status], ["pusher:subscription_error", 403]);
  });
});

describe("refusals make the library do the right thing", () => {
  test("an unknown app: it stops", async () => {
    const client = page("ann", { app: { ...APP, key: "no-such-key" } });
    const { error } = await happens(client.connection, "error");
    assert.equal(error.data.code, 4001);
    await stays(client, "disconnected");
  });

  test("an app with all its connections: it stops, until somebody leaves", async () => {
    const pages = [];
    for (let count = 0; count < 5; count += 1) pages.push(page("bob", { app: SCOPED }));
    const codes = await Promise.all(pages.map(settled));
    assert.deepEqual(codes.sort(), [4004, null, null, null, null]);
    for (const client of pages) client.disconnect();
    await until(async () => {
      const client = page("eve", { app: SCOPED });
      const code = await settled(client);
      client.disconnect();
      return code === null;
    });
  });

  test("wrong versions, paths and messages have Pusher's codes", async () => {
    for (const [path, code] of [
      [`/app/${APP.key}`, 4008],
      [`/app/${APP.key}?protocol=x`, 4006],
      [`/app/${APP.key}?protocol=4`, 4007],
      ["/app/?protocol=7", 4005],
      [`/app/${APP.key}/more?protocol=7`, 4005],
    ]) {
      const ended = await raw(path);
      assert.equal(ended.code, code, path);
      assert.equal(ended.told[0].event, "pusher:error");
      assert.equal(JSON.parse(ended.told[0].data).code, code);
    }
    const nonsense = Array.from({ length: 20 }, () => ({ nonsense: true }));
    const ended = await raw(`/app/${APP.key}?protocol=7`, nonsense);
    assert.equal(ended.code, 4090);
    assert.equal(ended.told[0].event, "pusher:connection_established");
    for (const { data } of ended.told) assert.equal(typeof data, "string");
  });

  test("a ping is answered", async () => {
    const client = await connected("ann");
    const answered = happens(client.connection, "message");
    client.send_event("pusher:ping", {});
    assert.equal((await answered).event, "pusher:pong");
  });
});

test("apps of different scopes hear nothing of each other", async () => {
  const name = fresh("private-");
  const ours = await joined(await connected("ann"), name);
  const scoped = await connected("ann", { app: SCOPED });
  const theirs = await joined(scoped, name);
  const [here, there] = [heard(ours, "said"), heard(theirs, "said")];
  const last = [happens(theirs, "last"), happens(ours, "last")];
  for (const [library, text] of [
    [server, "ours"],
    [backend(SCOPED), "theirs"],
  ]) {
    await library.trigger(name, "said", text);
    await library.trigger(name, "last", 1);
  }
  await Promise.all(last);
  assert.deepEqual([here, there], [["ours"], ["theirs"]]);
  scoped.disconnect();
});

describe("the server library", () => {
  test("leaves out who caused an event, and tells batches and numbers", async () => {
    const name = fresh("presence-");
    const [ann, bob] = [await connected("ann"), await connected("bob")];
    const [hers, his] = [await joined(ann, name), await joined(bob, name)];
    const seen = heard(hers, "said");
    const arrives = happens(his, "said");
    const params = { socket_id: ann.connection.socket_id, info: "user_count,subscription_count" };
    const answer = await server.trigger(name, "said", 1, params);
    const expected = { channels: { [name]: { user_count: 2, subscription_count: 2 } } };
    assert.deepEqual(await answer.json(), expected);
    assert.equal(await arrives, 1);
    const last = happens(hers, "last");
    await server.triggerBatch([
      { channel: name, name: "said", data: { batch: 1 } },
      { channel: name, name: "last", data: 2 },
    ]);
    assert.equal(await last, 2);
    assert.deepEqual(seen, [{ batch: 1 }]);
  });

  test("asks about channels and their users", async () => {
    const name = fresh("presence-");
    await joined(await connected("ann"), name);
    const ask = async (path, params) => (await server.get({ path, params })).json();
    const listed = await ask("/channels", { filter_by_prefix: name, info: "user_count" });
    assert.deepEqual(listed, { channels: { [name]: { user_count: 1 } } });
    assert.deepEqual(await ask(`/channels/${name}/users`), { users: [{ id: "ann" }] });
    assert.equal((await ask(`/channels/${name}`)).occupied, true);
    assert.equal((await ask(`/channels/${fresh("presence-")}`)).occupied, false);
  });

  test("is refused with another secret or app", async () => {
    const forged = backend({ ...APP, secret: "another-secret-0123456789" });
    await assert.rejects(forged.trigger("orders.x", "said", 1), (error) => error.status === 401);
    const unknown = backend({ ...APP, id: "1009" });
    await assert.rejects(unknown.trigger("orders.x", "said", 1), (error) => error.status === 404);
  });
});

test("laravel-echo works on top of it", async () => {
  const echo = new Echo({ broadcaster: "pusher", client: page("ann"), namespace: false });
  const id = randomUUID();
  const here = new Promise((resolve) => echo.join(`orders.${id}`).here(resolve));
  assert.deepEqual(await here, [{ name: "ann" }]);
  const channel = echo.private(`orders.${id}`);
  await new Promise((resolve) => channel.subscribed(() => resolve()));
  const paid = new Promise((resolve) => channel.listen("OrderPaid", resolve));
  await server.trigger(`private-orders.${id}`, "OrderPaid", { total: 12 });
  assert.deepEqual(await paid, { total: 12 });
  echo.disconnect();
});

/** Waits until something holds. */
async function until(holds) {
  const end = Date.now() + 10_000;
  while (!(await holds())) {
    assert.ok(Date.now() < end, "it does not become so in time");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A library that means to come back begins within a second; this one stays as it is. */
async function stays(client, state) {
  await until(() => client.connection.state === state);
  const changed = heard(client.connection, "state_change");
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.deepEqual(changed, []);
}

/** The code that a page is refused with, or null once it is connected. */
function settled(client) {
  return new Promise((resolve) => {
    client.connection.bind("connected", () => resolve(null));
    client.connection.bind("error", ({ error }) => resolve(error?.data?.code));
  });
}
