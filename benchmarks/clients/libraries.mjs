// How one client of each library is made. Each tells `count` when it opens a WebSocket and when it is live.

import { Centrifuge } from "centrifuge";
import reconnecting from "reconnecting-websocket";
import WebSocket from "ws";

/** The WebSocket that a library is given: it says when it is made. */
function counting(count) {
  return class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { perMessageDeflate: false });
      count.arrival();
      this.on("error", () => {});
    }
  };
}

/** Each library: what it is called, the words it speaks with the server, and how to make one. */
export const LIBRARIES = {
  wirehub: {
    title: "`@wirehub/client`",
    dialect: "wirehub",
    async make(url, count) {
      const { connect } = await import("../../clients/typescript/dist/index.js");
      const hub = connect(url, { WebSocket: counting(count), shared: false });
      hub.on("state", ({ state }) => count.live(state === "live"));
    },
  },
  centrifuge: {
    title: "`centrifuge`",
    dialect: "centrifuge",
    make(url, count) {
      const client = new Centrifuge(url, { websocket: counting(count) });
      client.on("connected", () => count.live(true));
      client.on("connecting", () => count.live(false));
      client.connect();
    },
  },
  "reconnecting-websocket": {
    title: "`reconnecting-websocket`",
    dialect: "bare",
    make(url, count) {
      // Its default is drawn once, when the module is loaded. In the field each client has loaded it for
      // itself; thousands in one process have to draw for themselves.
      const minReconnectionDelay = 1000 + Math.random() * 4000;
      const socket = new reconnecting(url, [], { WebSocket: counting(count), minReconnectionDelay });
      socket.addEventListener("open", () => count.live(true));
      socket.addEventListener("close", () => count.live(false));
      socket.addEventListener("error", () => {});
    },
  },
  fixed: {
    title: "3 s, doubled, no jitter",
    dialect: "bare",
    make(url, count) {
      let attempts = 0;
      const Socket = counting(count);
      const open = () => {
        const socket = new Socket(url);
        socket.on("open", () => {
          attempts = 0;
          count.live(true);
        });
        socket.on("close", () => {
          count.live(false);
          setTimeout(open, 3000 * 2 ** attempts);
          attempts += 1;
        });
      };
      open();
    },
  },
};
