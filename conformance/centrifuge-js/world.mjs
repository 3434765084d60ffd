// Clients of the `centrifuge` package, tokens for them, and what they are told.

import { createHmac, randomUUID } from "node:crypto";
import { Centrifuge as JsonCentrifuge } from "centrifuge";
import { Centrifuge as ProtobufCentrifuge } from "centrifuge/build/protobuf";
import WebSocket from "ws";
import { Inbox } from "../inbox.mjs";

const {
  WIREHUB_TEST_PUBLIC: publicAddress,
  WIREHUB_TEST_SECRET: secret,
} = process.env;

const json = {
  Centrifuge: JsonCentrifuge,
  bytes: (value) => value,
  value: (data) => data,
  isText: true,
};
const protobuf = {
  Centrifuge: ProtobufCentrifuge,
  bytes: (value) => new TextEncoder().encode(JSON.stringify(value)),
  value: (data) => JSON.parse(new TextDecoder().decode(data)),
  isText: false,
};

/** The two builds of the package, over every transport that both ends have. */
export const ways = {
  json: { ...json, transport: "websocket" },
  protobuf: { ...protobuf, transport: "websocket" },
  "json-http-stream": { ...json, transport: "http_stream" },
  "protobuf-http-stream": { ...protobuf, transport: "http_stream" },
  "json-sse": { ...json, transport: "sse" },
};

/** Cuts a connection as a network does. */
const CUTS = {
  websocket: (transport) => transport._transport.terminate(),
  http_stream: (transport) => transport._abortController.abort(),
  sse: (transport) => transport._transport.onerror(new Event("error")),
};

const base64url = (text) => Buffer.from(text).toString("base64url");

/** Signs claims as a backend does; an hour is long enough unless they say otherwise. */
export function token(claims, key = secret) {
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const header = base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }));
  const message = `${header}.${base64url(JSON.stringify({ exp, ...claims }))}`;
  return `${message}.${createHmac("sha256", key).update(message).digest("base64url")}`;
}

/** What a token has to say so that its client may do everything with the topics of a family. */
export const may = (filter) => ({
  subscribe: [filter],
  publish: [filter],
  presence: [filter],
  history: [filter],
});

export const newRoom = () => `chat:${randomUUID()}`;

export const now = () => Math.floor(Date.now() / 1000);

const EVENTS = {
  client: ["connecting", "connected", "disconnected", "message", "error", "subscribed",
    "subscribing", "unsubscribed", "publication", "join", "leave"],
  subscription: ["subscribing", "subscribed", "unsubscribed", "publication", "join", "leave",
    "error"],
};

/** Keeps what an emitter says, in order, and waits for more. */
class Heard {
  constructor(emitter, names) {
    this.inbox = new Inbox();
    this.all = [];
    for (const name of names) {
      emitter.on(name, (context) => {
        this.all.push({ name, ...context });
        this.inbox.push({ name, ...context });
      });
    }
  }

  next(name) {
    return this.inbox.next((event) => event.name === name, name);
  }
}

/** One client, and everything that it is told. */
export class Client {
  static #all = [];

  constructor(way, options) {
    this.way = way;
    const { transport } = way;
    const scheme = transport === "websocket" ? publicAddress.replace("http", "ws") : publicAddress;
    const transports = [{ transport, endpoint: `${scheme}/connection/${transport}` }];
    const settings = {
      websocket: WebSocket,
      emulationEndpoint: `${publicAddress}/emulation`,
      minReconnectDelay: 20,
      maxReconnectDelay: 200,
    };
    this.centrifuge = new way.Centrifuge(transports, { ...settings, ...options });
    this.heard = new Heard(this.centrifuge, EVENTS.client);
    Client.#all.push(this);
  }

  static async open(way, options) {
    const client = new Client(way, options);
    client.centrifuge.connect();
    client.connected = await client.next("connected");
    return client;
  }

  static async closeAll() {
    for (const client of Client.#all.splice(0)) client.centrifuge.disconnect();
  }

  next(name) {
    return this.heard.next(name);
  }

  /** Begins a subscription, and waits until it stands. */
  async subscribe(channel, options) {
    const subscription = this.begin(channel, options);
    subscription.began = await subscription.heard.next("subscribed");
    return subscription;
  }

  begin(channel, options) {
    const subscription = this.centrifuge.newSubscription(channel, {
      minResubscribeDelay: 20,
      maxResubscribeDelay: 200,
      ...options,
    });
    subscription.heard = new Heard(subscription, EVENTS.subscription);
    subscription.next = (name) => subscription.heard.next(name);
    subscription.subscribe();
    return subscription;
  }

  /** Cuts the connection. */
  cut() {
    CUTS[this.way.transport](this.centrifuge._transport);
  }
}
