// Runs inside the page: one connection of the browser's own WebSocket that speaks the native protocol.

import { Inbox } from "/inbox.mjs";

class Session {
  #socket;
  #inbox = new Inbox();
  #nextId = 1;

  static open(url, token, protocol = []) {
    const socket = new WebSocket(`${url}?token=${encodeURIComponent(token)}`, protocol);
    const session = new Session(socket);
    return new Promise((resolve, reject) => {
      socket.onopen = () => resolve(session);
      socket.onerror = () => reject(new Error("the connection was refused"));
    });
  }

  constructor(socket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#inbox.push(JSON.parse(data));
  }

  get extensions() {
    return this.#socket.extensions;
  }

  get protocol() {
    return this.#socket.protocol;
  }

  send(frame) {
    this.#socket.send(JSON.stringify(frame));
  }

  request(frame) {
    const id = this.#nextId++;
    this.send({ ...frame, id });
    return this.#inbox.replyTo(id, frame.type);
  }

  nextOf(type) {
    return this.#inbox.nextOf(type);
  }

  close() {
    this.#socket.close(1000);
    return new Promise((resolve) => {
      this.#socket.onclose = ({ code, wasClean }) => resolve({ code, clean: wasClean });
    });
  }
}

// The checks run in the page's global scope, where a module's names are not.
globalThis.Session = Session;
