// The fault proxy: stands between clients and a server, carries what they say, and does harm when told to.

import { once } from "node:events";
import { createServer } from "node:net";
import { Line } from "./line.mjs";

/** What happens to new connections when nothing is wrong. */
const CARRY = { kind: "carry" };

/**
 * A proxy in front of one server. `strike` harms the connections that are open, `opens` decides about those
 * to come, `delay` is for what passes, `holdAfter` stops a WebSocket at a chosen moment of its beginning.
 */
export class FaultProxy {
  /** Milliseconds that each piece waits, either way. */
  delay = 0;
  /** `request`, `handshake`, or after how many frames of the server nothing more comes; null: never. */
  holdAfter = null;
  /** Where the server is: host and port. */
  target;
  /** When WebSockets were asked for, in milliseconds of `performance.now()`. */
  arrivals = [];
  /** The codes with which the server closed connections, in their order. */
  closes = [];
  #opens = CARRY;
  #bitten = 0;
  #listener = null;
  #port = 0;
  #lines = new Set();
  #orphans = new Set();
  #watchers = new Set();

  constructor(target) {
    this.moveTo(target);
  }

  /** Listens on loopback; port 0 takes any, and keeps it when listening again. */
  async listen(port = this.#port) {
    const listener = createServer((client) => this.#accept(client));
    listener.listen({ port, host: "127.0.0.1" });
    await once(listener, "listening");
    this.#port = listener.address().port;
    this.#listener = listener;
    return this.#port;
  }

  get port() {
    return this.#port;
  }

  /** How often the fault of the moment did harm. */
  get bitten() {
    return this.#bitten;
  }

  /** How many connections are carried or kept waiting. */
  get lines() {
    return this.#lines.size;
  }

  #accept(client) {
    client.setNoDelay(true);
    if (this.#opens.kind === "reset") {
      this.arrivals.push(performance.now());
      client.resetAndDestroy();
      return this.bit();
    }
    this.#lines.add(new Line(this, client));
  }

  /** A line has said what it wants. */
  asked(line) {
    if (line.isUpgrade) this.arrivals.push(performance.now());
    const { kind, ...how } = this.#opens;
    if (kind === "carry" || (how.spares && !line.isUpgrade)) {
      if (this.holdAfter === "request" && line.isUpgrade) return this.held(line);
      return line.carry();
    }
    this.bit();
    if (kind === "answer" || !line.isUpgrade) return line.answer(how.status ?? 502, how.headers);
    if (kind === "silent") return line.stall();
    line.accept(how.subprotocol);
    if (kind === "close") return line.close(how.code);
    if (kind === "garbage") return line.say("this is not JSON");
    return undefined;
  }

  /** A line got as far as `holdAfter` says. */
  held(line) {
    this.#tell("held", line);
  }

  ended(line) {
    this.#lines.delete(line);
  }

  /** The fault of the moment did harm once more. */
  bit() {
    this.#bitten += 1;
    this.#tell("bitten", this.#bitten);
  }

  /** A server's side whose client is gone; it is let go with `lift`. */
  orphan(socket) {
    this.#orphans.add(socket);
    socket.on("close", () => this.#orphans.delete(socket));
  }

  /** Begins a fault of `faults.json`. */
  async begin({ strike, opens = CARRY, delay = 0 }) {
    this.#opens = opens;
    this.delay = delay;
    this.holdAfter = null;
    this.#bitten = 0;
    for (const line of [...this.#lines]) {
      if (strike !== undefined) line[strike]();
      line.release();
      // A corrupted frame counts when it goes by.
      if (strike !== "corrupt") this.bit();
    }
    if (opens.kind === "refuse") this.#listener?.close();
    else if (this.#listener?.listening === false) await this.listen();
  }

  /** Ends the fault: what comes from now on is carried, and what was held goes on. */
  async lift() {
    this.#opens = CARRY;
    this.delay = 0;
    this.holdAfter = null;
    for (const line of this.#lines) {
      line.release();
      line.flow();
    }
    for (const socket of this.#orphans) socket.destroy();
    if (this.#listener?.listening === false) await this.listen();
  }

  /** Asks every client to move, in the server's place. */
  say(text) {
    for (const line of this.#lines) line.say(text);
  }

  /** Says something to the server in every client's place. */
  sayForClients(text) {
    for (const line of this.#lines) line.sayForClient(text);
  }

  /** Sends those who come from now on to another server. */
  moveTo(target) {
    const { hostname, port } = new URL(target);
    this.target = { host: hostname, port: Number(port) };
  }

  /** Resolves with the next `held` or `bitten`. */
  next(what, timeout = 10_000) {
    return new Promise((resolve, reject) => {
      const watcher = (happened, with_) => {
        if (happened !== what) return;
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve(with_);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(watcher);
        reject(new Error(`nothing was ${what} within ${timeout} ms`));
      }, timeout);
      this.#watchers.add(watcher);
    });
  }

  #tell(what, with_) {
    for (const watcher of [...this.#watchers]) watcher(what, with_);
  }

  /** The most WebSockets that were asked for within one second. */
  peakArrivals(since = 0) {
    const times = this.arrivals.filter((time) => time >= since);
    let [peak, first] = [0, 0];
    for (let last = 0; last < times.length; last += 1) {
      while (times[last] - times[first] >= 1000) first += 1;
      peak = Math.max(peak, last - first + 1);
    }
    return peak;
  }

  /** Hangs up on everybody and stops listening. */
  close() {
    this.#listener?.close();
    for (const line of this.#lines) line.reset();
    for (const socket of this.#orphans) socket.destroy();
  }
}
