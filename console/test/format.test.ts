import { expect, test } from "vitest";
import { bytes, count, long, NOTHING, percent, rate, seconds } from "../src/format";

test.each([
  [count, 1_234, "1,234"],
  [count, 12_345, "12.3k"],
  [count, 999_960, "1.00M"],
  [rate, 0, "0"],
  [rate, 0.4, "0.40"],
  [rate, 3.14, "3.1"],
  [rate, 312.7, "313"],
  [rate, 31_400, "31.4k"],
  [bytes, 512, "512 B"],
  [bytes, 1_536, "1.50 KiB"],
  [bytes, 5 * 2 ** 30, "5.00 GiB"],
  [seconds, 0.000_085, "85.0 µs"],
  [seconds, 0.001_2, "1.20 ms"],
  [seconds, 3.4, "3.40 s"],
  [seconds, 125, "2 min 5 s"],
  [long, 18_000, "5 h 0 min"],
  [long, 270_000, "3 d 3 h"],
  [percent, 0, "0 %"],
  [percent, 0.0231, "2.31 %"],
  [percent, 0.05, "5 %"],
] as const)("%o of %d is %s", (format, value, text) => {
  expect(format(value)).toBe(text);
});

test("what is not known is a dash", () => {
  for (const format of [count, rate, bytes, seconds, percent]) {
    expect(format(undefined)).toBe(NOTHING);
  }
});
