// Centrifugo's own JavaScript client, unmodified, against the running binary:
// node --test conformance/centrifuge-js/centrifuge.test.mjs
// `cargo xtask conform interop` starts the binary and sets the environment.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Session } from "../node-ws/session.mjs";
import { Client, may, newRoom, now, token, ways } from "./world.mjs";

const {
  WIREHUB_TEST_URL: nativeUrl,
  WIREHUB_TEST_ADMIN: admin,
  WIREHUB_TEST_API_KEY: apiKey,
} = process.env;
assert.ok(nativeUrl, "run this through `cargo xtask conform interop`");

after(() => {
  Client.closeAll();
  Session.cutAll();
});

const everything = may("chat/#");
const ann = () => token({ sub: "ann", info: { name: "Ann" }, ...everything });
const bob = () => token({ sub: "bob", ...everything });

/** Asks the server API, as the application does. */
async function api(what, body) {
  const response = await fetch(`${admin}/api/${what}`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${what}: ${response.status} ${await response.clone().text()}`);
  return response.json();
}

const topicOf = (channel) => channel.replaceAll(":", "/");

for (const [name, way] of Object.entries(ways)) {
  const { bytes, value } = way;
  const open = (options) => Client.open(way, options);

  describe(name, () => {
    test("a token lets in, and the reply says how to stay", async () => {
      const client = await open({ token: ann() });
      assert.match(client.connected.client, /^c_/);
      assert.equal(client.connected.transport, way.transport);
      assert.equal(client.centrifuge.state, "connected");
    });

    test("what is published arrives, with its publisher and its offset", async () => {
      const room = newRoom();
      const [one, two] = [await open({ token: ann() }), await open({ token: bob() })];
      const hears = await two.subscribe(room);
      const says = await one.subscribe(room);
      await says.publish(bytes({ text: "Åse 北京 🚚" }));
      const heard = await hears.next("publication");
      assert.deepEqual(value(heard.data), { text: "Åse 北京 🚚" });
      assert.equal(heard.info.user, "ann");
      assert.equal(heard.info.client, one.connected.client);
      assert.deepEqual(value(heard.info.connInfo), { name: "Ann" });
      assert.equal(heard.offset, 1);
      // The publisher hears itself, as with Centrifugo.
      assert.equal((await says.next("publication")).offset, 1);
    });

    test("nothing arrives after unsubscribing, and again after subscribing", async () => {
      // A topic that keeps no history; of others, what was missed meanwhile comes as well.
      const room = newRoom().replace("chat", "orders");
      const client = await open({ token: token({ sub: "ann", ...may("orders/#") }) });
      const subscription = await client.subscribe(room);
      subscription.unsubscribe();
      assert.equal((await subscription.next("unsubscribed")).code, 0);
      await client.centrifuge.publish(room, bytes(1));
      subscription.subscribe();
      await subscription.next("subscribed");
      await client.centrifuge.publish(room, bytes(2));
      assert.equal(value((await subscription.next("publication")).data), 2);
    });

    test("who is there is told and can be asked", async () => {
      const room = newRoom();
      const [one, two] = [await open({ token: ann() }), await open({ token: bob() })];
      const watching = await one.subscribe(room, { joinLeave: true });
      // Whoever watches is told of itself.
      const itself = await watching.next("join");
      assert.equal(itself.info.user, "ann");
      assert.deepEqual(value(itself.info.connInfo), { name: "Ann" });
      const other = await two.subscribe(room);
      const joined = await watching.next("join");
      assert.equal(joined.info.user, "bob");
      assert.equal(joined.info.client, two.connected.client);
      const { clients } = await watching.presence();
      assert.deepEqual(
        Object.values(clients).map(({ user }) => user).sort(),
        ["ann", "bob"],
      );
      assert.ok(clients[one.connected.client].connInfo);
      assert.deepEqual(await watching.presenceStats(), { numClients: 2, numUsers: 2 });
      other.unsubscribe();
      assert.equal((await watching.next("leave")).info.user, "bob");
    });

    test("a client that is gone has left at once", async () => {
      const room = newRoom();
      const [one, two] = [await open({ token: ann() }), await open({ token: bob() })];
      const watching = await one.subscribe(room, { joinLeave: true });
      await watching.next("join");
      await two.subscribe(room);
      await watching.next("join");
      two.centrifuge.disconnect();
      assert.equal((await watching.next("leave")).info.user, "bob");
    });

    test("history is read from both ends and from any place", async () => {
      const room = newRoom();
      const client = await open({ token: ann() });
      const subscription = await client.subscribe(room);
      for (const count of [1, 2, 3, 4, 5]) await subscription.publish(bytes(count));
      const said = async (options) => {
        const page = await subscription.history(options);
        return page.publications.map(({ data }) => value(data));
      };
      const top = await subscription.history({ limit: 0 });
      assert.deepEqual(top.publications, []);
      assert.equal(top.offset, 5);
      assert.deepEqual(await said({ limit: 2 }), [1, 2]);
      assert.deepEqual(await said({ limit: -1 }), [1, 2, 3, 4, 5]);
      assert.deepEqual(await said({ limit: 2, reverse: true }), [5, 4]);
      const since = { offset: 3, epoch: top.epoch };
      assert.deepEqual(await said({ limit: 10, since }), [4, 5]);
      assert.deepEqual(await said({ limit: 10, since, reverse: true }), [2, 1]);
      await assert.rejects(
        subscription.history({ limit: 1, since: { offset: 3, epoch: "elsewhere" } }),
        { code: 112 },
      );
    });

    test("what was missed follows, in order and once", async () => {
      const room = newRoom();
      const [one, two] = [await open({ token: ann() }), await open({ token: bob() })];
      const hears = await one.subscribe(room, { recoverable: true, positioned: true });
      assert.equal(hears.began.recoverable, true);
      assert.equal(hears.began.positioned, true);
      await two.centrifuge.publish(room, bytes(1));
      assert.equal(value((await hears.next("publication")).data), 1);
      one.cut();
      await hears.next("subscribing");
      for (const count of [2, 3]) await two.centrifuge.publish(room, bytes(count));
      const again = await hears.next("subscribed");
      assert.equal(again.wasRecovering, true);
      assert.equal(again.recovered, true);
      await two.centrifuge.publish(room, bytes(4));
      const offsets = [];
      for (const count of [2, 3, 4]) {
        const publication = await hears.next("publication");
        assert.equal(value(publication.data), count);
        offsets.push(publication.offset);
      }
      assert.deepEqual(offsets, [2, 3, 4]);
    });

    test("a position that is not known is said to be lost", async () => {
      const room = newRoom();
      const client = await open({ token: ann() });
      const since = { offset: 7, epoch: "elsewhere" };
      const subscription = await client.subscribe(room, { since });
      assert.equal(subscription.began.wasRecovering, true);
      assert.equal(subscription.began.recovered, false);
      assert.equal(subscription.began.streamPosition.offset, 0);
    });

    test("where only the last is kept, who is given it has recovered", async () => {
      const room = newRoom().replace("chat", "last");
      const topic = topicOf(room);
      const client = await open({ token: token({ sub: "ann", ...may("last/#") }) });
      for (const data of [1, 2]) await api("publish", { topic, data });
      const since = { offset: 0, epoch: "" };
      const subscription = await client.subscribe(room, { since });
      assert.equal(subscription.began.recovered, true);
      const heard = await subscription.next("publication");
      assert.deepEqual([value(heard.data), heard.offset], [2, 2]);
    });

    test("publications are chosen by their tags, those that were missed too", async () => {
      const room = newRoom();
      const topic = topicOf(room);
      const client = await open({ token: ann() });
      const trade = (side, data) => api("publish", { topic, data, tags: { side } });
      const tagsFilter = {
        op: "and",
        nodes: [
          { key: "side", cmp: "in", vals: ["buy", "swap"] },
          { op: "not", nodes: [{ key: "event", cmp: "ex" }] },
        ],
      };
      const subscription = await client.subscribe(room, { tagsFilter });
      await trade("sell", 1);
      await trade("buy", 2);
      const heard = await subscription.next("publication");
      assert.deepEqual([value(heard.data), { ...heard.tags }], [2, { side: "buy" }]);
      client.cut();
      await client.next("connecting");
      await trade("sell", 3);
      await trade("swap", 4);
      await api("publish", { topic, event: "paid", data: 5, tags: { side: "buy" } });
      await trade("buy", 6);
      for (const data of [4, 6]) {
        assert.equal(value((await subscription.next("publication")).data), data);
      }
      const wrong = client.begin(`${room}x`, { tagsFilter: { key: "side", cmp: "like", val: "b" } });
      assert.equal((await wrong.next("unsubscribed")).code, 107);
    });

    test("the name of a channel says who may have it", async () => {
      const room = newRoom().replace("chat", "orders");
      const client = await open({ token: token({ sub: "ann" }) });
      const subscription = await client.subscribe(`${room}#bob,ann`);
      assert.equal(subscription.state, "subscribed");
      for (const users of ["bob", "bob,anna", ""]) {
        const other = client.begin(`${room}#${users}`);
        assert.equal((await other.next("unsubscribed")).code, 103);
      }
    });

    test("the token's channels are subscribed by the server", async () => {
      const room = newRoom();
      const claims = { sub: "ann", ...everything, channels: [room], subs: { [`${room}x`]: {} } };
      const client = new Client(way, { token: token(claims) });
      client.centrifuge.connect();
      const channels = [];
      for (const _ of [1, 2, 3]) channels.push((await client.next("subscribed")).channel);
      assert.deepEqual(channels.sort(), [room, `${room}x`, "personal:#ann"].sort());
      await client.centrifuge.publish(room, bytes("here"));
      const heard = await client.next("publication");
      assert.equal(heard.channel, room);
      assert.equal(value(heard.data), "here");
    });

    test("what was missed of the token's channels follows as well", async () => {
      const room = newRoom();
      const claims = { sub: `dora-${name}`, ...everything, channels: [room] };
      const client = await open({ token: token(claims) });
      const began = async () => {
        const events = [await client.next("subscribed"), await client.next("subscribed")];
        return events.find(({ channel }) => channel === room);
      };
      assert.equal((await began()).recoverable, true);
      const other = await open({ token: ann() });
      await other.centrifuge.publish(room, bytes(1));
      await client.next("publication");
      client.cut();
      await client.next("connecting");
      await other.centrifuge.publish(room, bytes(2));
      const again = await began();
      assert.equal(again.recovered, true);
      assert.equal(again.wasRecovering, true);
      const missed = await client.next("publication");
      assert.deepEqual([value(missed.data), missed.offset], [2, 2]);
      // Nothing says that they ended in between.
      assert.deepEqual(client.heard.all.filter((event) => event.name === "unsubscribed"), []);
    });

    test("a user's own channel reaches the user", async () => {
      const client = new Client(way, { token: token({ sub: "carol" }) });
      client.centrifuge.connect();
      await client.next("subscribed");
      await api("publish", { topic: "personal/%23carol", data: { hello: "carol" } });
      const heard = await client.next("publication");
      assert.equal(heard.channel, "personal:#carol");
      assert.deepEqual(value(heard.data), { hello: "carol" });
    });

    test("a subscription token opens what nothing else does", async () => {
      const channel = `$private:${newRoom()}`;
      const client = await open({ token: token({ sub: "ann" }) });
      const refused = client.begin(channel);
      assert.equal((await refused.next("unsubscribed")).code, 103);
      client.centrifuge.removeSubscription(refused);
      const subscription = await client.subscribe(channel, {
        token: token({ sub: "ann", channel }),
      });
      assert.equal(subscription.state, "subscribed");
    });

    test("a subscription token of another channel, user or key opens nothing", async () => {
      const client = await open({ token: token({ sub: "ann" }) });
      for (const [claims, key] of [
        [{ sub: "ann", channel: "$private:other" }],
        [{ sub: "bob", channel: "$private:mine" }],
        [{ sub: "ann" }],
        [{ sub: "ann", channel: "$private:mine" }, "another key of thirty-two bytes or more"],
      ]) {
        const subscription = client.begin("$private:mine", { token: token(claims, key) });
        assert.equal((await subscription.next("unsubscribed")).code, 103);
        client.centrifuge.removeSubscription(subscription);
      }
      assert.equal(client.centrifuge.state, "connected");
    });

    test("an expired subscription token is fetched anew", async () => {
      const channel = `$private:${newRoom()}`;
      const client = await open({ token: token({ sub: "ann" }) });
      let asked = 0;
      const subscription = await client.subscribe(channel, {
        token: token({ sub: "ann", channel, exp: now() - 60 }),
        getToken: async () => {
          asked += 1;
          return token({ sub: "ann", channel });
        },
      });
      assert.equal(subscription.state, "subscribed");
      assert.equal(asked, 1);
    });

    test("a subscription token is renewed before it expires", async () => {
      const channel = `$private:${newRoom()}`;
      const client = await open({ token: token({ sub: "ann" }) });
      let renewed;
      const asked = new Promise((resolve) => { renewed = resolve; });
      const subscription = await client.subscribe(channel, {
        token: token({ sub: "ann", channel, exp: now() - 8 }),
        getToken: async () => {
          renewed();
          return token({ sub: "ann", channel });
        },
      });
      await asked;
      await client.centrifuge.presenceStats(channel).catch(() => {});
      assert.equal(subscription.state, "subscribed");
    });

    test("a connection token is renewed before it expires", async () => {
      let renewed;
      const asked = new Promise((resolve) => { renewed = resolve; });
      const client = await open({
        token: token({ sub: "ann", exp: now() - 8, ...everything }),
        getToken: async () => {
          renewed();
          return ann();
        },
      });
      await asked;
      await client.subscribe(newRoom());
      assert.equal(client.centrifuge.state, "connected");
    });

    test("an expired connection token is fetched anew", async () => {
      const client = await open({
        token: token({ sub: "ann", exp: now() - 60 }),
        getToken: async () => ann(),
      });
      assert.equal(client.centrifuge.state, "connected");
    });

    test("a forged token ends it for good", async () => {
      for (const bad of [
        token({ sub: "ann" }, "another key of thirty-two bytes or more"),
        token({ sub: "ann", channel: "chat:1" }),
        "nonsense",
      ]) {
        const client = new Client(way, { token: bad });
        client.centrifuge.connect();
        const { code } = await client.next("disconnected");
        assert.equal(code, 3500);
      }
    });

    test("no token is not enough", async () => {
      const client = new Client(way, {});
      client.centrifuge.connect();
      assert.equal((await client.next("disconnected")).code, 3500);
    });

    test("what is not allowed is refused, and the connection goes on", async () => {
      const client = await open({ token: token({ sub: "ann" }) });
      await assert.rejects(client.centrifuge.publish("chat:closed", bytes(1)), { code: 103 });
      await assert.rejects(client.centrifuge.presence("chat:closed"), { code: 103 });
      await assert.rejects(client.centrifuge.history("chat:closed"), { code: 103 });
      const subscription = client.begin("chat:closed");
      assert.equal((await subscription.next("unsubscribed")).code, 103);
      assert.equal(client.centrifuge.state, "connected");
    });

    test("what is not there is said not to be", async () => {
      const client = await open({ token: token({ sub: "ann", ...may("orders/#") }) });
      await assert.rejects(client.centrifuge.presence("orders:1"), { code: 108 });
      await assert.rejects(client.centrifuge.history("orders:1"), { code: 108 });
      await assert.rejects(client.centrifuge.rpc("nothing", bytes(1)), { code: 104 });
    });

    test("messages that are no request end it for good", async () => {
      const client = await open({ token: ann() });
      await client.centrifuge.send(bytes(1));
      assert.equal((await client.next("disconnected")).code, 3508);
    });

    test("hundreds of commands at once are all answered", async () => {
      const client = await open({ token: ann() });
      client.centrifuge.startBatching();
      const asked = Array.from({ length: 90 }, (_, place) =>
        client.centrifuge.publish(`chat:many/${place}`, bytes(place)));
      client.centrifuge.stopBatching();
      await Promise.all(asked);
    });

    test("the application ends a connection for good", async () => {
      const client = await open({ token: token({ sub: `user-${name}` }) });
      const connection = client.connected.client;
      await api("disconnect", { connection });
      assert.equal((await client.next("disconnected")).code, 3503);
    });

    test("direct messages arrive as messages", async () => {
      const user = `direct-${name}`;
      const client = await open({ token: token({ sub: user }) });
      await api("send", { to: { user }, data: { for: "you" } });
      assert.deepEqual(value((await client.next("message")).data), { for: "you" });
    });

    if (way.transport !== "websocket") {
      test("a session that nobody has makes it connect again", async () => {
        const client = await open({ token: ann() });
        const connection = client.connected.client;
        client.centrifuge._session = `${client.centrifuge._session}0`;
        const lost = client.centrifuge.publish(newRoom(), bytes(1));
        const rejected = assert.rejects(lost);
        await client.next("connecting");
        await rejected;
        assert.notEqual((await client.next("connected")).client, connection);
        await client.centrifuge.publish(newRoom(), bytes(2));
      });
    }

    test("a native client is in the same room", async () => {
      const room = newRoom();
      const client = await open({ token: ann() });
      const subscription = await client.subscribe(room, { joinLeave: true });
      await subscription.next("join");
      const native = await Session.open(nativeUrl, { token: bob() });
      await native.nextOf("welcome");
      const topic = topicOf(room);
      const begun = await native.request({ type: "subscribe", topic, presence: true });
      assert.deepEqual(begun.presence.members.map(({ user }) => user).sort(), ["ann", "bob"]);
      assert.equal((await subscription.next("join")).info.user, "bob");

      await subscription.publish(bytes({ from: "centrifuge" }));
      const heard = await native.nextOf("message");
      assert.deepEqual([heard.topic, heard.data], [topic, { from: "centrifuge" }]);
      assert.equal(heard.from.user, "ann");
      await subscription.next("publication");

      const data = { from: "native", lines: [1, 2] };
      await native.request({ type: "publish", topic, event: "greeting", data });
      const answer = await subscription.next("publication");
      assert.deepEqual(value(answer.data), data);
      assert.equal(answer.info.user, "bob");
      assert.deepEqual({ ...answer.tags }, { event: "greeting" });

      const binary = Buffer.from([0, 255, 7]);
      await native.request({ type: "publish", topic, binary: binary.toString("base64") });
      const raw = await subscription.next("publication");
      if (way.isText) {
        assert.equal(raw.data, binary.toString("base64"));
        assert.deepEqual({ ...raw.tags }, { encoding: "base64" });
      } else {
        assert.deepEqual(Buffer.from(raw.data), binary);
      }
      assert.equal(await native.close(), 1000);
      assert.equal((await subscription.next("leave")).info.user, "bob");
    });
  });
}
