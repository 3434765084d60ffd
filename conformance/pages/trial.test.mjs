// What a newcomer does: starts the hub, saves ten lines of the README as a file, opens it in two tabs.
// And the chat of examples/chat-web, as a person uses it. `cargo xtask conform clients` runs this.
// With CHAT_SCREENSHOTS=FOLDER it leaves pictures of the chat there.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { openBrowser } from "../browser/page.mjs";
import { FaultProxy } from "../faults/proxy.mjs";
import { startTrial } from "./trial.mjs";

const { WIREHUB_TEST_BINARY: binary, CHAT_SCREENSHOTS: pictures } = process.env;
assert.ok(binary, "run this through `cargo xtask conform clients`");

const path = (relative) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wirehub-trial-"));

let hub;
let proxy;
let browser;
let context;
let uncaught;

before(async () => {
  hub = await startTrial(binary, "--config", path("examples/chat-web/wirehub.toml"));
  proxy = new FaultProxy(hub.url.replace("ws:", "http:"));
  await proxy.listen();
  browser = await openBrowser();
});

after(async () => {
  await browser?.close();
  proxy?.close();
  await hub?.stop();
  rmSync(folder, { recursive: true });
});

beforeEach(async () => {
  uncaught = [];
  context = await browser.newContext({ viewport: { width: 1000, height: 640 } });
  context.on("weberror", (error) => uncaught.push(error.error().message));
});

afterEach(async () => {
  await context.close();
  assert.deepEqual(uncaught, []);
});

test("ten lines of the README are a chat", async () => {
  const readme = readFileSync(path("README.md"), "utf8");
  const [, lines] = readme.match(/```html\n(.*?)```/s);
  assert.ok(lines.trim().split("\n").length <= 10);
  const file = join(folder, "chat.html");
  const { host } = new URL(hub.url);
  writeFileSync(file, lines.replaceAll("127.0.0.1:8000", host).replace("PASTE THE TOKEN HERE", hub.token));
  const tabs = [await context.newPage(), await context.newPage()];
  for (const tab of tabs) {
    await tab.goto(`${pathToFileURL(file)}`);
    await tab.waitForFunction(() => document.title.startsWith("live"));
  }
  await tabs[0].fill("#text", "hello");
  await tabs[0].press("#text", "Enter");
  for (const tab of tabs) await tab.getByText("hello").waitFor();
});

/** Opens the chat as a file, and enters the room under a name. */
async function enter(name) {
  const page = await context.newPage();
  await page.goto(`${pathToFileURL(path("examples/chat-web/index.html"))}#token=${hub.token}`);
  await page.fill("#name", name);
  await page.fill("#hub", `ws://127.0.0.1:${proxy.port}/ws`);
  if (pictures && name === "Ada") await page.screenshot({ path: join(pictures, "door.png") });
  await page.click("#enter button");
  await page.locator("#state[data-is=good]").waitFor();
  return page;
}

async function say(page, text) {
  await page.fill("#text", text);
  await page.press("#text", "Enter");
}

const spoken = (page) => page.locator(".bubble").allTextContents();
const picture = (page, name) => pictures && page.screenshot({ path: join(pictures, `${name}.png`) });

test("two people chat, the network is cut, and nothing is lost", async () => {
  const [ada, bob] = [await enter("Ada"), await enter("Bob")];
  for (const page of [ada, bob]) await page.locator("#people li").nth(1).waitFor();
  await say(ada, "Hello Bob, do you hear me?");
  await bob.getByText("do you hear me?").waitFor();
  await say(bob, "Loud and clear.");
  await say(bob, "Going into a tunnel now.");
  await ada.getByText("into a tunnel").waitFor();
  await bob.fill("#text", "is this thing on");
  await ada.getByText("Bob is typing").waitFor();
  await picture(ada, "room");

  await proxy.begin({ strike: "cut", opens: { kind: "refuse" } });
  await ada.locator("#state[data-is=busy]").waitFor();
  await say(ada, "Are you still there?");
  await ada.locator(".message.waiting").waitFor();
  await ada.click("#state");
  await picture(ada, "cut");
  await proxy.lift();
  await bob.getByText("still there?").waitFor();
  await ada.locator("#state[data-is=good]").waitFor();
  await picture(ada, "back");
  assert.deepEqual(await spoken(bob), await spoken(ada));
  assert.equal((await spoken(ada)).length, 4);

  const late = await enter("Cleo");
  await late.locator(".bubble").nth(3).waitFor();
  assert.deepEqual(await spoken(late), await spoken(ada));
  await picture(late, "late");
});
