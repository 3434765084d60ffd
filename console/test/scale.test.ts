import { expect, test } from "vitest";
import { area, line, ticks } from "../src/chart/scale";

test("steps are what people count in, and reach the top", () => {
  expect(ticks(10, 3)).toEqual([0, 5, 10]);
  expect(ticks(7, 3)).toEqual([0, 2.5, 5, 7.5]);
  expect(ticks(20_000, 3)).toEqual([0, 10_000, 20_000]);
  expect(ticks(0, 3)).toEqual([0]);
});

test("bytes go in powers of two", () => {
  expect(ticks(3 * 1024 * 1024, 3, 1024)).toEqual([0, 1, 2, 3].map((mib) => mib * 1024 * 1024));
  expect(ticks(1500, 3, 1024)).toEqual([0, 512, 1024, 1536]);
});

test("lines have gaps where nothing is known", () => {
  expect(line([[0, 1], [1, 2], undefined, [3, 4]])).toBe("M0 1L1 2M3 4");
  expect(area([[0, 1], [1, 2], undefined], 9)).toBe("M0 9L0 1L1 2L1 9Z");
  expect(line([])).toBe("");
});
