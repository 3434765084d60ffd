// Pusher's client for JavaScript, with a backend that signs for it.

import PusherServer from "pusher";
import Pusher from "pusher-js";
import WebSocket from "ws";
import { obey, onlyChanges } from "./lines.mjs";

// What the platform of a browser has, and the library expects.
globalThis.WebSocket ??= WebSocket;

/** The names of events that are listened for; a library of Pusher hears no others with who said them. */
const EVENTS = ["message", "said", "client-said", "client-message"];

/** What comes first is the answer; the library's backend refuses without a status. */
const subscribed = (channel) =>
  new Promise((resolve, reject) => {
    channel.bind("pusher:subscription_succeeded", resolve);
    channel.bind("pusher:subscription_error", ({ type, error, status }) => {
      reject(Object.assign(new Error(error), { code: status ?? type }));
    });
  });

class Peer {
  #pusher;

  constructor(tell, { address, app, user, forged, options }) {
    const at = new URL(address);
    const secret = forged ? "another secret of the same length" : app.secret;
    const backend = new PusherServer({ appId: app.id, key: app.key, secret });
    const member = { user_id: user, user_info: { name: user } };
    this.tell = tell;
    this.#pusher = new Pusher(app.key, {
      wsHost: at.hostname,
      wsPort: at.port,
      forceTLS: false,
      enabledTransports: ["ws"],
      cluster: "none",
      channelAuthorization: {
        customHandler: ({ socketId, channelName }, answer) => {
          const data = channelName.startsWith("presence-") ? member : undefined;
          const signed = async () => backend.authorizeChannel(socketId, channelName, data);
          signed().then((auth) => answer(null, auth), (error) => answer(error, null));
        },
      },
      userAuthentication: {
        customHandler: ({ socketId }, answer) => answer(null, backend.authenticateUser(socketId, { id: user })),
      },
      ...options,
    });
    this.#hear(tell);
  }

  #hear(tell) {
    const { connection } = this.#pusher;
    const change = onlyChanges(tell);
    connection.bind("connected", () => change("connected"));
    connection.bind("connecting", () => change("away"));
    connection.bind("unavailable", () => change("away"));
    connection.bind("disconnected", () => change("stopped"));
    connection.bind("failed", () => change("stopped"));
    connection.bind("error", ({ data, error }) => tell("error", { code: data?.code ?? error?.data?.code }));
    // Events without a channel are for this connection or for everyone.
    connection.bind("message", ({ channel, event, data }) => {
      if (channel === undefined && !event.startsWith("pusher")) tell("direct", { event, data });
    });
  }

  async subscribe({ channel: name }) {
    const { tell } = this;
    const channel = this.#pusher.subscribe(name);
    for (const event of EVENTS) {
      channel.bind(event, (data, by) => tell("heard", { channel: name, event, user: by?.user_id, data }));
    }
    channel.bind("pusher:cache_miss", () => tell("nothing kept", { channel: name }));
    for (const [event, told] of [["member_added", "joined"], ["member_removed", "left"]]) {
      channel.bind(`pusher:${event}`, ({ id }) => tell(told, { channel: name, user: id }));
    }
    await subscribed(channel);
    channel.bind("pusher:subscription_succeeded", () => tell("subscribed", { channel: name }));
    return {};
  }

  unsubscribe({ channel }) {
    this.#pusher.unsubscribe(channel);
  }

  /** Nothing answers it. */
  publish({ channel, event = "client-message", data }) {
    return { isSent: this.#pusher.send_event(event, data, channel) };
  }

  presence({ channel }) {
    return { users: Object.keys(this.#pusher.channel(channel).members.members) };
  }

  counts({ channel }) {
    return { users: this.#pusher.channel(channel).members.count };
  }

  async signin() {
    const { user } = this.#pusher;
    const note = (event, data) => event.startsWith("pusher") || this.tell("direct", { event, data });
    user.bind_global(note);
    user.signin();
    await user.signinDonePromise;
    const { serverToUserChannel: own } = user;
    if (!own.subscribed) await subscribed(own);
  }

  stop() {
    this.#pusher.disconnect();
  }
}

obey(Peer);
