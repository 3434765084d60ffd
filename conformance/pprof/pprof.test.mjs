// `go tool pprof`, which was not written here, reads the profiles of a running hub and finds the
// hub's own functions in them: as it was built, and with its symbols stripped.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { Crowd } from "../console/crowd.mjs";
import { admin, key, secret, url } from "../console/hub.mjs";

const run = promisify(execFile);
const { WIREHUB_TEST_BINARY: binary } = process.env;

/** How long a stripped hub may take until it is ready, in milliseconds. */
const PATIENCE = 30_000;

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "wirehub-pprof-"));
});
after(() => rm(folder, { recursive: true }));

/** Takes a profile of a hub into a file. */
const take = async (from, name) => {
  const response = await fetch(`${from}/debug/pprof/${name}`, {
    headers: { authorization: `Bearer ${key}` },
  });
  assert.equal(response.status, 200, `${name}: ${response.statusText}`);
  const file = join(folder, `${name.replace(/\W/g, "-")}.pb.gz`);
  await writeFile(file, Buffer.from(await response.arrayBuffer()));
  return file;
};

/** What `go tool pprof` prints of a file. */
const pprof = async (file, ...options) => {
  const words = ["tool", "pprof", "-symbolize=none", ...options, file];
  const { stdout } = await run("go", words, { maxBuffer: 1 << 26 });
  return stdout;
};

/** The functions that `go tool pprof -top` prints, those that only call others too. */
const top = async (file) => {
  const printed = await pprof(file, "-top", "-cum", "-nodecount=100000", "-nodefraction=0");
  const rows = printed.split("\n");
  const table = rows.slice(rows.findIndex((row) => /flat%/.test(row)) + 1);
  return table.map((row) => row.trim().split(/\s+/).slice(5).join(" ")).filter(Boolean);
};

/** How many of the functions are the hub's own; none of them may have lost its type. */
const own = (functions) => {
  const nameless = functions.filter((name) => name.startsWith("::"));
  assert.deepEqual(nameless, [], "functions without the type or module that they are of");
  return functions.filter((name) => /^wirehub\w*::/.test(name)).length;
};

const has = (functions, pattern) => {
  const found = functions.some((name) => pattern.test(name));
  assert.ok(found, `no function like ${pattern} among:\n${functions.slice(0, 80).join("\n")}`);
};

test("processor time is found where clients are served", async (context) => {
  const crowd = new Crowd(url, secret);
  context.after(() => crowd.leave());
  await crowd.grow(200, () => ["orders/pprof"]);
  // A hundred samples a second of processor time: there has to be some to be seen.
  crowd.talk(200, () => "orders/pprof");
  const functions = await top(await take(admin, "profile?seconds=5"));
  crowd.hush();
  has(functions, /^wirehub::shard_loop/);
  has(functions, /^wirehub_core::shard/);
  assert.ok(own(functions) >= 10, functions.join("\n"));

  const memory = await top(await take(admin, "heap"));
  assert.ok(own(memory) >= 3, memory.join("\n"));
  assert.ok(own(await top(await take(admin, "allocs"))) >= 3);
});

test("tasks are found where they were begun", async () => {
  const functions = await top(await take(admin, "tasks"));
  assert.ok(own(functions) >= 3, functions.join("\n"));
});

/** Starts a hub of its own from a binary. */
const start = async (program) => {
  const ready = `${program}.ready.json`;
  const listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"];
  const hub = spawn(program, ["serve", ...listen, "--ready-file", ready], {
    env: { WIREHUB_AUTH__HMAC_SECRET: secret, WIREHUB_ADMIN__API_KEY: key },
    stdio: "ignore",
  });
  for (const begun = Date.now(); Date.now() - begun < PATIENCE; await pause(20)) {
    assert.equal(hub.exitCode, null, "the hub ended before it was ready");
    const said = await readFile(ready, "utf8").catch(() => "");
    if (said) return { hub, admin: JSON.parse(said).admin };
  }
  throw new Error("the stripped hub did not become ready");
};

/** Where the threads of a hub are that was stripped in this way. */
const stripped = async (how) => {
  const program = join(folder, `wirehub${how}`);
  await run("strip", [how, "-o", program, binary]);
  const { hub, admin } = await start(program);
  const file = await take(admin, "threads");
  hub.kill("SIGTERM");
  await once(hub, "exit");
  return file;
};

test("without debug information functions keep their names", async () => {
  const functions = await top(await stripped("--strip-debug"));
  assert.ok(own(functions) >= 3, functions.join("\n"));
});

test("without symbols the profile says which build names its functions", async () => {
  const file = await stripped("--strip-all");
  assert.equal(own(await top(file)), 0);
  const raw = await pprof(file, "-raw");
  const { stdout: notes } = await run("readelf", ["-n", binary]);
  const [, build] = /Build ID: ([0-9a-f]+)/.exec(notes);
  const mapping = raw.slice(raw.indexOf("Mappings"));
  assert.match(mapping, new RegExp(`/wirehub--strip-all ${build}`));
});
