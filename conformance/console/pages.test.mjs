// Every page of the console, looked at while a crowd keeps the hub busy. `cargo xtask conform console`
// starts the binary and sets the environment.

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { Crowd } from "./crowd.mjs";
import { admin, key, secret, url } from "./hub.mjs";
import { VIEWER_KEY, Window } from "./window.mjs";

const {
  WIREHUB_TEST_CROWD: crowdSize = "300",
  WIREHUB_TEST_PICTURES: pictures,
} = process.env;
const SIZE = Number(crowdSize);

let browser;
let crowd;
let window;

before(async () => {
  crowd = new Crowd(url, secret);
  await crowd.grow(SIZE, (n) => [`orders/${n % 40}`, `chat/room/${n % 7}`]);
  crowd.talk(100, (n) => (n % 4 ? `orders/${n % 40}` : `chat/room/${n % 7}`));
  browser = await Window.browser();
});

after(async () => {
  await browser?.close();
  await crowd?.leave();
});

beforeEach(async () => {
  window = await Window.open(browser, admin);
});

afterEach(() => window.close());

test("a wrong key stays outside, and says so", async () => {
  await window.signIn("no-such-key-0123456789abcdef");
  await window.see(".notice", "the API key is not valid");
  assert.equal(await window.page.locator(".shell").count(), 0);
  const kept = await window.page.evaluate(() => [
    JSON.stringify(sessionStorage),
    JSON.stringify(localStorage),
    document.cookie,
  ]);
  assert.ok(!kept.join().includes("no-such-key"), "a key that opens nothing is not kept");
});

test("a key is kept for the tab alone, and forgotten by whoever signs out", async () => {
  await window.enter(key);
  await window.page.reload();
  await window.page.waitForSelector(".tile");
  const elsewhere = await window.page.evaluate(() => JSON.stringify(localStorage) + document.cookie);
  assert.ok(!elsewhere.includes(key));
  await window.page.click("button[aria-label='Sign out']");
  await window.page.waitForSelector("input[name=key]");
  assert.equal(await window.page.evaluate(() => sessionStorage.length), 0);
});

test("the overview shows what goes on", async () => {
  await window.enter(key);
  await window.see(".tile", SIZE.toLocaleString("en"));
  await window.see(".life .state.busy", "OPEN");
  // Rates need two looks.
  await window.page.waitForFunction(() => {
    const tile = [...document.querySelectorAll(".tile")].find((tile) =>
      tile.textContent.startsWith("Deliveries"),
    );
    return Number.parseFloat(tile.querySelector(".value").textContent) > 0;
  });
  assert.ok((await window.page.locator(".chart path.line[d]").count()) >= 8);
});

test("connections are found, looked at and sent away", async () => {
  const socket = await crowd.join("somebody-special", ["orders/special"], { name: "Ann" });
  await window.enter(key);
  await window.go("connections");
  await window.see(".tools", "connections");
  await window.page.keyboard.press("/");
  await window.page.keyboard.type("somebody-spec");
  await window.see(".tools", "1 of ");
  await window.page.click(".rows .seen .row");
  await window.see(".drawer dl", '{"name":"Ann"}');
  await window.see(".drawer .chips", "orders/special");
  socket.send(JSON.stringify({ type: "subscribe", id: 7, topic: "chat/later" }));
  await window.see(".timeline", "subscribed");
  await window.page.click("text=Disconnect");
  await window.page.click("text=Really disconnect?");
  await window.see(".timeline", "disconnected");
  await window.see(".drawer .notice", "It has ended");
  await window.page.keyboard.press("Escape");
  await window.page.keyboard.press("Escape");
  await window.page.waitForSelector(".drawer", { state: "detached" });
});

test("few of many rows are in the page, whichever are seen", async () => {
  await window.enter(key);
  await window.go("connections");
  await window.page.waitForSelector(".rows .seen .row");
  const first = await window.text(".rows .seen .row");
  await window.page.evaluate(() => {
    document.querySelector(".rows").scrollTop = 1e9;
  });
  await window.page.waitForFunction(
    (first) => document.querySelector(".rows .seen .row").innerText !== first,
    first,
  );
  assert.ok((await window.page.locator(".rows .seen .row").count()) < 100);
});

test("topics are a tree, and what is said on one is heard", async () => {
  await window.enter(key);
  await window.go("topics");
  await window.see(".topics .row", "orders");
  await window.page.fill("input[type=search]", "room/3");
  await window.see(".tools", "1 of ");
  await window.go("topics", "orders/3");
  await window.see(".drawer .message", '"status":');
  await window.page.click("text=members");
  await window.see(".drawer .message", "user-");
  await window.page.click("text=history");
  await window.see(".drawer .message", "#");
  await window.go("topics", "orders/of-the-console");
  await window.see(".drawer", "Silence");
  await window.page.fill(".publish textarea", '{"from": "the console"}');
  await window.page.fill(".publish input", "greeting");
  await window.page.click(".publish button");
  await window.see(".drawer .message", "the application");
  await window.see(".drawer .message", '{"from":"the console"}');
  await window.see(".publish", "published as #1");
  await window.page.fill(".publish textarea", '{"from": ');
  await window.page.click(".publish button");
  await window.see(".publish .notice", "this is no JSON");
});

test("a branch is heard as a whole", async () => {
  await window.enter(key);
  await window.go("topics", "chat/#");
  await window.see(".drawer .message", "chat/room/");
  assert.equal(await window.page.locator(".publish").count(), 0);
});

test("health is a checklist, alarms are the rules", async () => {
  await window.enter(key);
  await window.go("health");
  await window.see(".verdict", "the hub is ready");
  assert.ok((await window.page.locator(".checks li").count()) >= 15);
  await window.go("alarms");
  await window.see(".checks li", "WirehubHighLatency");
  await window.see(".checks li", "quiet");
});

test("profiles are flame graphs, tasks a table", async () => {
  await window.enter(key);
  await window.go("profiles");
  await window.page.waitForSelector(".tasks tbody tr");
  await window.see(".panel", "Leaks");
  await window.page.click(".takers >> text=threads");
  await window.see(".flames .line", "all");
  assert.ok((await window.page.locator(".flame").count()) > 5);
  await window.page.fill("input[type=search]", "wirehub");
  await window.see(".totals tr", "wirehub");
  await window.page.waitForSelector(".flame.found");
});

test("settings have their values and origins, and secrets stay hidden", async () => {
  await window.enter(key);
  await window.go("settings");
  await window.see(".settings tr", "limits.connections_per_ip");
  await window.page.fill("input[type=search]", "admin.api_key");
  await window.see(".settings tr", "(hidden)");
  await window.see(".settings tr", "WIREHUB_ADMIN__API_KEY");
  assert.ok(!(await window.page.content()).includes(key));
});

test("a key that may only look is shown nothing that acts", async () => {
  await window.enter(VIEWER_KEY);
  await window.see(".foot", "viewer");
  await window.go("connections");
  await window.page.click(".rows .seen .row");
  await window.page.waitForSelector(".drawer dl");
  assert.equal(await window.page.locator("text=Disconnect").count(), 0);
  await window.go("topics", "orders/3");
  await window.see(".drawer .message", '"status":');
  assert.equal(await window.page.locator(".publish").count(), 0);
  await window.go("profiles");
  await window.see("main", "No profiles with this key");
});

test("keys lead everywhere", async () => {
  await window.enter(key);
  for (const [letter, title] of [
    ["c", "Connections"],
    ["t", "Topics"],
    ["h", "Health"],
    ["p", "Profiles"],
    ["a", "Alarms"],
    ["s", "Settings"],
    ["o", "Overview"],
  ]) {
    await window.page.keyboard.press("g");
    await window.page.keyboard.press(letter);
    await window.see("header h1", title);
  }
  await window.page.keyboard.press("?");
  await window.see("dialog[open]", "Keys");
  await window.page.keyboard.press("Escape");
  await window.page.waitForSelector("dialog", { state: "detached" });
});

test("a hub that does not answer is said to be silent, and is seen again", async () => {
  await window.enter(key);
  await window.page.route("**/metrics", (route) => route.abort());
  await window.see(".notice", "the hub does not answer");
  await window.see(".pulse", "silent");
  await window.page.unroute("**/metrics");
  await window.see(".pulse", "ready");
  await window.page.waitForSelector(".notice", { state: "detached" });
});

test("no page complains, dark or light, wide or narrow", async () => {
  if (pictures) mkdirSync(pictures, { recursive: true });
  const places = [
    ["overview"],
    ["connections"],
    ["topics"],
    ["topics", "orders/3"],
    ["health"],
    ["profiles"],
    ["alarms"],
    ["settings"],
  ];
  for (const [theme, width, height] of [
    ["dark", 1440, 900],
    ["light", 1440, 900],
    ["dark", 420, 860],
  ]) {
    const other = await Window.open(browser, admin, { theme, width, height });
    await other.enter(key);
    for (const [page, of] of places) {
      await other.go(page, of);
      await other.page.waitForLoadState("networkidle", { timeout: 3_000 }).catch(() => {});
      const wide = await other.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${page} is ${wide} wide`);
      if (pictures) {
        const name = `${page}${of ? "-one" : ""}-${theme}-${width}.png`;
        await other.page.screenshot({ path: `${pictures}/${name}` });
      }
    }
    await other.close();
  }
});
