import { expect, test } from "vitest";
import { readMissed, readOccurrence, wordsOf } from "../src/events/occurrence";

const LOST = {
  id: "1-1",
  type: "wirehub.disconnected",
  subject: "c_1",
  time: "2027-01-15T08:00:00Z",
  data: { connection: "c_1", user: "ann", cause: "lost", may_resume: true },
};

test("a CloudEvent is read, and told in words", () => {
  const occurrence = readOccurrence(LOST);
  expect(occurrence?.kind).toBe("disconnected");
  expect(occurrence?.at.getTime()).toBe(Date.UTC(2027, 0, 15, 8));
  expect(occurrence && wordsOf(occurrence)).toBe("lost, may resume");
});

test("what is no event is none", () => {
  expect(readOccurrence({ missed: 3 })).toBeUndefined();
  expect(readOccurrence(null)).toBeUndefined();
  expect(readMissed({ missed: 3 })).toBe(3);
  expect(readMissed(null)).toBe(0);
});
