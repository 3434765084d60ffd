import { expect, test } from "vitest";
import { groupsOf, type Task } from "../src/profile/tasks";

function task(place: string, state: string, age: number): Task {
  return { kind: "door", function: "f", place, state, age, since: age / 2, polls: 1, busy: 0.1 };
}

test("tasks of one place and state are one line, and the most come first", () => {
  const groups = groupsOf([
    task("a.rs:1", "waiting", 3),
    task("b.rs:1", "waiting", 8),
    task("b.rs:1", "running", 1),
    task("b.rs:1", "waiting", 9),
  ]);
  expect(groups.map(({ place, state, count }) => [place, state, count])).toEqual([
    ["b.rs:1", "waiting", 2],
    ["a.rs:1", "waiting", 1],
    ["b.rs:1", "running", 1],
  ]);
  expect([groups[0]?.age, groups[0]?.since, groups[0]?.busy]).toEqual([9, 4.5, 0.2]);
});
