// One connection of the `ws` package that speaks the native protocol in JSON.

import { once } from "node:events";
import WebSocket from "ws";

const TIMEOUT_MS = 10_000;

/** A connection, and what it received and nobody has asked for yet. */
export class Session {
  static #open = new Set();
  #socket;
  #received = [];
  #waiting = [];
  #nextId = 1;

  /** Opens a connection. `token: null` sends none in the address. */
  static async open(url, { token = null, deflate = false } = {}) {
    const address = new URL(url);
    if (token !== null) address.searchParams.set("token", token);
    const session = new Session(new WebSocket(address, { perMessageDeflate: deflate }));
    await once(session.#socket, "open");
    return session;
  }

  /** Cuts what is still open: a check that failed halfway must not keep the process alive. */
  static cutAll() {
    for (const socket of Session.#open) socket.terminate();
  }

  constructor(socket) {
    this.#socket = socket;
    Session.#open.add(socket);
    socket.on("close", () => Session.#open.delete(socket));
    socket.on("message", (bytes, isBinary) => {
      if (isBinary) throw new Error("the JSON dialect sends text frames only");
      this.#received.push(JSON.parse(bytes.toString("utf8")));
      this.#match();
    });
  }

  /** The extension header as negotiated. */
  get extensions() {
    return this.#socket.extensions;
  }

  /** Sends a frame as it is. */
  send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  /** Sends a frame with a fresh id and gives the reply to it. */
  async request(frame) {
    const id = this.#nextId++;
    this.send({ ...frame, id });
    return this.next((reply) => reply.id === id, `the reply to ${frame.type}`);
  }

  /** The first frame, received or still to come, that fits. */
  next(fits, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = JSON.stringify(this.#received).slice(0, 500);
        reject(new Error(`${what} did not come in ${TIMEOUT_MS} ms; unread: ${seen}`));
      }, TIMEOUT_MS);
      this.#waiting.push({ fits, resolve, timer });
      this.#match();
    });
  }

  /** The next frame of a type. */
  nextOf(type) {
    return this.next((frame) => frame.type === type, `a ${type} frame`);
  }

  /** Sends a WebSocket ping and gives the payload of the pong. */
  async pong(payload) {
    this.#socket.ping(payload);
    const [answer] = await once(this.#socket, "pong", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return answer.toString("utf8");
  }

  /** Closes with a code and gives the code that came back. */
  async close(code = 1000) {
    this.#socket.close(code);
    const [answer] = await once(this.#socket, "close", { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return answer;
  }

  #match() {
    this.#waiting = this.#waiting.filter(({ fits, resolve, timer }) => {
      const index = this.#received.findIndex(fits);
      if (index < 0) return true;
      clearTimeout(timer);
      resolve(this.#received.splice(index, 1)[0]);
      return false;
    });
  }
}

/** The status code with which a handshake is refused. */
export async function refusal(url, token) {
  const address = new URL(url);
  address.searchParams.set("token", token);
  const socket = new WebSocket(address);
  socket.on("error", () => {}); // Aborting the handshake below is reported here.
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const [, response] = await once(socket, "unexpected-response", { signal });
  socket.terminate();
  return response.statusCode;
}
