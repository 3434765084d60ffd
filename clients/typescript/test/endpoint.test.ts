import { describe, expect, test } from "vitest";
import { endpointOf } from "../src/endpoint.js";
import { isFilter, matches } from "../src/topic_filter.js";

describe("addresses", () => {
  test.each([
    ["wss://h.example/ws", "wss://h.example/ws", "https://h.example/stream"],
    ["ws://h:8000", "ws://h:8000/ws", "http://h:8000/stream"],
    ["https://h.example", "wss://h.example/ws", "https://h.example/stream"],
    ["https://h.example/hub", "wss://h.example/hub/ws", "https://h.example/hub/stream"],
    ["https://h.example/hub/", "wss://h.example/hub/ws", "https://h.example/hub/stream"],
    [
      "wss://h.example/hub/ws?a=1#b",
      "wss://h.example/hub/ws?a=1",
      "https://h.example/hub/stream?a=1",
    ],
    ["/ws", "wss://page.example/ws", "https://page.example/stream"],
  ])("%s", (address, socket, stream) => {
    expect(endpointOf(address, "https://page.example/chat/")).toMatchObject({ socket, stream });
  });

  test("a token in the query does not go to /ping", () => {
    const { sse, ping } = endpointOf("ws://h/ws?token=t", undefined);
    expect([sse, ping]).toEqual(["http://h/sse?token=t", "http://h/ping"]);
  });

  test.each(["", "not an address", "ftp://h/ws", "mailto:a@b"])("%j is none", (address) => {
    expect(() => endpointOf(address, undefined)).toThrow(
      expect.objectContaining({ name: "WirehubError", code: "bad_request" }),
    );
  });
});

describe("filters", () => {
  test.each([
    ["a/b", "a/b", true],
    ["a/b", "a/b/c", false],
    ["a/+", "a/b", true],
    ["a/+", "a/b/c", false],
    ["a/+/c", "a/b/c", true],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["#", "a/b", true],
    ["#", "$sys/b", false],
    ["+/b", "$sys/b", false],
    ["$sys/#", "$sys/b", true],
    ["+", "", true],
    ["a/+", "a/", true],
    ["a+", "a+", true],
  ])("%s and %s: %s", (filter, topic, does) => {
    expect(matches(filter, topic)).toBe(does);
  });

  test("wildcards stand alone in their level", () => {
    expect(["a/+", "#", "a/#", "+/a"].every(isFilter)).toBe(true);
    expect(["a+", "a/b#", "a/b", ""].some(isFilter)).toBe(false);
  });
});
