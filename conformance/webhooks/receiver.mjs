// Somebody who is told by HTTP, and keeps what it was told.

import { once } from "node:events";
import { createServer } from "node:http";

const TIMEOUT_MS = 20_000;

export class Receiver {
  /** Requests in their order: path, headers and the body as it came. */
  requests = [];
  /** Statuses of the next answers by path; where there are none, 204. */
  answers = {};
  #server;
  #waiting = new Set();

  static async start() {
    const receiver = new Receiver();
    receiver.#server = createServer((request, response) => receiver.#take(request, response));
    receiver.#server.listen(0, "127.0.0.1");
    await once(receiver.#server, "listening");
    return receiver;
  }

  url(path) {
    return `http://127.0.0.1:${this.#server.address().port}${path}`;
  }

  async #take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { url: path, headers } = request;
    this.requests.push({ path, headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(this.answers[path]?.shift() ?? 204).end();
    for (const look of this.#waiting) look();
  }

  /** Waits until something holds of what came to a path, and gives what it is. */
  until(path, found) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        const told = JSON.stringify(this.requests.map(({ path, body }) => [path, body]));
        reject(new Error(`not told in ${TIMEOUT_MS} ms; told ${told}`));
      }, TIMEOUT_MS);
      const look = () => {
        const result = found(this.requests.filter((request) => request.path === path));
        if (!result) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(result);
      };
      this.#waiting.add(look);
      look();
    });
  }

  close() {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
