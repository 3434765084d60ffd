// Runs inside the page: one connection over plain HTTP, heard by the browser's own EventSource or fetch.

import { Inbox } from "/inbox.mjs";

class Stream {
  #base;
  #name;
  #sent = 0;
  #inbox = new Inbox();

  constructor(url) {
    this.#base = new URL(url.replace(/^ws/, "http")).origin;
  }

  static sse(url, token) {
    const stream = new Stream(url);
    const source = new EventSource(`${stream.#base}/sse?token=${encodeURIComponent(token)}`);
    source.onmessage = ({ data }) => stream.#heard(JSON.parse(data), () => source.close());
    return new Promise((resolve, reject) => {
      source.onopen = () => resolve(stream);
      source.onerror = () => reject(new Error("the stream was refused"));
    });
  }

  static async stream(url, token) {
    const stream = new Stream(url);
    const body = JSON.stringify({ type: "connect", token });
    const response = await fetch(`${stream.#base}/stream`, { method: "POST", body });
    stream.#read(response.body.pipeThrough(new TextDecoderStream()).getReader());
    return stream;
  }

  async #read(reader) {
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (text + value).split("\n");
      text = lines.pop();
      for (const line of lines) this.#heard(JSON.parse(line));
    }
  }

  #heard(message, close = () => {}) {
    if (message.type === "stream") this.#name = message.stream;
    if (message.type === "close") close();
    this.#inbox.push(message);
  }

  next() {
    return this.#inbox.next(() => true, "a message");
  }

  nextOf(type) {
    return this.#inbox.nextOf(type);
  }

  /** Says something; `again` sends it under the number of the request before. */
  async post(message, again) {
    if (!again) this.#sent += 1;
    const url = `${this.#base}/stream/${this.#name}?seq=${this.#sent}`;
    const response = await fetch(url, { method: "POST", body: JSON.stringify(message) });
    return response.status;
  }
}

// The checks run in the page's global scope, where a module's names are not.
globalThis.Stream = Stream;
