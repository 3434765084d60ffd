// One cell of the matrix: a behaviour, a library, and what became of it.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { FaultProxy } from "../faults/proxy.mjs";
import { APP, DIALECTS } from "./dialects.mjs";
import { Hub, KEY } from "./hub.mjs";
import { Member } from "./member.mjs";

/** A library that means to come back begins within a second, and so much later it is looked at again. */
export const SETTLED_MS = 1500;

/** A behaviour on its way, with what it needs: clients, rooms, the server and a proxy before it. */
export class Cell {
  /** Clients that have to stay as they are until the end of the run, and since when. */
  settled = [];
  #library;
  #running;
  #members = [];
  #kept = new Set();
  #proxies = [];
  #hubs = [];
  #id = randomUUID().slice(0, 8);

  constructor(library, running, hub) {
    this.#library = library;
    this.#running = running;
    this.hub = hub;
  }

  get dialect() {
    return this.#library.dialect;
  }

  /** What stands for this dialect in a table of a behaviour's. */
  of(table) {
    assert.ok(this.dialect in table, `nothing is said about ${this.dialect}`);
    return table[this.dialect];
  }

  /** Begins a client of a user, directly or through a proxy. */
  begin(name, { through, isPatient, ...credentials } = {}) {
    const user = `${name}-${this.#id}`;
    const address = through === undefined ? this.hub.address : `http://127.0.0.1:${through.port}`;
    const client = this.#running.client(`${user}-${this.#members.length}`);
    const member = new Member(client, this.dialect, user);
    this.#members.push(member);
    const order = this.#library.isServer
      ? { admin: this.hub.admin, key: KEY, app: APP }
      : DIALECTS[this.dialect].credentials(address, user, credentials);
    const { options, patient } = this.#library;
    const begun = client.do("connect", { ...order, options: isPatient ? patient : options });
    // Whoever waits for its state learns that it did not even begin.
    begun.catch((error) => client.hear({ tells: "state", state: error.message }));
    return member;
  }

  /** A client that is connected. */
  async client(name, options) {
    const member = this.begin(name, options);
    await member.client.until("connected");
    return member;
  }

  /** A client that is connected and hears a room. */
  async inRoom(name, room, { presence, ...options } = {}) {
    const member = await this.client(name, options);
    await member.joins(room, { presence });
    return member;
  }

  /** A proxy before the server of the run, or before another one. */
  async proxy(hub = this.hub) {
    const proxy = new FaultProxy(hub.address);
    this.#proxies.push(proxy);
    await proxy.listen();
    return proxy;
  }

  /** A server of this cell's own. */
  async ownHub() {
    const hub = await Hub.start();
    this.#hubs.push(hub);
    return hub;
  }

  /** The application says something in a room. */
  says(room, data, more = {}) {
    return this.hub.api("publish", { topic: room.topic, data, ...more });
  }

  /** The name of a member's connection, by which the application knows it. */
  async connectionOf(member, room) {
    const { members } = await this.hub.api("presence", { topic: room.topic });
    const found = members.find(({ user }) => user === member.user);
    assert.ok(found, `${member.user} is not in the room`);
    return found.connection;
  }

  /** The client stops, for good: at the end of the run it is looked at again. */
  async stops(member) {
    await member.client.until("stopped");
    this.stays(member);
  }

  /** Nothing becomes of the client's state any more; it is looked at again at the end of the run. */
  stays(member) {
    this.#kept.add(member);
    this.settled.push({ client: member.client, since: performance.now() });
  }

  /** Lets the clients go; some libraries take ten seconds for it, and nobody waits for that. */
  async end() {
    const leaving = this.#members.filter((member) => !this.#kept.has(member));
    for (const { client } of leaving) client.do("stop").catch(() => {});
    for (const proxy of this.#proxies) if (this.#kept.size === 0) proxy.close();
    for (const hub of this.#hubs) await hub.kill();
  }

  /** What the clients were told, for whoever looks for a mistake. */
  get story() {
    return this.#members.map(({ user, client }) => {
      const last = client.said.slice(-6).map(({ at, ...said }) => JSON.stringify(said).slice(0, 160));
      return `${user}: ${last.join(" ")}`;
    });
  }
}

/** The answers of the hub to clients that close their connections themselves. */
const ANSWERS = [1000, 3000];

/** The code with which the hub closed a connection through a proxy; none where clients closed theirs. */
export const closedWith = ({ closes }) => closes.find((code) => !ANSWERS.includes(code));
