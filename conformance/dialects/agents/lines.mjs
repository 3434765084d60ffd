// What every agent in JavaScript has in common: orders come in lines, and so do answers. `library.mjs` describes them.

import { createInterface } from "node:readline";

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const wrong = (error) => process.stderr.write(`${error?.stack ?? error}\n`);
process.on("unhandledRejection", wrong);
process.on("uncaughtException", wrong);

/**
 * Does what the lines say: `connect` makes a client, every other order is a method of it. A method gives the
 * answer, or throws what has the library's `code`.
 */
export function obey(Peer) {
  const peers = new Map();
  const perform = async (client, order, what) => {
    if (order === "connect") {
      peers.set(client, new Peer((tells, said) => print({ client, tells, ...said }), what));
      return {};
    }
    const peer = peers.get(client);
    if (peer[order] === undefined) return { lacks: true };
    return { value: (await peer[order](what)) ?? null };
  };
  print({ ready: true });
  createInterface({ input: process.stdin })
    .on("line", async (line) => {
      const { client, id, do: order, ...what } = JSON.parse(line);
      const answer = await perform(client, order, what).catch((error) => {
        if (error.code === undefined) wrong(error);
        return { refused: error.code ?? String(error) };
      });
      print({ client, answers: id, ...answer });
    })
    .on("close", async () => {
      for (const peer of peers.values()) await peer.stop();
      // Libraries leave timers behind: those of pusher-js, where it was refused, half a minute.
      process.exit();
    });
}

/** Gives tokens in their order, and the last one again and again. */
export function teller(tokens) {
  const left = [...tokens];
  return () => (left.length > 1 ? left.shift() : left[0]);
}

/** Says a state when it is another one than before. */
export function onlyChanges(tell) {
  let last;
  return (state, more) => {
    if (state === last) return;
    last = state;
    tell("state", { state, ...more });
  };
}

/** Bytes of JSON as `data`, any others as `binary`. */
export function contentOf(bytes) {
  try {
    return { data: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch {
    return { binary: Buffer.from(bytes).toString("base64") };
  }
}

/** What an order says, as an application gives it to a library that knows values and bytes. */
export function saidIn({ data, binary }) {
  return binary === undefined ? data : new Uint8Array(Buffer.from(binary, "base64"));
}
