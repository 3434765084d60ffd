// A client library under test: a program that uses it for any number of clients, as it is told over its standard
// input, and says what the library tells each of them, a line of JSON each. So one list of behaviours serves
// libraries of every language.
//
// It says {"ready":true} when it has begun. Every order has a client, an id and what to do:
//
//   {"client":"ann","id":1,"do":"connect","address":"ws://…","tokens":["…"],…}   once, before all else
//   {"client":"ann","id":2,"do":"subscribe","channel":"…",…}                     and so on: the methods of an agent's `Peer`
//
// Each is answered once:
//
//   {"client":"ann","answers":2,"value":{…}}
//   {"client":"ann","answers":2,"refused":"permission_denied"}   the library's own code, a word or a number
//   {"client":"ann","answers":2,"lacks":true}                    the library has no words for it
//
// Between answers stands what the library tells:
//
//   {"client":"ann","tells":"state","state":"connected"}         or "away": it comes back; or "stopped": for good
//   {"client":"ann","tells":"heard","channel":"…","data":…}      a publication: `data`, or `binary` in base64, and
//                                                                `event`, `user`, `encoding` where they are told
//   {"client":"ann","tells":"direct","data":…}                   a message to the user, the connection, everyone
//   {"client":"ann","tells":"subscribed","channel":"…"}          by itself: again, with `recovered`, or by the server
//   {"client":"ann","tells":"unsubscribed","channel":"…"}        by the server, with `code`
//   {"client":"ann","tells":"joined","channel":"…","user":"…"}   and "left"
//   {"client":"ann","tells":"fetched","why":"…"}                 a token was asked for
//   {"client":"ann","tells":"error","code":…}                    something was refused that nobody waited for

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Inbox } from "../inbox.mjs";

/** How long an answer may take, in milliseconds. */
const TIMEOUT_MS = 10_000;

/** A running agent. */
export class Library {
  /** What it printed where it should print nothing. */
  complaints = "";
  /** Resolves when it has begun, and fails when it cannot. */
  ready;
  #child;
  #clients = new Map();

  constructor([program, ...args]) {
    this.#child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    this.#child.stderr.on("data", (text) => (this.complaints += text));
    this.#child.stdin.on("error", () => {});
    this.ready = new Promise((begun, failed) => {
      const ended = (how) => failed(new Error(`${program} ${args} ended with ${how}: ${this.complaints}`));
      this.#child.on("error", ended).on("exit", (code, signal) => ended(signal ?? code));
      createInterface({ input: this.#child.stdout }).on("line", (line) => {
        const { client, ...said } = JSON.parse(line);
        if (client === undefined) begun();
        else this.#clients.get(client).hear(said);
      });
    });
  }

  /** A client of this library; the name is its own among all. */
  client(name) {
    const client = new Client((order) => this.#child.stdin.write(`${JSON.stringify({ client: name, ...order })}\n`));
    this.#clients.set(name, client);
    return client;
  }

  /** Lets it end by itself. */
  end() {
    this.#child.stdin.end();
  }
}

/** What a library refused to do, with its code. */
export class Refused extends Error {
  constructor(order, code) {
    super(`to ${order} was refused with ${code}`);
    this.code = code;
  }
}

/** What a library has no words for. */
export class Lacks extends Error {}

/** One client, what it is told to do and what it is told. */
export class Client {
  /** All that it said, with when. */
  said = [];
  #tell;
  #inbox = new Inbox();
  #answers = new Map();
  #id = 0;

  constructor(tell) {
    this.#tell = tell;
  }

  hear({ answers, ...said }) {
    if (answers === undefined) {
      this.said.push({ ...said, at: performance.now() });
      this.#inbox.push(said);
    } else {
      this.#answers.get(answers)(said);
      this.#answers.delete(answers);
    }
  }

  /** Has it do something, and gives the answer; it fails with `Refused` or `Lacks`. */
  async do(what, order = {}) {
    this.#id += 1;
    const id = this.#id;
    const answered = new Promise((resolve, reject) => {
      const late = () => reject(new Error(`to ${what} was not answered in ${TIMEOUT_MS} ms`));
      const timer = setTimeout(late, TIMEOUT_MS);
      this.#answers.set(id, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
    this.#tell({ id, do: what, ...order });
    const answer = await answered;
    if (answer.lacks) throw new Lacks(what);
    if ("refused" in answer) throw new Refused(what, answer.refused);
    return answer.value;
  }

  /** The next of what it is told that is of a kind and fits; each is taken once. */
  next(tells, fits = () => true, timeout = undefined) {
    return this.#inbox.next((said) => said.tells === tells && fits(said), tells, timeout);
  }

  /** Waits until it is in a state, after those on the way; it fails when it stops on the way. */
  async until(wanted) {
    for (;;) {
      const { state, ...more } = await this.next("state");
      if (state === wanted) return;
      if (state !== "away") throw new Error(`it is ${state}, not ${wanted}: ${JSON.stringify(more)}`);
    }
  }
}
