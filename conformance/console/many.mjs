// How the console holds out with many connections: long tasks of its page, and how quickly it answers.
// Run it by hand against a hub whose file limit allows so many:
//   node conformance/console/many.mjs 20000
// It needs WIREHUB_TEST_ADMIN, WIREHUB_TEST_URL, WIREHUB_TEST_SECRET and WIREHUB_TEST_API_KEY.

import { setTimeout as pause } from "node:timers/promises";
import { Crowd } from "./crowd.mjs";
import { admin, key, secret, url } from "./hub.mjs";
import { Window } from "./window.mjs";

const count = Number(process.argv[2] ?? 20_000);
/** How long each page is watched, in milliseconds. */
const WATCHED = 20_000;

const crowd = new Crowd(url, secret);
await crowd.grow(count, (n) => [`orders/${n % 5_000}`, `chat/room/${n % 50}`]);
console.log(`${crowd.size} connections`);
crowd.talk(200, (n) => `orders/${n % 5_000}`);

const browser = await Window.browser();
const window = await Window.open(browser, admin);
await window.page.evaluate(() => {
  globalThis.tasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.tasks.push(Math.round(duration));
  }).observe({ type: "longtask", buffered: true });
});
await window.enter(key);

/** Watches a page while something is done on it. */
async function watch(name, work = async () => {}) {
  await window.page.evaluate(() => {
    globalThis.tasks.length = 0;
  });
  const end = Date.now() + WATCHED;
  await work(end);
  await pause(Math.max(0, end - Date.now()));
  const tasks = await window.page.evaluate(() => globalThis.tasks);
  const sum = tasks.reduce((sum, task) => sum + task, 0);
  const longest = Math.max(0, ...tasks);
  console.log(
    `${name}: ${tasks.length} long tasks in ${WATCHED / 1_000} s, ${sum} ms together, longest ${longest} ms`,
  );
}

/** How long something takes to be seen, in milliseconds. */
async function timed(name, work) {
  const began = performance.now();
  await work();
  console.log(`${name}: ${Math.round(performance.now() - began)} ms`);
}

await watch("overview");
await window.go("connections");
await timed("the whole list is there", () =>
  window.page.waitForFunction(
    (count) => Number(document.querySelector(".rows")?.ariaRowCount ?? 0) >= count,
    count,
    { timeout: 120_000 },
  ),
);
await watch("connections, read again and again");
await watch("connections, scrolled", async (end) => {
  while (Date.now() < end) {
    await window.page.evaluate(() => {
      const rows = document.querySelector(".rows");
      rows.scrollTop = (rows.scrollTop + 1_777) % rows.scrollHeight;
    });
    await pause(30);
  }
});
await watch("connections, typed and sorted", async () => {
  for (const letter of "user-1999") {
    await timed(`  the letter ${letter}`, async () => {
      await window.page.focus("input[type=search]");
      await window.page.keyboard.type(letter);
      await window.page.evaluate(() => new Promise(requestAnimationFrame));
    });
  }
  await window.page.fill("input[type=search]", "");
  for (const column of ["User", "Silent for", "Connection"]) {
    await timed(`  sorted by ${column}`, async () => {
      await window.page.click(`.heads >> text=${column}`);
      await window.page.evaluate(() => new Promise(requestAnimationFrame));
    });
  }
});
await window.go("topics");
await watch("topics, closed");
await window.go("alarms");
const churn = setInterval(() => crowd.cut(20), 1_000);
await watch("alarms, with 20 clients cut a second");
clearInterval(churn);
await window.close();
await browser.close();
await crowd.leave();
