import { expect, test } from "vitest";
import { Archive, increase, KEPT_SECONDS, rate } from "../src/metrics/archive";
import { figuresOf } from "../src/metrics/figures";
import { readSample } from "../src/metrics/sample";

const at = (seconds: number, value: number) => readSample(`c_total ${value}`, seconds * 1_000);

test("a counter goes up by what is between two samples, and for a second", () => {
  expect(increase("c_total", at(0, 10), at(4, 50))).toBe(40);
  expect(rate("c_total", at(0, 10), at(4, 50))).toBe(10);
});

test("a counter that fell began anew", () => {
  expect(increase("c_total", at(0, 1_000), at(4, 8))).toBe(8);
});

test("one sample has no rate", () => {
  expect(rate("c_total", undefined, at(4, 50))).toBeUndefined();
  expect(figuresOf(at(0, 1)).received).toBeUndefined();
});

test("the archive finds what was some seconds ago, and forgets what is too old", () => {
  const archive = new Archive();
  for (let second = 0; second <= KEPT_SECONDS + 60; second += 2) archive.push(at(second, second));
  expect(archive.last?.sum("c_total")).toBe(KEPT_SECONDS + 60);
  expect(archive.ago(10)?.sum("c_total")).toBe(KEPT_SECONDS + 50);
  expect(archive.ago(11)?.sum("c_total")).toBe(KEPT_SECONDS + 48);
  expect(archive.ago(10_000)?.sum("c_total")).toBe(60);
  expect(archive.covers(10_000)).toBe(KEPT_SECONDS);
});
