// Centrifugo's client for JavaScript: node agents/centrifuge.mjs [protobuf]

import { Centrifuge as JsonCentrifuge } from "centrifuge";
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf";
import WebSocket from "ws";
import { contentOf, obey, saidIn, teller } from "./lines.mjs";

const isProtobuf = process.argv[2] === "protobuf";
const Centrifuge = isProtobuf ? ProtobufCentrifuge : JsonCentrifuge;

/** What the library is given: values in JSON, bytes in Protobuf. */
function given(said) {
  const value = saidIn(said);
  if (!isProtobuf || value instanceof Uint8Array) return value;
  return new TextEncoder().encode(JSON.stringify(value));
}

const content = (data) => (isProtobuf ? contentOf(data) : { data });

class Peer {
  #centrifuge;

  constructor(tell, { address, tokens, options }) {
    const [token] = tokens;
    const fetch = teller(tokens.slice(1));
    const getToken = async () => {
      tell("fetched", { why: "connection" });
      return fetch();
    };
    this.tell = tell;
    this.#centrifuge = new Centrifuge(address, {
      websocket: WebSocket,
      token,
      getToken: tokens.length > 1 ? getToken : null,
      minReconnectDelay: 20,
      maxReconnectDelay: 200,
      ...options,
    });
    this.#hear(tell);
    this.#centrifuge.connect();
  }

  #hear(tell) {
    const client = this.#centrifuge;
    client.on("connecting", ({ code }) => tell("state", { state: "away", code }));
    client.on("connected", () => tell("state", { state: "connected" }));
    client.on("disconnected", ({ code }) => tell("state", { state: "stopped", code }));
    client.on("message", ({ data }) => tell("direct", content(data)));
    client.on("error", ({ error }) => tell("error", { code: error.code }));
    client.on("subscribed", ({ channel, recovered }) => tell("subscribed", { channel, recovered }));
    client.on("unsubscribed", ({ channel }) => tell("unsubscribed", { channel }));
    client.on("publication", ({ channel, ...publication }) => this.#publication(channel, publication));
  }

  #publication(channel, { data, info, tags }) {
    const { event, encoding } = tags ?? {};
    this.tell("heard", { channel, event, encoding, user: info?.user || undefined, ...content(data) });
  }

  subscribe({ channel, presence, tokens = [] }) {
    const { tell } = this;
    const [token] = tokens;
    const fetch = teller(tokens.slice(1));
    const getToken = async () => {
      tell("fetched", { why: "subscription" });
      return fetch();
    };
    const subscription = this.#centrifuge.newSubscription(channel, {
      token,
      getToken: tokens.length > 1 ? getToken : null,
      joinLeave: presence,
      minResubscribeDelay: 20,
      maxResubscribeDelay: 200,
    });
    for (const [name, told] of [["join", "joined"], ["leave", "left"]]) {
      subscription.on(name, ({ info }) => tell(told, { channel, user: info.user }));
    }
    subscription.on("publication", (publication) => this.#publication(channel, publication));
    return this.#begin(subscription, channel);
  }

  /** What comes first is the answer, what comes later is told. */
  #begin(subscription, channel) {
    return new Promise((resolve, reject) => {
      let isAnswered = false;
      subscription.on("subscribed", ({ recovered, wasRecovering }) => {
        if (isAnswered) this.tell("subscribed", { channel, recovered: wasRecovering ? recovered : undefined });
        isAnswered = true;
        resolve({});
      });
      subscription.on("unsubscribed", ({ code, reason }) => {
        if (isAnswered) this.tell("unsubscribed", { channel, code });
        isAnswered = true;
        reject(Object.assign(new Error(reason), { code }));
      });
      subscription.on("error", ({ error }) => this.tell("error", { code: error.code }));
      subscription.subscribe();
    });
  }

  unsubscribe({ channel }) {
    this.#centrifuge.getSubscription(channel).unsubscribe();
  }

  async publish({ channel, event, echo, ...said }) {
    // Its clients name no events, and hear themselves.
    await this.#centrifuge.publish(channel, given(said));
  }

  async presence({ channel }) {
    const { clients } = await this.#centrifuge.presence(channel);
    return { users: Object.values(clients).map(({ user }) => user) };
  }

  async counts({ channel }) {
    const { numClients, numUsers } = await this.#centrifuge.presenceStats(channel);
    return { connections: numClients, users: numUsers };
  }

  async history({ channel, limit }) {
    const { publications } = await this.#centrifuge.history(channel, { limit, reverse: true });
    return { said: publications.map(({ data }) => content(data).data).reverse() };
  }

  async call({ method, data }) {
    await this.#centrifuge.rpc(method, given({ data }));
  }

  stop() {
    this.#centrifuge.disconnect();
  }
}

obey(Peer);
