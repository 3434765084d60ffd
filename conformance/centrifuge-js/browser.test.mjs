// Centrifugo's client in headless Chromium over what a WebSocket cannot pass, and what a page hears with nothing but
// the browser: node --test conformance/centrifuge-js/browser.test.mjs
// `cargo xtask conform interop` starts the binary and sets the environment.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { openBrowser } from "../browser/page.mjs";
import { serve } from "../serve.mjs";
import { may, newRoom, token } from "./world.mjs";

const {
  WIREHUB_TEST_PUBLIC: hub,
  WIREHUB_TEST_ADMIN: admin,
  WIREHUB_TEST_API_KEY: apiKey,
  WIREHUB_TEST_PAGE_PORT: pagePort,
} = process.env;
assert.ok(hub && pagePort, "run this through `cargo xtask conform interop`");

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const page = (library) => `<!doctype html><title>centrifuge</title><link rel="icon" href="data:,">
  <script src="/${library}"></script>
  <script type="module">import { Inbox } from "/inbox.mjs"; globalThis.Inbox = Inbox;</script>`;

/** The page with each build of the library. */
const FILES = new Map([
  ["/json", ["text/html", page("centrifuge.js")]],
  ["/protobuf", ["text/html", page("centrifuge.protobuf.js")]],
  ["/inbox.mjs", ["text/javascript", read("../inbox.mjs")]],
  ["/centrifuge.js", ["text/javascript", read("../node_modules/centrifuge/dist/centrifuge.js")]],
  ["/centrifuge.protobuf.js",
    ["text/javascript", read("../node_modules/centrifuge/dist/centrifuge.protobuf.js")]],
]);

let browser;
let allowed;
let foreign;

before(async () => {
  allowed = await serve(FILES, Number(pagePort));
  foreign = await serve(FILES, 0);
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  allowed?.server.close();
  foreign?.server.close();
});

/** Runs a function inside the page with a build of the library. */
async function inPage(site, build, body, argument) {
  const tab = await browser.newPage();
  try {
    await tab.goto(`${site.address}${build}`);
    await tab.waitForFunction("globalThis.Inbox && globalThis.Centrifuge");
    return await tab.evaluate(body, { hub, ...argument });
  } finally {
    await tab.close();
  }
}

/** Publishes as the application does. */
async function publish(channel, data) {
  const topic = channel.replaceAll(":", "/");
  const response = await fetch(`${admin}/api/publish`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ topic, data }),
  });
  assert.ok(response.ok, await response.text());
}

/** Subscribes over the first transport that works, says something and hears it. */
async function chat({ hub, token, room, transports, text, isBinary }) {
  const endpoints = transports.map(({ transport, path }) => ({
    transport,
    endpoint: `${transport === "websocket" ? hub.replace("http", "ws") : hub}${path}`,
  }));
  const inbox = new Inbox();
  const client = new Centrifuge(endpoints, { token, emulationEndpoint: `${hub}/emulation` });
  client.on("connected", ({ transport }) => inbox.push({ type: "connected", transport }));
  client.on("disconnected", ({ code }) => inbox.push({ type: "disconnected", code }));
  const subscription = client.newSubscription(room);
  subscription.on("subscribed", () => inbox.push({ type: "subscribed" }));
  subscription.on("publication", ({ data }) => inbox.push({ type: "publication", data }));
  subscription.subscribe();
  client.connect();
  const { transport } = await inbox.nextOf("connected");
  await inbox.nextOf("subscribed");
  const said = JSON.stringify({ text });
  await subscription.publish(isBinary ? new TextEncoder().encode(said) : { text });
  const { data } = await inbox.nextOf("publication");
  const { publications } = await subscription.history({ limit: 10 });
  client.disconnect();
  const heard = data instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(data)) : data;
  return { transport, heard, remembered: publications.length };
}

const emulated = [
  { transport: "http_stream", path: "/connection/http_stream" },
  { transport: "sse", path: "/connection/sse" },
];

for (const one of emulated) {
  test(`a page of another origin speaks over ${one.transport}`, async () => {
    const text = "Åse 北京 🚚";
    const seen = await inPage(allowed, "json", chat, {
      token: token({ sub: "ann", ...may("chat/#") }),
      room: newRoom(),
      transports: [one],
      text,
    });
    assert.deepEqual(seen, { transport: one.transport, heard: { text }, remembered: 1 });
  });
}

test("where no WebSocket gets through, the next transport does", async () => {
  const seen = await inPage(allowed, "json", chat, {
    token: token({ sub: "ann", ...may("chat/#") }),
    room: newRoom(),
    transports: [{ transport: "websocket", path: "/nothing/here" }, ...emulated],
    text: "after all",
  });
  assert.deepEqual([seen.transport, seen.heard], ["http_stream", { text: "after all" }]);
});

test("Protobuf is streamed", async () => {
  const seen = await inPage(allowed, "protobuf", chat, {
    token: token({ sub: "ann", ...may("chat/#") }),
    room: newRoom(),
    transports: emulated.slice(0, 1),
    text: "bytes",
    isBinary: true,
  });
  assert.deepEqual(seen, { transport: "http_stream", heard: { text: "bytes" }, remembered: 1 });
});

test("a page of an origin that is not allowed hears nothing", async () => {
  const heard = await inPage(foreign, "json", ({ hub }) => {
    const events = new EventSource(`${hub}/connection/uni_sse?cf_connect=%7B%7D`);
    return new Promise((resolve) => {
      events.onmessage = ({ data }) => resolve(data);
      events.onerror = () => resolve(events.readyState === EventSource.CLOSED ? "closed" : "error");
    });
  });
  assert.equal(heard, "closed");
});

/** What a page does in one direction, with nothing but the browser. Each gives a way to the next push. */
const ONE_WAY = {
  uni_sse: `(hub, connect) => {
    const query = new URLSearchParams({ cf_connect: connect });
    const events = new EventSource(hub + "/connection/uni_sse?" + query);
    events.onmessage = ({ data }) => inbox.push(JSON.parse(data));
    return () => events.close();
  }`,
  uni_http_stream: `(hub, connect) => {
    const stop = new AbortController();
    const options = { method: "POST", body: connect, signal: stop.signal };
    fetch(hub + "/connection/uni_http_stream", options).then(async ({ body }) => {
      let text = "";
      const reader = body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const lines = (text + value).split("\\n");
        text = lines.pop();
        for (const line of lines) inbox.push(JSON.parse(line));
      }
    }).catch(() => {});
    return () => stop.abort();
  }`,
  uni_websocket: `(hub, connect) => {
    const socket = new WebSocket(hub.replace("http", "ws") + "/connection/uni_websocket");
    socket.onopen = () => socket.send(connect);
    socket.onmessage = ({ data }) => inbox.push(JSON.parse(data));
    return () => socket.close();
  }`,
};

for (const [transport, hear] of Object.entries(ONE_WAY)) {
  test(`a page hears pushes over ${transport}`, async () => {
    const [user, room] = [`one-way-${transport}`, newRoom()];
    const subs = { [room]: {}, "closed:1": {} };
    const connect = JSON.stringify({ token: token({ sub: user, ...may("chat/#") }), subs });
    const tab = await browser.newPage();
    await tab.goto(`${allowed.address}json`);
    await tab.waitForFunction("globalThis.Inbox");
    await tab.evaluate("globalThis.inbox = new Inbox()");
    await tab.evaluate(`void (globalThis.stop = (${hear})(${JSON.stringify(hub)}, ${JSON.stringify(connect)}))`);
    const next = (field) =>
      tab.evaluate((field) => inbox.next((push) => push[field] !== undefined, field), field);
    const { connect: connected } = await next("connect");
    // Its own channel is the server's doing, and the one it may not hear is left out.
    assert.deepEqual(Object.keys(connected.subs).sort(), [room, `personal:#${user}`].sort());
    await publish(room, { n: 1 });
    const { channel, pub } = await next("pub");
    assert.deepEqual([channel, pub.data, pub.offset], [room, { n: 1 }, 1]);

    // It comes back to where it was, and hears what it missed.
    await tab.evaluate("stop()");
    await publish(room, { n: 2 });
    const { epoch } = connected.subs[room];
    subs[room] = { recover: true, epoch, offset: 1 };
    const again = JSON.stringify({ token: token({ sub: user, ...may("chat/#") }), subs });
    await tab.evaluate(`void (globalThis.stop = (${hear})(${JSON.stringify(hub)}, ${JSON.stringify(again)}))`);
    assert.equal((await next("connect")).connect.subs[room].recovered, true);
    assert.deepEqual((await next("pub")).pub.data, { n: 2 });
    await tab.close();
  });
}
