// Deltas as Centrifugo's own JavaScript client applies them:
// node --test conformance/centrifuge-js/deltas.test.mjs
// `cargo xtask conform interop` starts the binary and sets the environment.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, describe, test } from "node:test";
import { Session } from "../node-ws/session.mjs";
import { Client, may, newRoom, token, ways } from "./world.mjs";

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

const reader = () => token({ sub: "ann", ...may("book/#") });

const newBook = () => `book:${randomUUID()}`;

/** Publishes JSON text as it stands, as an application does that indents what it says. */
async function publish(channel, text) {
  const topic = channel.replaceAll(":", "/");
  const response = await fetch(`${admin}/api/publish`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}` },
    body: `{"topic":${JSON.stringify(topic)},"data":${text}}`,
  });
  assert.ok(response.ok, `${response.status} ${await response.clone().text()}`);
}

/** The same numbers at every run. */
function* dice(seed) {
  for (let state = seed; ; ) {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    yield state / 2_147_483_648;
  }
}

/** An order book whose levels move, with names of more than one byte a letter. */
function* moving(seed) {
  const numbers = dice(seed);
  const draw = (below) => Math.floor(numbers.next().value * below);
  const names = ["Åse", "北京", "🚚", "naïve", "жовтень", "\"\\\n"];
  const level = (place) => [(100 + place / 4).toFixed(2), draw(10_000), names[draw(6)]];
  const levels = Array.from({ length: 40 }, (_, place) => level(place));
  for (let sequence = 1; ; sequence += 1) {
    for (let count = draw(4); count >= 0; count -= 1) {
      const place = draw(40);
      if (draw(5) === 0) levels.splice(place, 1, level(draw(400)));
      else levels[place] = level(place);
    }
    yield { sequence, levels: levels.slice(0, 30 + draw(10)) };
  }
}

/** What is said in a row: books that move, and now and then something else altogether. */
function* sayings(seed, count) {
  const books = moving(seed);
  const others = [1, "", null, { closed: true }, ["🚚".repeat(900)], "x".repeat(5_000), {}];
  for (let place = 0; place < count; place += 1) {
    yield place % 9 === 8 ? others[(place - 8) / 9 % others.length] : books.next().value;
  }
}

for (const [name, way] of Object.entries(ways)) {
  const { value } = way;
  const open = () => Client.open(way, { token: reader() });
  const begin = async (book, options) => {
    const client = await open();
    const subscription = await client.subscribe(book, { delta: "fossil", ...options });
    return [subscription, client];
  };

  describe(name, () => {
    test("every payload is the one that was published", async () => {
      const book = newBook();
      const [takes] = await begin(book);
      const plain = await (await open()).subscribe(book);
      const said = [...sayings(7, 120)];
      for (const [place, payload] of said.entries()) {
        // Those that are indented have line breaks, which no message may be torn at.
        await publish(book, JSON.stringify(payload, null, place < 60 ? 2 : 0));
      }
      for (const payload of said) {
        for (const subscription of [plain, takes]) {
          assert.deepEqual(value((await subscription.next("publication")).data), payload);
        }
      }
      const stats = takes.deltaStats();
      assert.equal(stats.numPublications, said.length);
      assert.ok(stats.numDeltaPayloads > 80, JSON.stringify(stats));
      assert.ok(stats.compressionRatio > 0.5, JSON.stringify(stats));
    });

    test("what was missed is told in deltas, and what follows too", async () => {
      const book = newBook();
      const [takes, client] = await begin(book, { recoverable: true, positioned: true });
      const books = moving(11);
      const said = Array.from({ length: 9 }, () => books.next().value);
      const hears = async (payloads) => {
        for (const payload of payloads) {
          assert.deepEqual(value((await takes.next("publication")).data), payload);
        }
      };
      for (const payload of said.slice(0, 3)) await publish(book, JSON.stringify(payload));
      await hears(said.slice(0, 3));
      client.cut();
      await takes.next("subscribing");
      for (const payload of said.slice(3, 6)) await publish(book, JSON.stringify(payload));
      assert.equal((await takes.next("subscribed")).recovered, true);
      await hears(said.slice(3, 6));
      for (const payload of said.slice(6)) await publish(book, JSON.stringify(payload));
      await hears(said.slice(6));
      const { numFullPayloads, numDeltaPayloads } = takes.deltaStats();
      // The first, and the first after the connection was lost.
      assert.deepEqual([numFullPayloads, numDeltaPayloads], [2, 7]);
    });

    test("whoever comes later begins with the whole", async () => {
      const book = newBook();
      const [first] = await begin(book);
      const books = moving(13);
      const hears = async (subscription, payload) => {
        assert.deepEqual(value((await subscription.next("publication")).data), payload);
      };
      const tell = async (...subscriptions) => {
        const payload = books.next().value;
        await publish(book, JSON.stringify(payload));
        for (const subscription of subscriptions) await hears(subscription, payload);
        return payload;
      };
      await tell(first);
      await tell(first);
      const [second] = await begin(book);
      await tell(first, second);
      await tell(first, second);
      second.unsubscribe();
      const missed = await tell(first);
      second.subscribe();
      await hears(second, missed);
      await tell(first, second);
      assert.equal(first.deltaStats().numFullPayloads, 1);
      assert.equal(second.deltaStats().numFullPayloads, 2);
    });

    test("bytes are as they were", async () => {
      const book = newBook();
      const [takes] = await begin(book);
      const native = await Session.open(nativeUrl, { token: reader() });
      await native.nextOf("welcome");
      const topic = book.replaceAll(":", "/");
      for (const last of [1, 2, 255]) {
        const bytes = Buffer.from([...Array.from({ length: 200 }, (_, place) => place), last]);
        await native.request({ type: "publish", topic, binary: bytes.toString("base64") });
        const { data } = await takes.next("publication");
        assert.deepEqual(Buffer.from(data, way.isText ? "base64" : undefined), bytes);
      }
      assert.equal(takes.deltaStats().numDeltaPayloads, 2);
    });

    test("where they are not allowed, publications come as to everybody", async () => {
      const room = newRoom();
      const client = await Client.open(way, { token: token({ sub: "ann", ...may("chat/#") }) });
      const subscription = await client.subscribe(room, { delta: "fossil" });
      for (const payload of [{ text: "Åse" }, { text: "Åsa" }]) {
        await publish(room, JSON.stringify(payload));
        assert.deepEqual(value((await subscription.next("publication")).data), payload);
      }
      assert.equal(subscription.deltaStats().numPublications, 0);
    });
  });
}
