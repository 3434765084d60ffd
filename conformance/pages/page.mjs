// Runs inside the page: a client whose events are kept, so that a test can look at them and wait.

import { connect } from "/wirehub.js";

/** A client and what it said. */
class Watched {
  states = [];
  messages = [];
  members = [];
  errors = [];
  #waiting = new Set();

  constructor(urls, options) {
    this.hub = connect(urls, { reconnectInterval: 200, reconnectCap: 1000, shared: false, ...options });
    this.hub.on("state", ({ state, cause, detail }) => {
      this.states.push({ state, cause, detail });
      this.#look();
    });
    this.hub.on("error", (error) => this.errors.push(String(error?.message ?? error)));
  }

  subscribe(topic, options) {
    const subscription = this.hub.subscribe(
      topic,
      ({ data }) => {
        this.messages.push(data);
        this.#look();
      },
      options,
    );
    return subscription;
  }

  get state() {
    return this.states.at(-1)?.state;
  }

  /** Resolves once this holds. */
  until(holds, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = JSON.stringify([this.states, this.messages]).slice(-600);
        reject(new Error(`not ${what}: ${seen}`));
      }, 20_000);
      const look = () => {
        if (!holds(this)) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  untilState(...states) {
    return this.until(() => states.includes(this.state), states.join(" or "));
  }

  untilMessages(count) {
    return this.until(() => this.messages.length >= count, `at ${count} messages`);
  }

  #look() {
    for (const look of [...this.#waiting]) look();
  }
}

// The tests run in the page's global scope, where a module's names are not.
globalThis.Watched = Watched;
globalThis.ready = true;
