// A server of the matrix: the binary under test, on ports of its own, until it is told to end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const { WIREHUB_TEST_BINARY: binary } = process.env;
const SETTINGS = fileURLToPath(new URL("wirehub.toml", import.meta.url));

/** How long it may take until both listeners accept, in milliseconds. */
const START_MS = 20_000;

/** What tokens are signed with and servers ask with; the same for every hub of a run, as in one product. */
export const SECRET = randomBytes(32).toString("hex");
export const KEY = randomBytes(16).toString("hex");

export class Hub {
  /** Where clients connect, `http://…`, and where servers do. */
  address;
  admin;
  #child;
  #folder;

  /** Starts one, with more settings as environment variables, and waits until it listens. */
  static async start({ shards = 1, settings = {} } = {}) {
    assert.ok(binary, "run this through `cargo xtask conform interop`");
    const hub = new Hub();
    await hub.#start(shards, settings);
    return hub;
  }

  async #start(shards, settings) {
    this.#folder = mkdtempSync(join(tmpdir(), "wirehub-matrix-"));
    const [ready, log] = ["ready.json", "server.log"].map((name) => join(this.#folder, name));
    const output = openSync(log, "w");
    const listen = ["--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0", "--shards", String(shards)];
    // What the environment says to a suite is nothing that a server knows.
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("WIREHUB_"));
    const secrets = { WIREHUB_AUTH__HMAC_SECRET: SECRET, WIREHUB_ADMIN__API_KEY: KEY };
    const env = { ...Object.fromEntries(inherited), ...secrets, ...settings };
    this.#child = spawn(binary, ["serve", "--config", SETTINGS, "--ready-file", ready, ...listen], {
      env,
      stdio: ["ignore", output, output],
    });
    // However the run ends, no server stays behind.
    process.on("exit", () => this.#child.kill("SIGKILL"));
    const deadline = performance.now() + START_MS;
    while (!existsSync(ready)) {
      assert.ok(this.#child.exitCode === null, `the server ended: ${readFileSync(log, "utf8")}`);
      assert.ok(performance.now() < deadline, "the server was not ready in time");
      await pause(5);
    }
    const addresses = JSON.parse(readFileSync(ready, "utf8"));
    [this.address, this.admin] = [addresses.public, addresses.admin];
  }

  /** Asks the server API, as the application does. */
  async api(what, body) {
    const response = await fetch(`${this.admin}/api/${what}`, {
      method: "POST",
      headers: { authorization: `Bearer ${KEY}` },
      body: JSON.stringify(body),
    });
    const said = await response.text();
    assert.ok(response.ok, `the server refused to ${what}: ${response.status} ${said}`);
    return JSON.parse(said);
  }

  /** Asks it to drain, after which it has to end with 0. */
  async drain() {
    const log = join(this.#folder, "server.log");
    const code = await this.#end("SIGTERM");
    assert.equal(code, 0, `the server ended with ${code}: ${readFileSync(log, "utf8").slice(-2000)}`);
    this.#forget();
  }

  /** Ends it as a crash does. */
  async kill() {
    await this.#end("SIGKILL");
    this.#forget();
  }

  async #end(signal) {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return exitCode ?? signalCode;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    const [code, by] = await ended;
    return code ?? by;
  }

  #forget() {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
