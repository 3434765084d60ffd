import { expect, test } from "vitest";
import { linkTo, readRoute } from "../src/route";

test("an address leads to a page, to one thing on it, and to a search", () => {
  expect(readRoute("")).toEqual({ page: "overview", of: "", search: "" });
  expect(readRoute("#/connections?open")).toEqual({
    page: "connections",
    of: "",
    search: "open",
  });
  expect(readRoute("#/nothing").page).toBe("overview");
});

test.each(["a/b?c#d", "100 %", "ä<b>&", "#"])("%s comes back out of its link", (of) => {
  expect(readRoute(linkTo("topics", of, of))).toEqual({ page: "topics", of, search: of });
});

test("what cannot be read stands for itself", () => {
  expect(readRoute("#/topics/%E0%A4%A").of).toBe("%E0%A4%A");
});
