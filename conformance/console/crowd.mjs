// Clients that keep a hub busy: they join rooms, talk, come and go.

import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import WebSocket from "ws";
import { sign } from "../faults/token.mjs";

/** How many connections are being opened at once. */
const TOGETHER = 100;
const TOPICS = ["orders/#", "chat/#", "prices/#"];

export class Crowd {
  #url;
  #secret;
  #sockets = new Set();
  #talking;

  constructor(url, secret) {
    this.#url = url;
    this.#secret = secret;
  }

  get size() {
    return this.#sockets.size;
  }

  /** Lets so many in; each subscribes to what `topicsOf` says of its number. */
  async grow(count, topicsOf) {
    let next = this.size;
    const end = next + count;
    const enter = async () => {
      while (next < end) {
        const number = next++;
        await this.join(`user-${number}`, topicsOf(number));
      }
    };
    await Promise.all(Array.from({ length: TOGETHER }, enter));
  }

  /** Lets one in that says something about itself; returns its socket. */
  async join(user, topics, info) {
    const allowed = { subscribe: TOPICS, publish: TOPICS, presence: TOPICS, history: TOPICS };
    const claims = { ...allowed, ...(info && { info }) };
    const url = new URL(this.#url);
    url.searchParams.set("token", sign(this.#secret, user, claims));
    const socket = new WebSocket(url, { perMessageDeflate: false });
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const isIn = entered(socket, user, topics.length);
    await once(socket, "open");
    topics.forEach((topic, index) => {
      socket.send(JSON.stringify({ type: "subscribe", id: index + 1, topic }));
    });
    await isIn;
    socket.on("error", () => {});
    return socket;
  }

  /** Has members of the crowd speak, so often a second, until `hush`. */
  talk(perSecond, topicOf) {
    const period = Math.max(10, 1_000 / perSecond);
    const each = Math.max(1, Math.round((perSecond * period) / 1_000));
    let number = 0;
    this.#talking = setInterval(() => {
      const open = [...this.#sockets].filter((socket) => socket.readyState === WebSocket.OPEN);
      const speakers = open.slice(0, 500);
      for (let left = each; left > 0 && speakers.length > 0; left -= 1) {
        number += 1;
        const topic = topicOf(number);
        const data = { order: number, status: ["placed", "paid", "sent"][number % 3], at: Date.now() };
        const socket = speakers[number % speakers.length];
        socket.send(JSON.stringify({ type: "publish", topic, event: "status", data }));
      }
    }, period);
  }

  hush() {
    clearInterval(this.#talking);
  }

  /** Some lose their network. */
  cut(count) {
    for (const socket of [...this.#sockets].slice(-count)) socket.terminate();
  }

  async leave() {
    this.hush();
    for (const socket of this.#sockets) socket.terminate();
    while (this.#sockets.size > 0) await pause(10);
  }
}

/** Resolves with the welcome and the answers: whoever has all of them has all its subscriptions. */
function entered(socket, user, subscriptions) {
  return new Promise((resolve, reject) => {
    let missing = subscriptions + 1;
    socket.on("message", (bytes) => {
      if (missing === 0) return;
      const { type, id, message } = JSON.parse(bytes);
      if (type === "error") reject(new Error(`${user} is refused: ${message}`));
      if (type === "welcome" || id !== undefined) missing -= 1;
      if (missing === 0) resolve();
    });
    socket.on("close", () => reject(new Error(`${user} was hung up on`)));
  });
}
