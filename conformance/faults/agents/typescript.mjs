// The TypeScript client under the judge; `agent.mjs` describes the lines.

import { createInterface } from "node:readline";
import WebSocket from "ws";
import { connect } from "../../../clients/typescript/dist/index.js";

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const wrong = (error) => say({ unhandled: String(error?.stack ?? error) });
process.on("unhandledRejection", wrong);
process.on("uncaughtException", wrong);

let hub;
let topic;

/** What each order does. */
const ORDERS = {
  connect(order) {
    topic = order.topic;
    hub = connect(order.urls, { token: order.token, WebSocket, ...order.options });
    hub.on("state", ({ state, cause, detail }) => say({ state, cause, detail }));
    hub.on("message", ({ to, data }) => to && say({ direct: data }));
    hub.on("error", ({ code, message }) => say({ alert: code, detail: message }));
    const subscription = hub.subscribe(topic, ({ data }) => say({ message: data }));
    subscription.on("subscribed", () => say({ subscribed: true }));
    subscription.on("gap", () => say({ gap: true }));
  },
  publish({ n }) {
    hub.publish(topic, { own: n }).then(
      () => say({ answered: n, ok: true }),
      ({ code }) => say({ answered: n, code }),
    );
  },
  async stop() {
    await hub.close();
    // What keeps the process alive from here on was left behind by the client.
    input.close();
  },
};

const input = createInterface({ input: process.stdin });
input.on("line", (line) => {
  const order = JSON.parse(line);
  ORDERS[order.do](order);
});
