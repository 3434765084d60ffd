// Headless Chromium against the running binary: node --test conformance/browser/native.test.mjs
// `cargo xtask conform interop` starts the binary and sets the environment.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, test } from "node:test";
import { openBrowser, servePage } from "./page.mjs";

const {
  WIREHUB_TEST_URL: url,
  WIREHUB_TEST_TOKEN: token,
  WIREHUB_TEST_PAGE_PORT: pagePort,
} = process.env;
assert.ok(url && token && pagePort, "run this through `cargo xtask conform interop`");

let browser;
let allowed;
let foreign;

before(async () => {
  allowed = await servePage(Number(pagePort));
  foreign = await servePage(0);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  allowed?.server.close();
  foreign?.server.close();
});

/** Runs a function inside a page; `Session` is defined there. */
async function inPage(site, body, argument) {
  const page = await browser.newPage();
  try {
    await page.goto(site.address);
    return await page.evaluate(body, { url, token, ...argument });
  } finally {
    await page.close();
  }
}

test("a page subscribes, publishes and receives", async () => {
  const topic = `orders/${randomUUID()}`;
  const seen = await inPage(
    allowed,
    async ({ url, token, topic }) => {
      const session = await Session.open(url, token);
      const welcome = await session.nextOf("welcome");
      const subscribed = await session.request({ type: "subscribe", topic });
      const data = { name: "Åse 北京 🚚", big: "wirehub ".repeat(6000) };
      const published = await session.request({ type: "publish", topic, event: "paid", data });
      const message = await session.nextOf("message");
      const same = JSON.stringify(message.data) === JSON.stringify(data);
      const { extensions } = session;
      const closed = await session.close();
      return { welcome, subscribed, published, message, same, extensions, closed };
    },
    { topic },
  );
  assert.equal(seen.welcome.user, "u1");
  assert.equal(seen.subscribed.type, "ok");
  assert.equal(seen.published.offset, seen.subscribed.offset + 1);
  assert.equal(seen.message.topic, topic);
  assert.equal(seen.message.event, "paid");
  assert.equal(seen.message.offset, seen.published.offset);
  assert.equal(seen.message.from.connection, seen.welcome.connection);
  assert.ok(seen.same, "the data came back as it was sent");
  assert.match(seen.extensions, /permessage-deflate/);
  assert.deepEqual(seen.closed, { code: 1000, clean: true });
});

test("two pages hear each other, and echo: false leaves out the publisher", async () => {
  const topic = `orders/${randomUUID()}`;
  const seen = await inPage(
    allowed,
    async ({ url, token, topic }) => {
      const [publisher, other] = [await Session.open(url, token), await Session.open(url, token)];
      await publisher.request({ type: "subscribe", topic });
      await other.request({ type: "subscribe", topic });
      await publisher.request({ type: "publish", topic, data: 1, echo: false });
      await publisher.request({ type: "publish", topic, data: 2 });
      const first = await publisher.nextOf("message");
      const others = [await other.nextOf("message"), await other.nextOf("message")];
      return { first: first.data, others: others.map((message) => message.data) };
    },
    { topic },
  );
  assert.deepEqual(seen, { first: 2, others: [1, 2] });
});

test("a forbidden topic is refused and the page can go on", async () => {
  const seen = await inPage(allowed, async ({ url, token }) => {
    const session = await Session.open(url, token);
    const refused = await session.request({ type: "subscribe", topic: "secret/1" });
    session.send({ type: "ping" });
    const pong = await session.nextOf("pong");
    return { refused, pong };
  });
  assert.equal(seen.refused.type, "error");
  assert.equal(seen.refused.code, "permission_denied");
  assert.equal(seen.pong.type, "pong");
});

test("the JSON subprotocol can be named", async () => {
  const protocol = await inPage(allowed, async ({ url, token }) => {
    const session = await Session.open(url, token, "wirehub.v1.json");
    await session.nextOf("welcome");
    return session.protocol;
  });
  assert.equal(protocol, "wirehub.v1.json");
});

test("a page of another origin is kept out", async () => {
  const outcome = await inPage(foreign, async ({ url, token }) => {
    return Session.open(url, token).then(
      () => "opened",
      () => "refused",
    );
  });
  assert.equal(outcome, "refused");
});

test("a page without a WebSocket hears and speaks the same", async () => {
  for (const kind of ["sse", "stream"]) {
    const topic = `orders/${randomUUID()}`;
    const seen = await inPage(
      allowed,
      async ({ url, token, topic, kind }) => {
        const stream = await Stream[kind](url, token);
        const first = [await stream.next(), await stream.next()].map(({ type }) => type);
        await stream.post({ type: "subscribe", id: 1, topic });
        const subscribed = await stream.nextOf("ok");
        const data = { name: "Åse 北京 🚚", big: "wirehub ".repeat(6000) };
        const publish = { type: "publish", topic, data };
        const twice = [await stream.post(publish), await stream.post(publish, "again")];
        const message = await stream.nextOf("message");
        const same = JSON.stringify(message.data) === JSON.stringify(data);
        const statuses = [...twice, await stream.post({ type: "close" })];
        return { first, subscribed, same, statuses, closed: await stream.nextOf("close") };
      },
      { topic, kind },
    );
    assert.deepEqual(seen.first, ["stream", "welcome"]);
    assert.equal(seen.subscribed.id, 1);
    assert.ok(seen.same, "the data came back as it was sent");
    assert.deepEqual(seen.statuses, [204, 204, 204]);
    assert.deepEqual(seen.closed, { type: "close", code: 1000, reason: "normal" });
  }
});

test("a page of another origin gets no stream", async () => {
  const outcomes = await inPage(foreign, async ({ url, token }) => {
    const outcome = (kind) => Stream[kind](url, token).then(() => "opened", () => "refused");
    return [await outcome("sse"), await outcome("stream")];
  });
  assert.deepEqual(outcomes, ["refused", "refused"]);
});
