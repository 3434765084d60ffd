// What the pages show of a cluster: which hub has whom, which one drains, and which one is silent.
// `cargo xtask conform console` starts two hubs on a broker and sets the environment.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Crowd } from "./crowd.mjs";
import { admin, key, secret, url } from "./hub.mjs";
import { Window } from "./window.mjs";

const { WIREHUB_TEST_OTHER_URL: otherUrl, WIREHUB_TEST_OTHER_PID: otherPid } = process.env;
const other = Number(otherPid);

let browser;
let window;
const crowds = [new Crowd(url, secret), new Crowd(otherUrl, secret)];

before(async () => {
  const [here, there] = crowds;
  await here.grow(3, () => ["orders/1"]);
  await there.grow(2, () => ["orders/1", "orders/2"]);
  browser = await Window.browser();
  window = await Window.open(browser, admin);
  await window.enter(key);
});

after(async () => {
  process.kill(other, "SIGCONT");
  await window?.close();
  await browser?.close();
  for (const crowd of crowds) await crowd.leave();
});

/** The line of a hub on the overview. */
const line = (name) => window.page.locator("section[aria-label=Nodes] .bar", { hasText: name });

test("the overview lists all hubs, and says which one this is", async () => {
  await window.see(".facts", "node eu-1");
  await line("eu-1").getByText("this one").waitFor();
  await line("eu-1").getByText("3 connections").waitFor();
  await line("eu-2").getByText("2 connections").waitFor();
});

test("connections say which hub serves them, and are found by it", async () => {
  await window.go("connections");
  await window.see(".rows .heads", "Node");
  await window.see(".tools", "5 connections");
  await window.page.fill("input[type=search]", "eu-2");
  await window.see(".tools", "2 of 5");
  await window.page.click(".rows .seen .row");
  await window.see(".drawer dl", "eu-2");
  await window.see(".drawer .timeline", "The console of eu-2 shows what happens there");
});

test("topics are those of all hubs", async () => {
  await window.go("topics");
  await window.see(".tools", "on 2 nodes");
  await window.page.getByText("orders").first().waitFor();
  const rows = await window.page.locator(".topics .row", { hasText: "1" }).allInnerTexts();
  assert.ok(rows.some((row) => /1\s+5$/.test(row.trim())), rows.join(" | "));
});

test("a hub that drains is said to", async () => {
  const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  const ask = async (path) => {
    const body = JSON.stringify({ node: "eu-2" });
    const answer = await fetch(`${admin}${path}`, { method: "POST", headers, body });
    assert.equal(answer.status, 200);
  };
  await ask("/api/drain");
  await window.go("overview");
  await line("eu-2").getByText("drains").waitFor();
  await ask("/api/stay");
  await line("eu-2").getByText("drains").waitFor({ state: "detached" });
});

test("a hub that does not answer is named, and what is missing for that", async () => {
  process.kill(other, "SIGSTOP");
  await line("eu-2").getByText("does not answer").waitFor();
  await window.go("connections");
  await window.see(".notice", "eu-2 does not answer; its connections are missing");
  await window.go("topics");
  await window.see(".notice", "eu-2 does not answer; its subscribers are missing");
});
