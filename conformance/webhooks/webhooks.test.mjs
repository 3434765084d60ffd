// What the hub tells by webhooks, checked with the libraries that receivers use: that of Standard
// Webhooks, and Pusher's server library. `cargo xtask conform interop` sets the environment.

import assert from "node:assert/strict";
import { randomBytes, randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { Hub } from "../dialects/hub.mjs";
import { Receiver } from "./receiver.mjs";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
/** The app of `conformance/dialects/wirehub.toml` that has the topics of all. */
const APP = { id: "1001", key: "key-1", secret: "matrix-app-secret-0001" };

/** What a visit to a room with presence is told as. */
const KINDS = ["connected", "topic_occupied", "member_joined", "subscribed", "member_left",
  "topic_vacated", "disconnected"];

let receiver;
let hub;
let app;

before(async () => {
  receiver = await Receiver.start();
  hub = await Hub.start({
    shards: 2,
    settings: {
      WIREHUB_EVENTS__SOURCE: "eu-1",
      WIREHUB_EVENTS__WEBHOOKS: `[{ name = "all", url = "${receiver.url("/events")}", secret = "${SECRET}" }]`,
      WIREHUB_PUSHER__WEBHOOKS: `[{ app = "${APP.id}", url = "${receiver.url("/pusher")}" }]`,
    },
  });
  process.env.WIREHUB_TEST_PUBLIC = hub.address;
  process.env.WIREHUB_TEST_ADMIN = hub.admin;
  app = await import("../pusher-js/app.mjs");
});

after(async () => {
  app?.closeAll();
  await hub?.kill();
  receiver?.close();
});

/** All CloudEvents in some requests, each checked as a receiver does. */
const events = (requests, secret = SECRET) => {
  const webhook = new Webhook(secret);
  return requests.flatMap(({ headers, body }) => webhook.verify(body, headers));
};

describe("webhooks of the hub", () => {
  test("the library of Standard Webhooks knows who speaks", async () => {
    const user = randomUUID();
    const page = await app.connected(user, { app: APP });
    const channel = await app.joined(page, `presence-room.${randomUUID()}`);
    page.unsubscribe(channel.name);
    page.disconnect();
    const all = await receiver.until("/events", (requests) => {
      const told = events(requests);
      const types = new Set(told.map(({ type }) => type));
      return KINDS.every((kind) => types.has(`wirehub.${kind}`)) && told;
    });
    for (const event of all) {
      assert.equal(event.specversion, "1.0");
      assert.equal(event.source, "/wirehub/eu-1");
    }
    const joined = all.find(({ type }) => type === "wirehub.member_joined");
    assert.equal(joined.data.user, user);
    assert.deepEqual(joined.data.info, { name: user });
    const ids = all.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length, "each has a name of its own");
    assert.throws(() => events(receiver.requests.filter(({ path }) => path === "/events"),
      `whsec_${randomBytes(32).toString("base64")}`));
  });

  test("what is not taken comes again under the same name", async () => {
    const before = receiver.requests.length;
    receiver.answers["/events"] = [503];
    const page = await app.connected(randomUUID(), { app: APP });
    const again = await receiver.until("/events", () => {
      const later = receiver.requests.slice(before).filter(({ path }) => path === "/events");
      const ids = later.map(({ headers }) => headers["webhook-id"]);
      return ids.length !== new Set(ids).size && later;
    });
    const [first, second] = again;
    assert.equal(first.headers["webhook-id"], second.headers["webhook-id"]);
    assert.equal(first.body, second.body);
    page.disconnect();
  });
});

describe("webhooks of an app of Pusher", () => {
  const server = () => app.backend(APP);

  /** The events of some requests, each checked by Pusher's library. */
  const told = (requests) => requests.flatMap(({ headers, body }) => {
    const webhook = server().webhook({ headers, rawBody: body });
    assert.ok(webhook.isValid(), "the signature holds");
    assert.ok(Math.abs(webhook.getTime() - Date.now()) < 60_000);
    return webhook.getEvents();
  });

  test("Pusher's library finds channels, members and client events", async () => {
    const [ann, bob] = [randomUUID(), randomUUID()];
    const name = `presence-room.${randomUUID()}`;
    const [one, other] = [await app.connected(ann, { app: APP }), await app.connected(bob, { app: APP })];
    const channel = await app.joined(one, name);
    const hears = await app.joined(other, name);
    const arrives = app.happens(hears, "client-typing");
    assert.ok(channel.trigger("client-typing", { at: 7 }));
    await arrives;
    const speaker = one.connection.socket_id;
    const leaves = app.happens(channel, "pusher:member_removed");
    other.unsubscribe(name);
    await leaves;
    one.disconnect();
    const of = (requests) => told(requests).filter(({ channel }) => channel === name);
    const events = await receiver.until("/pusher", (requests) => {
      const all = of(requests);
      return all.some(({ name }) => name === "channel_vacated") && all.length >= 7 && all;
    });
    const users = (kind) => events.filter(({ name }) => name === kind).map(({ user_id }) => user_id);
    assert.deepEqual(users("member_added"), [ann, bob]);
    assert.deepEqual(users("member_removed"), [bob, ann]);
    const said = events.find(({ name }) => name === "client_event");
    assert.equal(said.event, "client-typing");
    assert.deepEqual(JSON.parse(said.data), { at: 7 });
    assert.equal(said.user_id, ann);
    assert.equal(said.socket_id, speaker);
    assert.equal(events.filter(({ name }) => name === "channel_occupied").length, 1);
    other.disconnect();
  });

  test("it is told of channels without a cached event, and of how many subscribe", async () => {
    const name = `private-cache-${randomUUID()}`;
    const pages = [await app.connected("ann", { app: APP }), await app.connected("bob", { app: APP })];
    const [one, other] = pages;
    const of = (requests, kind) =>
      told(requests).filter((event) => event.channel === name && event.name === kind);
    const count = (wanted) => receiver.until("/pusher", (requests) =>
      of(requests, "subscription_count").at(-1)?.subscription_count === wanted);
    await app.joined(one, name);
    await count(1);
    await server().trigger(name, "price", { cents: 1250 });
    await app.joined(other, name);
    await count(2);
    one.unsubscribe(name);
    await count(1);
    // A connection that ends takes its subscriptions along.
    other.disconnect();
    await count(0);
    const missed = await receiver.until("/pusher", (requests) => of(requests, "cache_miss"));
    assert.equal(missed.length, 1, "the second was given the event");
    one.disconnect();
  });
});
