import { beforeEach, expect, test } from "vitest";
import { json } from "../src/codec/json.js";
import { endpointOf } from "../src/endpoint.js";
import type { Platform, WebSocketConstructor } from "../src/transport/transport.js";
import { websocket } from "../src/transport/websocket.js";
import { FakeSocket } from "./fake_socket.js";
import { probe } from "./link_probe.js";

beforeEach(() => FakeSocket.reset());

function open() {
  const platform: Platform = {
    codec: json,
    WebSocket: FakeSocket as unknown as WebSocketConstructor,
    EventSource: undefined,
    fetch,
    credentials: "same-origin",
  };
  return probe(websocket, endpointOf("ws://h/ws", undefined), platform);
}

test("it opens, says, hears and ends", () => {
  const { link, told } = open();
  const socket = FakeSocket.last;
  expect([socket.url, socket.protocols]).toEqual(["ws://h/ws", ["wirehub.v1.json"]]);
  socket.open();
  link.send({ type: "ping" });
  socket.say({ type: "pong" });
  socket.lose(1012, "service_restart");
  link.send({ type: "ping" });
  socket.say({ type: "pong" });
  expect(told).toEqual(["opened", "pong", { code: 1012, reason: "service_restart" }]);
  expect(socket.sent).toEqual([{ type: "ping" }]);
});

test.each([
  ["", 'the server speaks "", not "wirehub.v1.json"'],
  ["mqtt", 'the server speaks "mqtt", not "wirehub.v1.json"'],
])("a server of the subprotocol %j", (protocol, text) => {
  const { told } = open();
  FakeSocket.last.open(protocol);
  expect(told).toEqual([`garbage: ${text}`]);
});

test("what is no message is told as such", () => {
  const { told } = open();
  FakeSocket.last.open();
  FakeSocket.last.onmessage?.({ data: new ArrayBuffer(3) });
  FakeSocket.last.say("<html>");
  expect(told[1]).toBe("garbage: bytes came where text is spoken");
  expect(told[2]).toMatch(/^garbage: .*JSON/);
});

test("a page that may not open it: one ending, a moment later, that says why", async () => {
  FakeSocket.forbidden =
    "An insecure WebSocket connection may not be initiated from a page over HTTPS";
  const { link, told } = open();
  expect(told).toEqual([]);
  await Promise.resolve();
  expect(told).toEqual([{ code: 1006, reason: FakeSocket.forbidden, status: 400 }]);
  link.send({ type: "ping" });
  link.close(1000, "");
});

test.each([
  [1000, "bye", [1000, "bye"]],
  [4408, "gone", [4408, "gone"]],
  // Others may not be said by pages, which would throw.
  [1002, "nonsense", [undefined, undefined]],
])("closing with %d", (code, reason, expected) => {
  const { link, told } = open();
  FakeSocket.last.open();
  link.close(code, reason);
  FakeSocket.last.lose(code, reason);
  expect(FakeSocket.last.closedWith).toEqual(expected);
  expect(told).toEqual(["opened"]);
});
