// Our client in headless Chromium, with the fault proxy between: node --test conformance/pages/sdk.test.mjs
// `cargo xtask conform clients` starts the binary, builds the client and sets the environment.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { openBrowser } from "../browser/page.mjs";
import { FaultProxy } from "../faults/proxy.mjs";
import { sign } from "../faults/token.mjs";
import { FILES, serveSite } from "./site.mjs";

const {
  WIREHUB_TEST_PUBLIC: address,
  WIREHUB_TEST_SECRET: secret,
  WIREHUB_TEST_PAGE_PORT: pagePort,
} = process.env;
assert.ok(address && secret && pagePort, "run this through `cargo xtask conform clients`");

const REFUSED = { strike: "cut", opens: { kind: "refuse" } };

let browser;
let site;
let context;
let proxies;
/** Errors that no code of the page caught. */
let uncaught;

before(async () => {
  site = await serveSite(Number(pagePort));
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  site?.server.close();
});

beforeEach(async () => {
  [proxies, uncaught] = [[], []];
  context = await browser.newContext();
  context.on("weberror", (error) => uncaught.push(error.error().message));
});

afterEach(async () => {
  await context.close();
  for (const proxy of proxies) proxy.close();
  assert.deepEqual(uncaught, []);
});

/** A page with a client of its own behind a proxy of its own; it is `client` in the page. */
async function openTab({ user = randomUUID(), options = {}, url, wait = true } = {}) {
  const proxy = new FaultProxy(address);
  proxies.push(proxy);
  await proxy.listen();
  const page = await context.newPage();
  await page.goto(site.address);
  await page.waitForFunction("globalThis.ready");
  const to = url ?? `ws://127.0.0.1:${proxy.port}/ws`;
  const token = sign(secret, user);
  await page.evaluate(
    ([to, options]) => {
      globalThis.client = new Watched(to, options);
    },
    [to, { token, ...options }],
  );
  if (wait) await page.evaluate(() => client.untilState("live"));
  return { page, proxy, user };
}

const newTopic = () => `orders/${randomUUID()}`;
const states = (page) => page.evaluate(() => client.states);
const subscribe = (page, topic, options) =>
  page.evaluate(([topic, options]) => client.subscribe(topic, options).ready, [topic, options]);
const publish = (page, topic, data) =>
  page.evaluate(([topic, data]) => client.hub.publish(topic, data).then(() => true), [topic, data]);

test("two tabs chat, and nothing is lost or doubled while one of them is cut off", async () => {
  const [ada, bob] = [await openTab(), await openTab()];
  const topic = newTopic();
  for (const { page } of [ada, bob]) await subscribe(page, topic, { presence: true });
  await publish(ada.page, topic, "hello");
  for (const { page } of [ada, bob]) await page.evaluate(() => client.untilMessages(1));

  await ada.proxy.begin(REFUSED);
  await ada.page.evaluate(() => client.untilState("waiting"));
  for (let n = 1; n <= 20; n += 1) await publish(bob.page, topic, n);
  const said = publish(ada.page, topic, "from the tunnel");
  await ada.proxy.lift();
  await said;
  for (const { page } of [ada, bob]) await page.evaluate(() => client.untilMessages(22));

  const twenty = Array.from({ length: 20 }, (_, index) => index + 1);
  for (const { page } of [ada, bob]) {
    const messages = await page.evaluate(() => client.messages);
    assert.deepEqual(messages, ["hello", ...twenty, "from the tunnel"]);
  }
});

test("a worker has the client as a page has it", async () => {
  const page = await context.newPage();
  await page.goto(site.address);
  const topic = newTopic();
  const order = { url: `${address.replace("http", "ws")}/ws`, token: sign(secret, "w"), topic };
  const heard = await page.evaluate(
    (order) =>
      new Promise((resolve, reject) => {
        const worker = new Worker("/worker.mjs", { type: "module" });
        const heard = [];
        setTimeout(() => reject(new Error(JSON.stringify(heard))), 15_000);
        worker.onerror = ({ message }) => reject(new Error(message));
        worker.onmessage = ({ data }) => {
          heard.push(data);
          if (heard.some(({ message }) => message) && heard.some(({ published }) => published)) resolve(heard);
        };
        worker.postMessage(order);
      }),
    order,
  );
  assert.ok(heard.some(({ state }) => state === "live"));
  assert.deepEqual(heard.find(({ message }) => message).message, { from: "worker" });
});

test("offline it does not try, and online wakes it", async () => {
  const { page, proxy } = await openTab();
  await context.setOffline(true);
  await proxy.begin({ strike: "cut" });
  await page.evaluate(() => client.until(({ states }) => states.at(-1).cause === "offline", "offline"));
  const opened = proxy.arrivals.length;
  await pause(2500);
  assert.equal(proxy.arrivals.length, opened);
  await context.setOffline(false);
  const began = performance.now();
  await page.evaluate(() => client.untilState("live"));
  assert.ok(performance.now() - began < 3000, "it came back soon after the network did");
});

test("hidden it does not try, and shown it is back", async () => {
  const { page, proxy } = await openTab();
  await show(page, "hidden");
  await pause(300);
  assert.equal(await page.evaluate(() => client.state), "live", "a hidden page keeps its connection");
  await proxy.begin({ strike: "cut" });
  await page.evaluate(() => client.until(({ states }) => states.at(-1).cause === "hidden", "hidden"));
  const opened = proxy.arrivals.length;
  await pause(2500);
  assert.equal(proxy.arrivals.length, opened);
  await show(page, "visible");
  await page.evaluate(() => client.untilState("live"));
});

/** Headless Chromium shows every page; the client is told what it would be told. */
function show(page, visibility) {
  return page.evaluate((visibility) => {
    Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
    Object.defineProperty(document, "hidden", { value: visibility === "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, visibility);
}

test("a server that speaks garbage stops it, with one clear cause", async () => {
  const { page, proxy } = await openTab();
  await proxy.begin({ strike: "cut", opens: { kind: "garbage", spares: true } });
  await page.evaluate(() => client.untilState("stopped"));
  const last = (await states(page)).at(-1);
  assert.equal(last.cause, "protocol_error");
  assert.ok(proxy.peakArrivals() <= 8);
});

test("a corrupted message costs a connection and no message", async () => {
  const { page, proxy } = await openTab();
  const topic = newTopic();
  await subscribe(page, topic);
  await publish(page, topic, 1);
  await page.evaluate(() => client.untilMessages(1));
  await proxy.begin({ strike: "corrupt" });
  for (const n of [2, 3]) await publish(page, topic, n);
  await page.evaluate(() => client.untilMessages(3));
  assert.deepEqual(await page.evaluate(() => client.messages), [1, 2, 3]);
});

test("a token that is not valid stops it, though the browser hides the status", async () => {
  const { page, proxy } = await openTab({ options: { token: "no.token.atall" }, wait: false });
  await page.evaluate(() => client.untilState("auth_failed"));
  assert.equal((await states(page)).at(-1).cause, "unauthorized");
  await pause(1500);
  assert.ok(proxy.arrivals.length <= 2);
});

test("a token provider that throws is asked a few times, and then it stops", async () => {
  const { page } = await openTab({ wait: false });
  const asked = await page.evaluate(async (url) => {
    let asked = 0;
    globalThis.client = new Watched(url, {
      token: () => {
        asked += 1;
        throw new Error("the backend is down");
      },
    });
    await client.untilState("auth_failed");
    return asked;
  }, `ws://127.0.0.1:${proxies[0].port}/ws`);
  assert.ok(asked >= 2 && asked <= 6, `asked ${asked} times`);
  assert.equal((await states(page)).at(-1).cause, "token_provider");
});

test("storage that is denied changes nothing", async () => {
  await context.addInitScript(() => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(globalThis, name, {
        get: () => {
          throw new DOMException("denied", "SecurityError");
        },
      });
    }
  });
  const { page } = await openTab();
  assert.equal(await page.evaluate(() => client.state), "live");
});

test("mixed content is refused with a clear cause and no storm", async () => {
  const page = await context.newPage();
  await context.route("https://app.example/**", (route) => {
    const [contentType, body] = FILES.get(new URL(route.request().url()).pathname);
    return route.fulfill({ contentType, body });
  });
  await page.goto("https://app.example/");
  await page.waitForFunction("globalThis.ready");
  const seen = await page.evaluate(async () => {
    let made = 0;
    globalThis.WebSocket = class extends WebSocket {
      constructor(...given) {
        made += 1;
        super(...given);
      }
    };
    globalThis.client = new Watched("ws://hub.example/ws", { token: "t" });
    await new Promise((resolve) => setTimeout(resolve, 3000));
    return { made, last: client.states.at(-1) };
  });
  assert.equal(seen.last.state, "stopped");
  assert.equal(seen.last.cause, "client_error");
  assert.match(seen.last.detail, /check the configuration: .*insecure/);
  assert.ok(seen.made <= 1);
});

test("a cut in a proxy that lets no WebSocket through is answered by another transport", async () => {
  const { page, proxy } = await openTab({ wait: false });
  await proxy.begin({ strike: "cut", opens: { kind: "answer", status: 400, spares: true } });
  await page.evaluate(() => client.untilState("live"));
  const topic = newTopic();
  await subscribe(page, topic);
  await publish(page, topic, "over plain HTTP");
  await page.evaluate(() => client.untilMessages(1));
});
