// The server of the storm: it accepts WebSockets, says just what each library has to hear to be live, and counts.
//
// It is no hub, on purpose: whoever is measured meets the same server, and the server's own limits do not
// flatten the storm. `?dialect=` in the address says which words it uses. It obeys its parent process.

import { createServer } from "node:http";
import { availableParallelism } from "node:os";
import { WebSocketServer } from "ws";

let port = 0; // Any; the same one again after an outage.
const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
const raw = new Set();

/** What each dialect answers to the client's first message. */
const GREETINGS = {
  /** Wirehub: `connect`, with or without `resume`; see docs/protocol.md. */
  wirehub: (socket, text) => {
    const { type, id, resume } = JSON.parse(text);
    if (type === "ping") return socket.send('{"type":"pong"}');
    if (type !== "connect") return socket.send(JSON.stringify({ type: "ok", id }));
    const session = `s_${++serial}`;
    const heartbeat = { interval: 25, timeout: 10 };
    told.add(socket);
    socket.on("close", () => told.delete(socket));
    spreadOut();
    const welcome = { type: "welcome", id, connection: `c_${serial}`, heartbeat, session, resume_within: 60, spread };
    socket.send(JSON.stringify(welcome));
    if (resume) socket.send(JSON.stringify({ type: "ok", id, resumed: true }));
    return undefined;
  },
  /** Centrifugo's JSON protocol, version 2: commands by line, `connect` is answered with a client. */
  centrifuge: (socket, text) => {
    for (const line of text.split("\n")) {
      const { id, connect } = JSON.parse(line);
      if (connect) socket.send(JSON.stringify({ id, connect: { client: `c${++serial}`, version: "fake", ping: 25, pong: true } }));
    }
  },
  /** Clients that are live as soon as they are open. */
  bare: () => {},
};
let serial = 0;

/** Those who are told over how many seconds to spread. */
const told = new Set();
let spread = 0.5;

/** The hub's own rule, with its default of 1,500 a second for each of its shards (crates/wirehub-core/src/spread.rs). */
function spreadOut() {
  const before = spread;
  while (told.size > spread * 1_500 * availableParallelism() && spread < 30) spread = Math.min(30, spread * 2);
  if (spread > before) for (const socket of told) socket.send(JSON.stringify({ type: "spread", within: spread }));
}

const server = createServer((_request, response) => response.end("{}"));
server.on("connection", (socket) => {
  raw.add(socket);
  socket.on("close", () => raw.delete(socket));
});
server.on("upgrade", (request, socket, head) => {
  const dialect = new URL(request.url, "http://localhost").searchParams.get("dialect");
  sockets.handleUpgrade(request, socket, head, (opened) => {
    opened.on("message", (bytes) => GREETINGS[dialect](opened, bytes.toString()));
    opened.on("error", () => {});
  });
});

function listen() {
  server.listen({ port, host: "127.0.0.1", backlog: 16384 }, () => {
    port = server.address().port;
    process.send({ listening: port });
  });
}

/** Every connection ends without a close frame, as when a cable is pulled out of a load balancer. */
function cut() {
  for (const socket of raw) socket.destroy();
  process.send({ cut: true });
}

process.on("message", ({ order }) => {
  if (order === "cut") cut();
  else if (order === "down") {
    server.close();
    cut();
  } else if (order === "up") listen();
});
process.on("disconnect", () => process.exit(0));
listen();
