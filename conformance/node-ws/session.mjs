// One connection of the `ws` package that speaks the native protocol in JSON.

import { once } from "node:events";
import WebSocket from "ws";
import { Inbox } from "../inbox.mjs";

const TIMEOUT_MS = 10_000;

/** A connection and its inbox. */
export class Session {
  static #open = new Set();
  #socket;
  #inbox = new Inbox();
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
      this.#inbox.push(JSON.parse(bytes.toString("utf8")));
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
    return this.#inbox.replyTo(id, frame.type);
  }

  /** The next frame of a type. */
  nextOf(type) {
    return this.#inbox.nextOf(type);
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
