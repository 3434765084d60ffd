// Every behaviour with every library, and every library with every other one in one room:
// `cargo xtask conform interop --suite dialects` builds what is needed and runs this. By hand, with the variables of
// `conformance/README.md`:
//
//   node conformance/dialects/matrix.mjs --behaviour kick
//
// `--behaviour` and `--library` choose cells. A whole run compares the tables with those in docs/dialects.md, or
// keeps them there with `--write`.

import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { BEHAVIOURS } from "./behaviours.mjs";
import { Cell, SETTLED_MS } from "./cell.mjs";
import { Hub } from "./hub.mjs";
import { CLIENTS, SERVERS } from "./libraries.mjs";
import { Library } from "./library.mjs";
import { pairs } from "./pairs.mjs";
import { page } from "./table.mjs";

const several = { type: "string", multiple: true };
const { values: chosen } = parseArgs({
  options: {
    behaviour: several,
    library: several,
    write: { type: "boolean", default: false },
    jobs: { type: "string", default: "8" },
  },
});

const isChosen = (list, name) => list === undefined || list.some((part) => name.includes(part));

const DOCUMENT = new URL("../../docs/dialects.md", import.meta.url);

const start = (library) => ({ ...library, running: new Library(library.command) });
const hub = await Hub.start({ shards: 2 });
const libraries = CLIENTS.filter(({ name }) => isChosen(chosen.library, name)).map(start);
const servers = SERVERS.map(start);
const everyone = [...libraries, ...servers];
await Promise.all(everyone.map(({ running }) => running.ready));
const cells = BEHAVIOURS.filter(({ name }) => isChosen(chosen.behaviour, name)).flatMap((behaviour) =>
  libraries.map((library) => ({ behaviour, library })),
);
const settled = [];

/** Runs one cell: it gets a note, or what is wrong. */
async function run(cell) {
  const { behaviour, library } = cell;
  const lacking = behaviour.lacks?.[library.id] ?? behaviour.lacks?.[library.dialect];
  const running = new Cell(library, library.running, hub);
  const began = performance.now();
  try {
    cell.note = await (lacking ?? behaviour).run(running);
    cell.isLacking = lacking !== undefined;
    cell.why = lacking?.why;
  } catch (error) {
    cell.wrong = [error.message, ...running.story];
  }
  settled.push(...running.settled.map((one) => ({ ...one, cell })));
  await running.end().catch((error) => (cell.wrong ??= [error.message, ...running.story]));
  const verdict = cell.wrong ? "FAILED" : cell.isLacking ? "lacks " : "ok    ";
  const took = `${(performance.now() - began).toFixed(0)} ms`;
  console.log(`${verdict}  ${behaviour.name}: ${library.name} ${cell.note ?? ""} (${took})`);
  for (const sentence of cell.wrong ?? []) console.log(`        ${sentence.split("\n").join("\n        ")}`);
}

async function work(list) {
  for (let cell = list.shift(); cell !== undefined; cell = list.shift()) await run(cell);
}

/** Those who stopped, or were to stay, are as they were. */
async function lookAgain() {
  const last = Math.max(0, ...settled.map(({ since }) => since));
  await pause(Math.max(0, last + SETTLED_MS - performance.now()));
  for (const { client, since, cell } of settled) {
    const later = client.said.filter(({ tells, at }) => tells === "state" && at > since);
    if (later.length > 0) cell.wrong = [`it did not stay as it was: ${JSON.stringify(later)}`];
    if (later.length > 0) console.log(`FAILED  ${cell.behaviour.name}: ${cell.library.name} ${cell.wrong}`);
  }
}

const began = performance.now();
const together = cells.filter(({ behaviour }) => !behaviour.isAlone);
await Promise.all(Array.from({ length: Number(chosen.jobs) }, () => work(together)));
await work(cells.filter(({ behaviour }) => behaviour.isAlone));
const measured = await pairs(everyone, libraries, hub);
for (const { from, to, letters, wrong } of measured) {
  console.log(`${wrong.length > 0 ? "FAILED" : "ok    "}  ${from.name} speaks, ${to.name} hears ${letters}`);
  for (const sentence of wrong) console.log(`        ${sentence}`);
}
await lookAgain();
for (const { name, running } of everyone) {
  running.end();
  if (running.complaints) console.log(`FAILED  ${name} printed:\n${running.complaints.slice(0, 3000)}`);
}
await hub.drain();

const failed = [...cells, ...measured].filter(({ wrong = [] }) => wrong.length > 0).length;
const complaining = everyone.filter(({ running }) => running.complaints !== "").length;
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`${cells.length} cells and ${measured.length} pairs, of which ${failed} failed, in ${seconds} s`);
process.exit(failed + complaining === 0 && isKept() ? 0 : 1);

/** Whether a whole run is what the document says; `--write` makes it so. */
function isKept() {
  if (chosen.behaviour || chosen.library) return true;
  const document = readFileSync(DOCUMENT, "utf8");
  const now = page(document, cells, measured);
  if (chosen.write) writeFileSync(DOCUMENT, now);
  else if (document !== now) console.log("FAILED  docs/dialects.md is not what was measured: see --write");
  return chosen.write || document === now;
}
