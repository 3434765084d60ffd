// The Bun server that Wirehub is measured against: what Bun's documentation recommends for
// publish/subscribe, and nothing besides. `/echo` gets its own messages back, what `/pub` sends
// goes to every `/sub`. Prints `listening HOST:PORT`.

const room = "room";

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (server.upgrade(request, { data: pathname })) return;
    return new Response("expected a WebSocket upgrade", { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    // An idle connection stays, as it does with the other servers.
    idleTimeout: 0,
    open(socket) {
      if (socket.data === "/sub") socket.subscribe(room);
    },
    message(socket, message) {
      if (socket.data === "/pub") server.publish(room, message);
      else socket.send(message);
    },
  },
});

console.log(`listening ${server.hostname}:${server.port}`);
