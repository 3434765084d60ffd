// An agent around a client of fifty lines: it comes back and resumes, and knows nothing of heartbeats, breakers
// and final states. The matrix must name what it lacks; a judge that lets it pass sees nothing.

import { createInterface } from "node:readline";
import WebSocket from "ws";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

class Naive {
  #order;
  #socket;
  #session = null;
  #received = 0;
  #offset = null;
  #id = 0;
  #pending = new Map();
  #stopped = false;

  constructor(order) {
    this.#order = order;
    this.open();
  }

  open() {
    if (this.#stopped) return;
    say({ state: "connecting" });
    const socket = new WebSocket(this.#order.urls[0], { perMessageDeflate: false });
    this.#socket = socket;
    socket.on("error", () => {});
    socket.on("open", () => {
      say({ state: "authenticating" });
      const topics = this.#offset === null ? {} : { [this.#order.topic]: this.#offset };
      const resume = this.#session && { session: this.#session, received: this.#received, topics };
      this.send({ type: "connect", id: ++this.#id, token: this.#order.token, ...(resume && { resume }) });
    });
    socket.on("message", (bytes) => this.#hear(JSON.parse(bytes)));
    socket.on("close", () => {
      for (const n of this.#pending.values()) say({ answered: n, code: "disconnected" });
      this.#pending.clear();
      say({ state: "waiting", cause: "network" });
      setTimeout(() => this.open(), Math.random() * 500);
    });
  }

  send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #hear(message) {
    const { topic } = this.#order;
    if (message.type === "welcome") {
      const first = this.#session === null;
      this.#session = message.session;
      say({ state: first ? "live" : "resuming" });
      if (first) this.send({ type: "subscribe", id: ++this.#id, topic });
    } else if (message.resumed) say({ state: "live" });
    else if (this.#pending.has(message.id)) {
      say({ answered: this.#pending.get(message.id), ok: message.type === "ok" });
      this.#pending.delete(message.id);
    } else if (message.offset !== undefined && message.type === "ok") {
      this.#offset = message.offset;
      say({ subscribed: true });
    } else if (message.type === "message" && message.topic === topic) {
      this.#offset = message.offset;
      say({ message: message.data });
    } else if (message.type === "message") {
      this.#received += 1;
      say({ direct: message.data });
    }
  }

  publish(n) {
    if (this.#socket.readyState !== WebSocket.OPEN) return say({ answered: n, code: "disconnected" });
    this.#pending.set(++this.#id, n);
    this.send({ type: "publish", id: this.#id, topic: this.#order.topic, data: { own: n } });
  }

  stop() {
    this.#stopped = true;
    this.#socket.close();
    setTimeout(() => process.exit(0), 100);
  }
}

let client;
createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  if (order.do === "connect") client = new Naive(order);
  else if (order.do === "publish") client.publish(order.n);
  else client.stop();
});
