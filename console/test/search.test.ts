import { expect, test } from "vitest";
import { search, sorted } from "../src/connections/search";
import type { Connection } from "../src/hub/connections";

function connection(name: string, user: string | null, age: number): Connection {
  const rest = { silence: 0, subscriptions: 0, waiting_bytes: 0 };
  return { connection: name, user, state: "open", transport: "websocket", age, ...rest };
}

const ALL = [connection("c_1", "Bob", 3), connection("c_2", null, 1), connection("c_3", "ann", 2)];
const names = (some: readonly Connection[]) => some.map((one) => one.connection);

test("every word has to be found somewhere", () => {
  expect(names(search(ALL, "bob"))).toEqual(["c_1"]);
  expect(names(search(ALL, " open  WEBSOCKET c_3 "))).toEqual(["c_3"]);
  expect(search(ALL, "open sse")).toEqual([]);
  expect(search(ALL, "")).toBe(ALL);
});

test("a hub's connections are found by its name, and stand together", () => {
  const [one, two, three] = ALL.map((it, n) => ({ ...it, node: n === 1 ? "eu-1" : "eu-2" }));
  const some = [one, two, three] as Connection[];
  expect(names(search(some, "eu-2 websocket"))).toEqual(["c_1", "c_3"]);
  expect(names(sorted(some, { by: "node", falling: false }))).toEqual(["c_2", "c_1", "c_3"]);
});

test("the order is by number or letter, and nobody comes last", () => {
  expect(names(sorted(ALL, { by: "age", falling: false }))).toEqual(["c_2", "c_3", "c_1"]);
  expect(names(sorted(ALL, { by: "age", falling: true }))).toEqual(["c_1", "c_3", "c_2"]);
  expect(names(sorted(ALL, { by: "user", falling: false }))).toEqual(["c_1", "c_3", "c_2"]);
});
