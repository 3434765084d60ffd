// Our TypeScript client: node agents/typescript.mjs [protobuf]

import WebSocket from "ws";
import { connect } from "../../../clients/typescript/dist/index.js";
import { protobuf } from "../../../clients/typescript/dist/protobuf.js";
import { obey, onlyChanges, saidIn, teller } from "./lines.mjs";

const codec = process.argv[2] === "protobuf" ? { codec: protobuf } : {};

const LIVE = ["live", "standby"];
const FINAL = ["stopped", "auth_failed"];

/** The content as it goes over the lines. */
const content = ({ data, binary }) =>
  binary === undefined ? { data } : { binary: Buffer.from(binary).toString("base64") };

class Peer {
  #hub;
  #subscriptions = new Map();

  constructor(tell, { address, tokens, options }) {
    const next = teller(tokens);
    const fetched = ({ because }) => {
      if (because !== "first") tell("fetched", { why: because });
      return next();
    };
    this.tell = tell;
    this.#hub = connect(address, {
      token: tokens.length > 1 ? fetched : tokens[0],
      transports: ["websocket"],
      reconnectInterval: 100,
      reconnectCap: 500,
      shared: false,
      storage: null,
      WebSocket,
      ...codec,
      ...options,
    });
    const change = onlyChanges(tell);
    this.#hub.on("state", ({ state, cause }) => {
      if (LIVE.includes(state)) change("connected");
      else change(FINAL.includes(state) ? "stopped" : "away", { cause });
    });
    this.#hub.on("message", (message) => {
      if (message.to) tell("direct", { event: message.event, ...content(message) });
      else if (!this.#hears(message.topic)) this.#heard(message);
    });
    this.#hub.on("error", ({ code }) => tell("error", { code }));
  }

  /** Whether one of its own subscriptions brings what is said on a topic. */
  #hears(topic) {
    return [...this.#subscriptions.keys()].some((filter) => filter === topic || filter.includes("+"));
  }

  #heard({ topic, event, from, ...message }) {
    this.tell("heard", { channel: topic, event, user: from?.user, ...content(message) });
  }

  async subscribe({ channel, presence }) {
    const { tell } = this;
    const handler = (message) => this.#heard(message);
    const subscription = this.#hub.subscribe(channel, handler, presence ? { presence } : {});
    this.#subscriptions.set(channel, subscription);
    const first = await subscription.ready;
    subscription.on("subscribed", ({ recovered }) => tell("subscribed", { channel, recovered }));
    subscription.on("unsubscribed", ({ code }) => tell("unsubscribed", { channel, code }));
    subscription.on("gap", () => tell("missed", { channel }));
    for (const name of ["joined", "left"]) {
      subscription.on(name, ({ member }) => tell(name, { channel, user: member.user }));
    }
    return { recovered: first.recovered };
  }

  unsubscribe({ channel }) {
    this.#subscriptions.get(channel).unsubscribe();
  }

  async publish({ channel, event, echo, ...said }) {
    const { offset } = await this.#hub.publish(channel, saidIn(said), { event, echo });
    return { offset };
  }

  async presence({ channel }) {
    const { members } = await this.#hub.presence(channel);
    return { users: members.map(({ user }) => user) };
  }

  async counts({ channel }) {
    const { connections, users } = await this.#hub.presence(channel, { limit: 0 });
    return { connections, users };
  }

  async history({ channel, limit }) {
    const page = await this.#hub.history(channel, { limit });
    return { said: page.messages.map(({ data }) => data) };
  }

  call({ method, data }) {
    return this.#hub.call(method, data);
  }

  stop() {
    this.#hub.close();
  }
}

obey(Peer);
