// The proxy does what it says: node --test conformance/faults/proxy.test.mjs

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, test } from "node:test";
import WebSocket, { WebSocketServer } from "ws";
import { FaultProxy } from "./proxy.mjs";

const FAULTS = JSON.parse(readFileSync(new URL("faults.json", import.meta.url), "utf8"));
const fault = (name) => FAULTS.find(({ fault }) => fault === name);

let server;
let proxy;
let clients;

/** A server that says `hello` and then echoes. */
beforeEach(async () => {
  clients = [];
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  await once(server, "listening");
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.send("hello");
    socket.on("message", (bytes) => socket.send(bytes.toString()));
  });
  proxy = new FaultProxy(`http://127.0.0.1:${server.address().port}`);
  await proxy.listen();
});

afterEach(() => {
  for (const client of clients) client.terminate();
  proxy.close();
  server.close();
});

/** Opens a WebSocket through the proxy; what comes is in `heard`. */
function open() {
  const client = new WebSocket(`ws://127.0.0.1:${proxy.port}`, ["a", "b"], { perMessageDeflate: false });
  client.heard = [];
  client.on("message", (bytes) => client.heard.push(bytes.toString()));
  client.on("error", (error) => (client.error = error));
  clients.push(client);
  return client;
}

async function opened() {
  const client = open();
  await once(client, "message");
  return client;
}

/** How a client ends; `once` would reject at the error that comes before. */
function outcome(client) {
  return new Promise((resolve) => {
    client.on("close", (code) => resolve({ code, error: client.error?.message ?? "" }));
  });
}

test("it carries both ways", async () => {
  const client = await opened();
  client.send("there and back");
  await once(client, "message");
  assert.deepEqual(client.heard, ["hello", "there and back"]);
  assert.equal(proxy.arrivals.length, 1);
});

test("cut, reset and half-open end the client's side", async () => {
  for (const name of ["cut", "reset", "half-open"]) {
    const client = await opened();
    const served = [...server.clients].at(-1);
    const serverEnded = once(served, "close");
    const ended = outcome(client);
    await proxy.begin(fault(name));
    assert.equal((await ended).code, 1006, name);
    if (name === "half-open") assert.equal(served.readyState, WebSocket.OPEN);
    await proxy.lift();
    await serverEnded;
  }
});

test("stalled connections say nothing more, and new ones get no answer", async () => {
  const [client, served] = [await opened(), [...server.clients][0]];
  await proxy.begin(fault("stall"));
  client.send("lost");
  const late = open();
  await proxy.next("bitten");
  assert.deepEqual(client.heard, ["hello"]);
  assert.equal(late.readyState, WebSocket.CONNECTING);
  client.terminate();
  assert.equal(served.readyState, WebSocket.OPEN, "the server is not told");
});

test("one message is corrupted, and the next is well", async () => {
  const client = await opened();
  await proxy.begin(fault("corrupt"));
  const ended = outcome(client);
  client.send("0123");
  assert.match((await ended).error, /UTF-8/);
  assert.equal(proxy.bitten, 1);
  assert.deepEqual((await opened()).heard, ["hello"]);
});

test("nonsense is a breach of the protocol", async () => {
  const ended = outcome(await opened());
  await proxy.begin(fault("nonsense"));
  assert.match((await ended).error, /RSV/);
});

test("delay is measured, and the order holds", async () => {
  const client = await opened();
  await proxy.begin(fault("delay"));
  const began = performance.now();
  for (const text of ["1", "2", "3"]) client.send(text);
  while (client.heard.length < 4) await once(client, "message");
  assert.ok(performance.now() - began >= 590, "300 ms either way");
  assert.deepEqual(client.heard, ["hello", "1", "2", "3"]);
});

test("handshakes are refused in the way that was chosen", async () => {
  const expected = { refused: /ECONNREFUSED/, "reset at once": /ECONNRESET|socket hang up/, 502: /502/, 503: /503/, 401: /401/, 404: /404/ };
  for (const [name, words] of Object.entries(expected)) {
    await proxy.begin(fault(name));
    assert.match((await outcome(open())).error, words, name);
    await proxy.lift();
    assert.deepEqual((await opened()).heard, ["hello"], `after ${name}`);
  }
});

test("an open connection is closed with the code that was chosen", async () => {
  await proxy.begin(fault("close 4410"));
  assert.equal((await outcome(open())).code, 4410);
});

test("garbage and a strange subprotocol are what they say", async () => {
  await proxy.begin(fault("garbage"));
  assert.deepEqual((await opened()).heard, ["this is not JSON"]);
  await proxy.begin(fault("subprotocol"));
  assert.match((await outcome(open())).error, /subprotocol/);
});

test("a client that reads slowly gets everything once it reads on", async () => {
  const client = await opened();
  await proxy.begin({ strike: "jam" });
  client.send("unread");
  // What another connection says comes, so what this one says could have come.
  const other = await opened();
  other.send("read");
  await once(other, "message");
  assert.deepEqual(client.heard, ["hello"]);
  await proxy.lift();
  await once(client, "message");
  assert.deepEqual(client.heard, ["hello", "unread"]);
});

test("something is said to the server in the client's place", async () => {
  const client = await opened();
  for (const text of ["short", "x".repeat(200)]) {
    proxy.sayForClients(text);
    const [echoed] = await once(client, "message");
    assert.equal(echoed.toString(), text);
  }
});

test("the server's close codes are kept", async () => {
  const client = await opened();
  for (const socket of server.clients) socket.close(4321, "because");
  const { code } = await outcome(client);
  assert.deepEqual([code, proxy.closes], [4321, [4321]]);
});

test("a connection is held where it was to be held, and let go", async () => {
  for (const [where, heard] of [["request", []], [0, []], [1, ["hello"]]]) {
    proxy.holdAfter = where;
    const held = proxy.next("held");
    const client = open();
    await held;
    if (where !== "request") await once(client, "open");
    if (where === 1 && client.heard.length === 0) await once(client, "message");
    assert.deepEqual(client.heard, heard);
    await proxy.lift();
    if (where !== 1) await once(client, "message");
    assert.deepEqual(client.heard, ["hello"]);
  }
});
