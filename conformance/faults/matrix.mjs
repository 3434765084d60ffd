// Every fault in every state, for every client library: `cargo xtask conform clients` starts the server, builds
// the agents and runs this. By hand, with the same environment:
//
//   node conformance/faults/matrix.mjs --agent typescript='node conformance/faults/agents/typescript.mjs'
//
// `--fault` and `--state` choose cells, `--write FILE` puts the table between its marks in a document.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { run } from "./cell.mjs";
import { STATES } from "./states.mjs";
import { page } from "./table.mjs";

const FAULTS = JSON.parse(readFileSync(new URL("faults.json", import.meta.url), "utf8"));

const several = { type: "string", multiple: true };
const { values: chosen } = parseArgs({
  options: { agent: several, fault: several, state: several, write: { type: "string" }, jobs: { type: "string", default: "8" } },
});

const {
  WIREHUB_TEST_PUBLIC: address,
  WIREHUB_TEST_ADMIN: admin,
  WIREHUB_TEST_API_KEY: apiKey,
  WIREHUB_TEST_SECRET: secret,
} = process.env;
assert.ok(address && admin && apiKey && secret, "run this through `cargo xtask conform clients`");
const server = { address, admin, apiKey, secret };

/** Every cell that was chosen, library by library. */
function cells() {
  const wanted = (list, name) => list === undefined || list.includes(name);
  const agents = (chosen.agent ?? []).map((agent) => agent.split("="));
  assert.ok(agents.length > 0, "say --agent NAME='PROGRAM ARGUMENT…'");
  return agents.flatMap(([library, command]) =>
    FAULTS.filter(({ fault }) => wanted(chosen.fault, fault)).flatMap((fault) =>
      Object.keys(STATES)
        .filter((state) => wanted(chosen.state, state))
        .map((state) => ({ library, command: command.split(" "), fault, state })),
    ),
  );
}

/** Takes cells from the list until it is empty. */
async function work(list) {
  for (let cell = list.shift(); cell !== undefined; cell = list.shift()) {
    const { library, command, fault, state } = cell;
    cell.wrong = await run(command, state, fault, server);
    const verdict = cell.wrong.length === 0 ? "ok    " : "FAILED";
    console.log(`${verdict}  ${library}: ${fault.fault} while ${state}`);
    for (const sentence of cell.wrong) console.log(`        ${sentence}`);
  }
}

const all = cells();
const list = [...all];
const began = performance.now();
await Promise.all(Array.from({ length: Number(chosen.jobs) }, () => work(list)));
const failed = all.filter(({ wrong }) => wrong.length > 0).length;
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(`cells: ${all.length - failed} passed, ${failed} failed, in ${seconds} s`);
if (chosen.write) {
  writeFileSync(chosen.write, page(readFileSync(chosen.write, "utf8"), all));
  console.log(`wrote ${chosen.write}`);
}
// Nothing is awaited any more; connections that a fault left half open must not keep the process.
process.exit(failed === 0 && all.length > 0 ? 0 : 1);
