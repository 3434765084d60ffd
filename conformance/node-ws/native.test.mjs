// The `ws` package against the running binary: node --test conformance/node-ws/native.test.mjs
// `cargo xtask conform interop` starts the binary and sets the environment.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, describe, test } from "node:test";
import { Session, refusal } from "./session.mjs";

const {
  WIREHUB_TEST_URL: url,
  WIREHUB_TEST_PUBLIC: publicAddress,
  WIREHUB_TEST_ADMIN: admin,
  WIREHUB_TEST_API_KEY: apiKey,
  WIREHUB_TEST_TOKEN: token,
} = process.env;
assert.ok(url && token, "run this through `cargo xtask conform interop`");

after(() => Session.cutAll());

const newTopic = () => `orders/${randomUUID()}`;

for (const deflate of [false, true]) {
  describe(deflate ? "with permessage-deflate" : "without compression", () => {
    const open = async () => {
      const session = await Session.open(url, { token, deflate });
      const welcome = await session.nextOf("welcome");
      return { session, welcome };
    };

    test("a token in the address is welcomed", async () => {
      const { session, welcome } = await open();
      assert.equal(welcome.user, "u1");
      assert.match(welcome.connection, /^c_/);
      assert.ok(welcome.heartbeat.interval > 0);
      assert.equal(session.extensions.includes("permessage-deflate"), deflate);
      assert.equal(await session.close(), 1000);
    });

    test("a token in the first message is welcomed", async () => {
      const session = await Session.open(url, { deflate });
      session.send({ type: "connect", id: 1, token });
      assert.equal((await session.nextOf("welcome")).user, "u1");
      assert.equal(await session.close(), 1000);
    });

    test("what is published arrives, with its offset and its sender", async () => {
      const topic = newTopic();
      const { session, welcome } = await open();
      const subscribed = await session.request({ type: "subscribe", topic });
      assert.equal(subscribed.type, "ok");
      assert.ok(subscribed.epoch);
      const data = { total: 12.5, name: "Åse 北京 🚚", deep: [[], {}, null, true] };
      const published = await session.request({ type: "publish", topic, event: "paid", data });
      assert.equal(published.type, "ok");
      assert.equal(published.offset, subscribed.offset + 1);
      const message = await session.nextOf("message");
      assert.deepEqual(
        { ...message, from: undefined },
        { type: "message", topic, event: "paid", data, offset: published.offset, from: undefined },
      );
      assert.deepEqual(message.from, { user: "u1", connection: welcome.connection });
      await session.close();
    });

    test("a message of 48 KiB arrives whole", async () => {
      const topic = newTopic();
      const { session } = await open();
      await session.request({ type: "subscribe", topic });
      const data = "wirehub ".repeat(6 * 1024);
      session.send({ type: "publish", topic, data });
      assert.equal((await session.nextOf("message")).data, data);
      await session.close();
    });

    test("echo: false leaves out the publisher and nobody else", async () => {
      const topic = newTopic();
      const [{ session: publisher }, { session: other }] = [await open(), await open()];
      await publisher.request({ type: "subscribe", topic });
      await other.request({ type: "subscribe", topic });
      await publisher.request({ type: "publish", topic, data: 1, echo: false });
      await publisher.request({ type: "publish", topic, data: 2 });
      assert.equal((await publisher.nextOf("message")).data, 2);
      assert.equal((await other.nextOf("message")).data, 1);
      assert.equal((await other.nextOf("message")).data, 2);
      await Promise.all([publisher.close(), other.close()]);
    });

    test("after unsubscribe nothing arrives", async () => {
      const [left, kept] = [newTopic(), newTopic()];
      const { session } = await open();
      await session.request({ type: "subscribe", topic: left });
      await session.request({ type: "subscribe", topic: kept });
      assert.equal((await session.request({ type: "unsubscribe", topic: left })).type, "ok");
      await session.request({ type: "publish", topic: left, data: 1 });
      await session.request({ type: "publish", topic: kept, data: 2 });
      assert.equal((await session.nextOf("message")).topic, kept);
      await session.close();
    });

    test("a forbidden topic is refused and the connection lives on", async () => {
      const { session } = await open();
      for (const type of ["subscribe", "publish"]) {
        const reply = await session.request({ type, topic: "secret/1", data: 1 });
        assert.equal(reply.type, "error");
        assert.equal(reply.code, "permission_denied");
        assert.equal(reply.retry, false);
      }
      session.send({ type: "ping" });
      await session.nextOf("pong");
      await session.close();
    });

    test("both kinds of ping are answered", async () => {
      const { session } = await open();
      session.send({ type: "ping" });
      await session.nextOf("pong");
      assert.equal(await session.pong("payload"), "payload");
      await session.close();
    });

    test("the server API reaches a subscriber", async () => {
      const topic = newTopic();
      const { session } = await open();
      await session.request({ type: "subscribe", topic });
      const response = await fetch(`${admin}/api/publish`, {
        method: "POST",
        headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json" },
        body: JSON.stringify({ topic, event: "shipped", data: { by: "api" } }),
      });
      assert.equal(response.status, 200);
      const message = await session.nextOf("message");
      assert.equal(message.event, "shipped");
      assert.deepEqual(message.data, { by: "api" });
      await session.close();
    });
  });
}

test("a forged token is refused in the handshake", async () => {
  const [header, claims] = token.split(".");
  assert.equal(await refusal(url, `${header}.${claims}.${"A".repeat(43)}`), 401);
});

test("the server API wants its key", async () => {
  const response = await fetch(`${admin}/api/publish`, { method: "POST", body: "{}" });
  assert.equal(response.status, 401);
});

test("/ping answers on the public listener", async () => {
  const response = await fetch(`${publicAddress}/ping`);
  assert.equal(response.status, 200);
  assert.equal((await response.json()).status, "ok");
});
