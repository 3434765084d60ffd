// Ten thousand clients lose their connections in the same moment: how do they come back?
//
//   node benchmarks/clients/storm.mjs --clients 10000        prints a table and the versions
//
// `cargo xtask bench clients --write` keeps it in benchmarks/clients.md.

import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { LIBRARIES } from "./libraries.mjs";

const { values: chosen } = parseArgs({
  options: {
    clients: { type: "string", default: "10000" },
    processes: { type: "string", default: "2" },
    outage: { type: "string", default: "20" },
    library: { type: "string", multiple: true },
  },
});

const CLIENTS = Number(chosen.clients);
const PROCESSES = Number(chosen.processes);
const OUTAGE_S = Number(chosen.outage);

/** How long a fleet may take until all are live. */
const LIVE_MS = 180_000;

const now = () => performance.timeOrigin + performance.now();
const child = (script, ...args) => fork(new URL(script, import.meta.url), args);

/** Sends an order to a process and gives its answer. */
async function ask(process, order) {
  const answer = once(process, "message");
  process.send({ order });
  return (await answer)[0];
}

/** One library through one storm. `outage`: for how many seconds nobody listens. */
async function storm(name, outage) {
  const acceptor = child("acceptor.mjs");
  const [{ listening: port }] = await once(acceptor, "message");
  const url = `ws://127.0.0.1:${port}/ws`;
  const share = Math.floor(CLIENTS / PROCESSES);
  const fleets = Array.from({ length: PROCESSES }, () => child("fleet.mjs", url, name, String(share)));
  try {
    await Promise.all(fleets.map((fleet) => once(fleet, "message")));
    await untilLive(fleets, share);
    // A client that was live for long enough begins its delays anew.
    await pause(12_000);
    const began = now();
    await ask(acceptor, outage === 0 ? "cut" : "down");
    if (outage > 0) {
      await pause(outage * 1000);
      acceptor.send({ order: "up" });
      await once(acceptor, "message");
    }
    const back = outage === 0 ? began : now();
    await pause(1000);
    await untilLive(fleets, share);
    const reports = await Promise.all(fleets.map((fleet) => ask(fleet, "report")));
    return figures(reports, began, back);
  } finally {
    for (const process of [...fleets, acceptor]) process.kill();
  }
}

async function untilLive(fleets, share) {
  const deadline = now() + LIVE_MS;
  for (;;) {
    const counts = await Promise.all(fleets.map((fleet) => ask(fleet, "count")));
    if (counts.every(({ live }) => live === share)) return;
    if (now() > deadline) throw new Error(`after ${LIVE_MS} ms live: ${counts.map(({ live }) => live)}`);
    await pause(200);
  }
}

/** What the arrivals were like from the moment on at which the server was there (again). */
function figures(reports, began, back) {
  const all = reports.flatMap(({ arrivals }) => arrivals).sort((a, b) => a - b);
  const arrivals = all.filter((time) => time >= back).map((time) => (time - back) / 1000);
  const whole = Math.max(...reports.map(({ lastLive }) => lastLive)) - back;
  const seconds = whole / 1000;
  const away = all.filter((time) => time >= began && time < back).length;
  const peak = peakPerSecond(arrivals);
  const mean = arrivals.length / Math.max(seconds, 1);
  return { peak, mean, herd: peak / mean, tenth: peakPerSecond(arrivals, 0.1), seconds, away: away / CLIENTS };
}

/** The most arrivals within any span of so many seconds. */
function peakPerSecond(times, span = 1) {
  let [peak, first] = [0, 0];
  for (let last = 0; last < times.length; last += 1) {
    while (times[last] - times[first] >= span) first += 1;
    peak = Math.max(peak, last - first + 1);
  }
  return peak;
}

function row(title, figure, outage) {
  const whole = (number) => Math.round(number).toLocaleString("en-US").replaceAll(",", " ");
  const { peak, mean, herd, tenth, seconds, away } = figure;
  const attempts = outage === 0 ? "" : ` ${away.toFixed(1)} |`;
  return `| ${title} | ${whole(peak)} | ${whole(mean)} | ${herd.toFixed(1)} | ${whole(tenth)} | ${seconds.toFixed(1)} |${attempts}`;
}

const head = "| client | peak /s | mean /s | herd factor | peak in 0.1 s | all live after s |";
const rule = "|---|--:|--:|--:|--:|--:|";
const names = Object.keys(LIBRARIES).filter((name) => !chosen.library || chosen.library.includes(name));

for (const outage of [0, OUTAGE_S]) {
  const title = outage === 0 ? "### Cut, and the server is there" : `### Cut, and nobody listens for ${outage} s`;
  const more = outage === 0 ? ["", ""] : [" attempts a client meanwhile |", "--:|"];
  console.log(`${title}\n\n${head}${more[0]}\n${rule}${more[1]}`);
  for (const name of names) console.log(row(LIBRARIES[name].title, await storm(name, outage), outage));
  console.log();
}

const read = (path) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
const versions = ["centrifuge", "reconnecting-websocket", "ws"].map((name) => `${name} ${read(`node_modules/${name}/package.json`)}`);
console.log(`Clients: ${CLIENTS} in ${PROCESSES} processes. Node ${process.version}, ${versions.join(", ")}.`);
