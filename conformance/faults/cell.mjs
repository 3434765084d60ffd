// One cell of the matrix: a client in one state, one fault, and what became of it.

import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { Agent } from "./agent.mjs";
import { faults } from "./judge.mjs";
import { FaultProxy } from "./proxy.mjs";
import { STATES } from "./states.mjs";
import { sign } from "./token.mjs";

/** What every client is told: delays that are short enough for a test. */
const OPTIONS = { reconnectInterval: 200, reconnectCap: 1000 };

/** How long a client may take until it is where it should end up, after the fault is lifted: as long as an
 *  endpoint is left alone that failed too often. */
const RECOVERY_MS = 45_000;

/** How long a fault may take to do the harm it has to, in milliseconds. */
const BITE_MS = 15_000;

/** Milliseconds between two publications of each kind. */
const EVERY = { published: 20, directed: 200, own: 200 };

/** Where the client ends up, when that is live: on whichever endpoint. */
const LIVE = ["live", "standby"];

/** Runs one cell and gives what is wrong, a sentence each. */
export async function run(command, state, fault, server) {
  const cell = new Cell(command, server);
  try {
    await cell.start();
    await STATES[state](cell);
    return await cell.suffer(fault);
  } catch (error) {
    return [error.message, ...(cell.agent.complaints ? [cell.agent.complaints.slice(0, 500)] : [])];
  } finally {
    await cell.end();
  }
}

class Cell {
  agent;
  proxy;
  second;
  #server;
  #all;
  #name = randomUUID();
  #sent = { published: 0, directed: 0, own: 0 };
  #publishing = new AbortController();
  #publishers = [];

  constructor(command, server) {
    this.#server = server;
    this.proxy = new FaultProxy(server.address);
    this.second = new FaultProxy(server.address);
    this.#all = [this.proxy, this.second];
    this.agent = new Agent(command);
  }

  get #topic() {
    return `orders/${this.#name}`;
  }

  /** Goes live, and has something to lose from then on. */
  async start() {
    for (const proxy of this.#all) await proxy.listen();
    this.agent.tell({
      do: "connect",
      urls: this.#all.map(({ port }) => `ws://127.0.0.1:${port}/ws`),
      token: sign(this.#server.secret, this.#name),
      topic: this.#topic,
      options: OPTIONS,
    });
    await this.agent.untilState(["live"]);
    await this.agent.until(({ said }) => said.some((line) => "subscribed" in line), "subscribed", 5000);
    this.#publishers = [
      this.#keep("published", (n) => this.#post("publish", { topic: this.#topic, data: { n } })),
      this.#keep("directed", (n) => this.#post("send", { to: { user: this.#name }, data: { n } })),
      this.#keep("own", (n) => this.agent.tell({ do: "publish", n })),
    ];
    await this.agent.until(({ said }) => said.some((line) => "message" in line), "hearing", 5000);
  }

  /** Does something with 1, 2, 3, … until told to end. */
  async #keep(kind, act) {
    while (!this.#publishing.signal.aborted) {
      await act(this.#sent[kind] + 1);
      this.#sent[kind] += 1;
      await pause(EVERY[kind]);
    }
  }

  async #post(path, body) {
    const response = await fetch(`${this.#server.admin}/api/${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#server.apiKey}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await response.text();
    if (!response.ok) throw new Error(`the server refused to ${path}: ${response.status} ${said}`);
  }

  /** The fault comes, does its harm, goes; then the client must be where the fault says. */
  async suffer({ ends, bites = 0, lasts = 0, ...fault }) {
    const { proxy, agent } = this;
    const began = performance.now();
    const final = !LIVE.includes(ends.state);
    await proxy.begin(fault);
    const deadline = began + BITE_MS;
    const harmed = () => proxy.bitten >= bites || (final && agent.state === ends.state);
    while (!harmed() && performance.now() < deadline) await pause(20);
    if (!harmed()) return [`the fault did harm ${proxy.bitten} times, not ${bites}`];
    await pause(lasts);
    if (final) await agent.untilState([ends.state], RECOVERY_MS);
    await proxy.lift();
    const wrong = final ? await this.#staysDown(ends) : await this.#comesBack();
    const peak = Math.max(...this.#all.map((proxy) => proxy.peakArrivals(began)));
    const exit = await agent.stop();
    return [...wrong, ...faults({ agent, sent: this.#sent, peak, exit, ends })];
  }

  async #comesBack() {
    const { agent } = this;
    await agent.untilState(LIVE, RECOVERY_MS);
    await pause(300);
    await this.#stopPublishing();
    const { published, directed, own } = this.#sent;
    const there = () =>
      agent.all("message").some(({ message }) => message.n === published) &&
      agent.all("direct").some(({ direct }) => direct.n === directed) &&
      agent.all("answered").length === own;
    // What is missing is said by the judge, with what came in its place.
    await agent.until(there, "caught up", RECOVERY_MS).catch(() => {});
    return LIVE.includes(agent.state) ? [] : [`it is ${agent.state} in the end`];
  }

  /** In a final state nothing happens any more, though the way is free again. */
  async #staysDown({ state, cause }) {
    const { agent } = this;
    const opened = this.#all.reduce((sum, proxy) => sum + proxy.arrivals.length, 0);
    await pause(1500);
    await this.#stopPublishing();
    const more = this.#all.reduce((sum, proxy) => sum + proxy.arrivals.length, 0) - opened;
    const last = agent.all("state").at(-1);
    return [
      ...(more === 0 ? [] : [`it opened ${more} connections after it had stopped`]),
      ...(last.state === state ? [] : [`it is ${last.state} in the end`]),
      ...(last.cause === cause ? [] : [`it stopped because of ${last.cause}, not ${cause}`]),
    ];
  }

  async #stopPublishing() {
    this.#publishing.abort();
    await Promise.all(this.#publishers);
  }

  async end() {
    this.agent.kill();
    this.#publishing.abort();
    await Promise.allSettled(this.#publishers);
    for (const proxy of this.#all) proxy.close();
  }
}
