// What a message costs in the library itself: CPU time and bytes allocated, beside `centrifuge`.
//
//   node --expose-gc --min-semi-space-size=512 --max-semi-space-size=512 benchmarks/clients/cost.mjs
//
// The socket is a fake that hands text over in the same process, so nothing else is measured. Libraries take turns,
// and each figure is the median of the rounds. Bytes are how much the heap grew in a round; one in which it was
// collected does not count.

import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate as turn, setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Centrifuge } from "centrifuge";
import { connect } from "../../clients/typescript/dist/index.js";

const { values: chosen } = parseArgs({
  options: { messages: { type: "string", default: "20000" }, rounds: { type: "string", default: "15" } },
});
const MESSAGES = Number(chosen.messages);
const ROUNDS = Number(chosen.rounds);
const TOPIC = "orders/42";
const DATA = { status: "paid", amount: 1250, currency: "EUR", items: [{ sku: "a-1", count: 2 }, { sku: "b-7", count: 1 }] };
const TEXT = JSON.stringify(DATA);

/** A WebSocket whose server is `answer`: it is told what is sent, and how to say something. */
function socketOf(answer, made) {
  return class {
    readyState = 0;
    bufferedAmount = 0;
    constructor(_url, protocols) {
      this.protocol = [protocols].flat()[0] ?? "";
      made(this);
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen?.({});
      });
    }
    send(text) {
      answer(text, this);
    }
    say(data) {
      this.onmessage({ data });
    }
    close() {}
    addEventListener() {}
    removeEventListener() {}
  };
}

/** The number of a request. */
const idOf = (text) => Number.parseInt(text.slice(text.indexOf('"id":') + 5), 10);

/** Each library, live and subscribed: how a publication arrives, and how one is sent and answered. */
const LIBRARIES = {
  "`@wirehub/client`": async (heard) => {
    let socket;
    const answer = (text, from) => {
      const id = idOf(text);
      const place = `"epoch":"e","offset":0`;
      if (text.includes('"connect"')) {
        const welcome = `"heartbeat":{"interval":25,"timeout":10},"session":"s","resume_within":60,"spread":1`;
        queueMicrotask(() => from.say(`{"type":"welcome","id":${id},"connection":"c",${welcome}}`));
      } else queueMicrotask(() => from.say(`{"type":"ok","id":${id},${place}}`));
    };
    const WebSocket = socketOf(answer, (made) => (socket = made));
    const hub = connect("ws://127.0.0.1:1/ws", { WebSocket, shared: false });
    hub.subscribe(TOPIC, heard);
    await turn();
    return {
      arrives: (offset) => socket.say(`{"type":"message","topic":"${TOPIC}","data":${TEXT},"offset":${offset}}`),
      publish: () => hub.publish(TOPIC, DATA),
      close: () => hub.close(),
    };
  },
  "`centrifuge`": async (heard) => {
    let socket;
    const answer = (text, from) => {
      for (const line of text.split("\n")) {
        const id = idOf(line);
        if (line.includes('"connect"')) queueMicrotask(() => from.say(`{"id":${id},"connect":{"client":"c","version":"x","ping":25,"pong":true}}`));
        else if (line.includes('"subscribe"')) queueMicrotask(() => from.say(`{"id":${id},"subscribe":{"recoverable":true,"positioned":true,"epoch":"e"}}`));
        else queueMicrotask(() => from.say(`{"id":${id},"publish":{}}`));
      }
    };
    const client = new Centrifuge("ws://127.0.0.1:1/connection/websocket", { websocket: socketOf(answer, (made) => (socket = made)) });
    const subscription = client.newSubscription(TOPIC);
    subscription.on("publication", heard);
    subscription.subscribe();
    client.connect();
    await subscription.ready(1000);
    return {
      arrives: (offset) => socket.say(`{"push":{"channel":"${TOPIC}","pub":{"data":${TEXT},"offset":${offset}}}}`),
      publish: () => subscription.publish(DATA),
      close: () => client.disconnect(),
    };
  },
};

/** The same texts parsed and a function called: what no library gets around. */
const BARE = "`JSON.parse` and a call";

let collected = 0;
new PerformanceObserver((list) => (collected += list.getEntries().length)).observe({ entryTypes: ["gc"] });

/** What each of many messages cost; bytes are absent when the heap was collected meanwhile. */
async function cost(work) {
  globalThis.gc();
  // Word of a collection comes late.
  await pause(20);
  collected = 0;
  const heap = process.memoryUsage().heapUsed;
  const cpu = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const grown = process.memoryUsage().heapUsed - heap;
  await pause(20);
  return { micros: (user + system) / MESSAGES, bytes: collected === 0 ? grown / MESSAGES : undefined };
}

const CASES = {
  "a publication arrives": async ({ arrives }, { next }) => {
    for (let made = 0; made < MESSAGES; made += 1) {
      arrives(next());
      // Each comes by itself, as from a socket.
      await undefined;
    }
  },
  "publish, one after the other": async ({ publish }) => {
    for (let made = 0; made < MESSAGES; made += 1) await publish();
  },
  "publish, 100 in flight": async ({ publish }) => {
    for (let made = 0; made < MESSAGES; made += 100) await Promise.all(Array.from({ length: 100 }, publish));
  },
};

const median = (numbers) => numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)];
const shown = (figures) => {
  const bytes = figures.map((figure) => figure.bytes).filter((one) => one !== undefined);
  const heap = bytes.length === 0 ? "?" : Math.round(median(bytes)).toLocaleString("en-US").replaceAll(",", " ");
  return `${median(figures.map((figure) => figure.micros)).toFixed(1)} | ${heap}`;
};

let [offset, count] = [0, 0];
const heard = () => (count += 1);
const clients = new Map();
for (const [title, make] of Object.entries(LIBRARIES)) clients.set(title, await make(heard));
const bare = { arrives: (number) => heard(JSON.parse(`{"type":"message","topic":"${TOPIC}","data":${TEXT},"offset":${number}}`)) };

console.log("| | | CPU, µs | allocated, bytes |\n|---|---|--:|--:|");
for (const [name, work] of Object.entries(CASES)) {
  const runners = name === "a publication arrives" ? new Map([...clients, [BARE, bare]]) : clients;
  const results = new Map([...runners.keys()].map((title) => [title, []]));
  for (let round = -3; round < ROUNDS; round += 1) {
    for (const [title, client] of runners) {
      count = 0;
      const figures = await cost(() => work(client, { next: () => (offset += 1) }));
      if (name === "a publication arrives" && count !== MESSAGES) throw new Error(`${title} heard ${count} of ${MESSAGES}`);
      // The first rounds warm up.
      if (round >= 0) results.get(title).push(figures);
    }
  }
  for (const [title, figures] of results) console.log(`| ${name} | ${title} | ${shown(figures)} |`);
}
for (const client of clients.values()) client.close();
