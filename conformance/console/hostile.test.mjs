// Names and payloads that would like to be markup: the console shows them as what they are.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Crowd } from "./crowd.mjs";
import { admin, key, secret, url } from "./hub.mjs";
import { profileOf } from "./profile.mjs";
import { Window } from "./window.mjs";

const MARKUP = `<img src=x onerror="alert(1)"><script>alert(2)</script>`;
const TOPIC = `orders/<svg onload=alert(3)>"'&amp;`;

let browser;
let crowd;
let window;
let socket;

before(async () => {
  crowd = new Crowd(url, secret);
  socket = await crowd.join(MARKUP, [TOPIC, "orders/javascript:alert(4)"], { name: MARKUP });
  browser = await Window.browser();
});

after(async () => {
  await browser?.close();
  await crowd?.leave();
});

beforeEach(async () => {
  window = await Window.open(browser, admin);
  await window.enter(key);
});

afterEach(async () => {
  // Nothing of it became an element.
  const made = await window.page.evaluate(
    () => document.querySelectorAll("img, script:not([src]), [onload], [onerror]").length,
  );
  assert.equal(made, 0);
  // Nor a dialog, nor something that the policy had to stop.
  await window.close();
});

test("users, what is said of them, and what they subscribe to", async () => {
  await window.go("connections");
  await window.see(".rows .seen .row", MARKUP);
  await window.page.click(".rows .seen .row");
  await window.see(".drawer dl", MARKUP);
  await window.see(".drawer .chips", TOPIC);
  // The address of a topic leads back to it, whatever it is called.
  await window.page.click(".chips a >> nth=0");
  await window.see(".drawer h2", "orders/");
});

test("topics, members, events and payloads", async () => {
  await window.go("topics");
  await window.see(".topics .row", `<svg onload=alert(3)>"'&amp;`);
  await window.go("topics", TOPIC);
  await window.see(".drawer h2", TOPIC);
  await window.see(".drawer", "Silence");
  const say = (data) =>
    socket.send(
      JSON.stringify({ type: "publish", topic: TOPIC, event: "<b>bold</b>", data, echo: true }),
    );
  // The stream of what is said may open after the first words.
  const timer = setInterval(() => say({ html: MARKUP, __proto__: null, toString: "<i>" }), 200);
  await window.see(".drawer .message", MARKUP.replaceAll('"', '\\"'));
  await window.see(".drawer .message b", "<b>bold</b>");
  clearInterval(timer);
  await window.page.click("text=members");
  await window.see(".drawer .message", MARKUP.replaceAll('"', '\\"'));
  await window.page.click("text=history");
  await window.see(".drawer .message", MARKUP.replaceAll('"', '\\"'));
});

test("a hub's own words, were it to lie", async () => {
  await window.page.route("**/api/settings", (route) => {
    const setting = { key: MARKUP, value: MARKUP, origin: MARKUP, meaning: MARKUP, reload: true };
    return route.fulfill({ json: { settings: [{ ...setting, waits: MARKUP }] } });
  });
  await window.go("settings");
  await window.see(".settings tr", MARKUP);
  await window.page.route("**/api/connections*", (route) =>
    route.fulfill({ status: 500, json: { error: { message: MARKUP, hint: MARKUP } } }),
  );
  await window.go("connections");
  await window.see(".notice", MARKUP);
});

test("functions and tasks, whatever they are called", async () => {
  const scopes = ["read", "debug"];
  await window.page.route("**/api/key", (route) => route.fulfill({ json: { scopes, topics: [] } }));
  const task = { kind: MARKUP, function: MARKUP, place: MARKUP, state: MARKUP };
  const times = { age: 7_200, since: 60, polls: 1, busy: 0.5 };
  await window.page.route("**/debug/tasks", (route) =>
    route.fulfill({ json: { count: 1, tasks: [{ ...task, ...times }] } }),
  );
  const leak = { kind: "task", what: MARKUP, born: MARKUP };
  await window.page.route("**/debug/leaks", (route) =>
    route.fulfill({ json: { checks: 1, checked: 3, leaks: [leak], found: {} } }),
  );
  const profile = profileOf([MARKUP, "hub::turn", "main"], 4_096);
  await window.page.route("**/debug/pprof/heap", (route) =>
    route.fulfill({ contentType: "application/octet-stream", body: profile }),
  );
  await window.page.route("**/debug/pprof/allocs", (route) =>
    route.fulfill({ contentType: "application/octet-stream", body: Buffer.from(MARKUP) }),
  );
  await window.page.reload();
  await window.page.waitForSelector(".tile");
  await window.go("profiles");
  await window.see(".tasks tr", MARKUP);
  await window.see(".checks li", MARKUP);
  await window.page.click(".takers >> text=heap");
  await window.see(".totals tr", MARKUP);
  await window.page.click(".flame[aria-label='hub::turn']");
  await window.see(".flames .line", "4.00 KiB, 100 %");
  await window.page.click("text=Whole");
  await window.page.click(".takers >> text=allocs");
  await window.see(".notice", "what came is no profile");
});

test("pages of others cannot frame it, and it sends nobody away with an address", async () => {
  const answer = await fetch(`${admin}/console/`);
  assert.match(answer.headers.get("content-security-policy"), /frame-ancestors 'none'/);
  assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
  const { status } = await fetch(`${admin}/api/publish`, {
    method: "POST",
    headers: { cookie: `key=${key}`, origin: "https://evil.example" },
    body: JSON.stringify({ topic: "orders/1", data: 1 }),
  });
  assert.equal(status, 401, "what a browser sends by itself opens nothing");
});
