// Pusher's server library for JavaScript.

import Pusher from "pusher";
import { obey } from "./lines.mjs";

class Peer {
  #pusher;

  constructor(tell, { admin, app }) {
    const { hostname: host, port } = new URL(admin);
    this.#pusher = new Pusher({ appId: app.id, key: app.key, secret: app.secret, host, port, useTLS: false });
    tell("state", { state: "connected" });
  }

  async publish({ channel, event = "message", data }) {
    await this.#pusher.trigger(channel, event, data);
  }

  stop() {}
}

obey(Peer);
