// A program that uses one client library as it is told over its standard input, and says what the library
// tells it, a line of JSON each. So one judge serves libraries of every language.
//
// It is told:  {"do":"connect","urls":[…],"token":"…","topic":"…","options":{…}}
//              {"do":"publish","n":1}   publishes {"own":1} on the topic
//              {"do":"stop"}            closes for good and ends with 0
// It says:     {"state":"live","cause":"network"}
//              {"message":{"n":7}}      data of a publication on the topic, in the order received
//              {"direct":{"n":7}}       data of a direct message
//              {"gap":true}             something may be missing
//              {"token":"refused"}      the token provider was asked
//              {"answered":1,"ok":true} a publication was answered, or {"answered":1,"code":"timeout"}
//              {"unhandled":"…"}        what should never be

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A running agent and everything it said. */
export class Agent {
  said = [];
  /** What it printed where it should print nothing. */
  complaints = "";
  #child;
  #ended;
  #waiting = new Set();

  constructor([program, ...args]) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stderr.on("data", (text) => (this.complaints += text));
    this.#child.stdin.on("error", () => {});
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(line));
    this.#ended = new Promise((resolve) => {
      this.#child.on("exit", (code, signal) => resolve(signal ?? code));
      this.#child.on("error", (error) => resolve(String(error)));
    });
  }

  #hear(line) {
    this.said.push({ ...JSON.parse(line), at: performance.now() });
    for (const look of [...this.#waiting]) look();
  }

  tell(order) {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`);
  }

  /** The state it is in, as it said last. */
  get state() {
    return this.all("state").at(-1)?.state;
  }

  /** Everything of one kind that it said. */
  all(kind) {
    return this.said.filter((line) => kind in line);
  }

  /** Resolves once this holds; what it said may make it so. */
  until(holds, what, timeout) {
    return new Promise((resolve, reject) => {
      const end = (settle, value) => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        settle(value);
      };
      const look = () => holds(this) && end(resolve);
      const timer = setTimeout(() => {
        const states = this.all("state").map(({ state, cause }) => `${state}(${cause ?? ""})`);
        const text = `not ${what} within ${timeout} ms; states: ${states.slice(-8).join(" ")}`;
        end(reject, new Error(text));
      }, timeout);
      this.#waiting.add(look);
      look();
    });
  }

  untilState(states, timeout = 10_000) {
    return this.until(() => states.includes(this.state), states.join(" or "), timeout);
  }

  /** Lets it end by itself and gives its exit code; past the limit it is killed. */
  async stop() {
    this.tell({ do: "stop" });
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    const code = await this.#ended;
    clearTimeout(timer);
    return code;
  }

  kill() {
    this.#child.kill("SIGKILL");
  }
}
