// The page of examples/three-libraries, as three people use it, against a hub of its own with the example's settings.
// `cargo xtask conform interop` runs this. With ROOM_SCREENSHOTS=FOLDER it leaves a picture there.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openBrowser } from "../browser/page.mjs";

const { WIREHUB_TEST_BINARY: binary, ROOM_SCREENSHOTS: pictures } = process.env;
assert.ok(binary, "run this through `cargo xtask conform interop`");

const example = (file) => fileURLToPath(new URL(`../../examples/three-libraries/${file}`, import.meta.url));
const PEOPLE = ["ann", "bob", "cem"];
const ALL_HERE = PEOPLE.join(", ");

let hub;
let backend;
let browser;
let page;
let uncaught;

/** Starts the hub with the example's settings, for a page of this origin; gives its address. */
async function startHub(origin) {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("WIREHUB_"));
  const env = { ...Object.fromEntries(clean), WIREHUB_AUTH__ALLOWED_ORIGINS: origin };
  const listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const args = ["serve", ...listen, "--config", example("wirehub.toml")];
  hub = spawn(binary, args, { env, stdio: ["ignore", "pipe", "inherit"] });
  for await (const line of createInterface({ input: hub.stdout })) {
    const found = /clients\s+ws:(\S+)\/ws/.exec(line)?.[1];
    if (found !== undefined) return `http:${found}`;
  }
  throw new Error("the hub ended");
}

before(async () => {
  process.env.PORT = "0";
  ({ backend } = await import(example("backend.mjs")));
  if (!backend.listening) await once(backend, "listening");
  const origin = `http://127.0.0.1:${backend.address().port}`;
  process.env.HUB = await startHub(origin);
  browser = await openBrowser();
  const context = await browser.newContext({ viewport: { width: 1100, height: 620 } });
  uncaught = [];
  context.on("weberror", (error) => uncaught.push(error.error().message));
  page = await context.newPage();
  await page.goto(origin);
});

after(async () => {
  await browser?.close();
  backend?.close();
  if (hub?.exitCode !== null) return;
  const ended = once(hub, "exit");
  hub.kill("SIGKILL");
  await ended;
});

/** Waits until somebody's column shows this. */
function shows(person, part, text) {
  return page.locator(`#${person} .${part}`).filter({ hasText: text }).first().waitFor({ timeout: 15_000 });
}

test("each library knows all three", async () => {
  for (const person of PEOPLE) await shows(person, "people", ALL_HERE);
});

for (const speaker of PEOPLE) {
  test(`what ${speaker} says, all hear once`, async () => {
    const text = `${speaker} says hello <b>to all</b> 🚚`;
    await page.locator(`#${speaker} input`).fill(text);
    await page.locator(`#${speaker} button`).click();
    for (const person of PEOPLE) {
      await shows(person, "said", text);
      assert.equal(await page.locator(`#${person} .said li`).filter({ hasText: text }).count(), 1);
    }
    // Nobody's words are markup.
    assert.equal(await page.locator(".said li b b").count(), 0);
  });
}

test("nothing went wrong unseen", async () => {
  if (pictures) await page.screenshot({ path: `${pictures}/room.png` });
  assert.deepEqual(uncaught, []);
});
