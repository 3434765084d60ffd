// Runs inside the page: one connection of the browser's own WebSocket that speaks the native protocol.

class Session {
  #socket;
  #received = [];
  #waiting = [];
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
    socket.onmessage = ({ data }) => {
      this.#received.push(JSON.parse(data));
      this.#match();
    };
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
    return this.#next((reply) => reply.id === id, `the reply to ${frame.type}`);
  }

  nextOf(type) {
    return this.#next((frame) => frame.type === type, `a ${type} frame`);
  }

  close() {
    this.#socket.close(1000);
    return new Promise((resolve) => {
      this.#socket.onclose = ({ code, wasClean }) => resolve({ code, clean: wasClean });
    });
  }

  #next(fits, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${what} did not come in 10 s`)), 10_000);
      this.#waiting.push({ fits, resolve, timer });
      this.#match();
    });
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
