import { expect, test } from "vitest";
import { readDraft } from "../src/topics/draft";
import { treeOf, visible } from "../src/topics/tree";

const TOPICS = [
  { topic: "orders/10", subscribers: 1 },
  { topic: "orders/9", subscribers: 2 },
  { topic: "orders", subscribers: 4 },
  { topic: "chat/room/1", subscribers: 8 },
  { topic: "/", subscribers: 16 },
];

test("levels become branches that add up what is below", () => {
  const root = treeOf(TOPICS);
  expect([root.topics, root.total]).toEqual([5, 31]);
  const orders = root.children.get("orders");
  expect([orders?.subscribers, orders?.topics, orders?.total]).toEqual([4, 3, 7]);
  const room = root.children.get("chat")?.children.get("room");
  expect([room?.subscribers, room?.path, room?.depth]).toEqual([undefined, "chat/room", 1]);
});

test("empty levels are levels, too", () => {
  const empty = treeOf(TOPICS).children.get("");
  expect(empty?.children.get("")?.subscribers).toBe(16);
  expect(empty?.children.get("")?.path).toBe("/");
});

test("closed branches keep what is below to themselves, and numbers count", () => {
  const root = treeOf(TOPICS);
  const paths = visible(root, ({ path }) => path === "orders").map(({ path }) => path);
  expect(paths).toEqual(["", "chat", "orders", "orders/9", "orders/10"]);
  expect(visible(root, () => true)).toHaveLength(8);
});

test("names that a page could take for its own are names", () => {
  const root = treeOf([{ topic: "__proto__/constructor/<b>", subscribers: 1 }]);
  expect(visible(root, () => true).map(({ name }) => name)).toEqual([
    "__proto__",
    "constructor",
    "<b>",
  ]);
});

test("a draft is JSON, or a text", () => {
  expect(readDraft(' {"a": [1]} ')).toEqual({ data: { a: [1] } });
  expect(readDraft("17")).toEqual({ data: 17 });
  expect(readDraft("good morning")).toEqual({ data: "good morning" });
  expect(readDraft("  ")).toHaveProperty("fault");
  expect(readDraft('{"a": ')).toHaveProperty("fault");
});
