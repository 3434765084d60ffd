// The Bun server that Wirehub is measured against: what Bun's documentation recommends for
// publish/subscribe, and nothing besides. `/echo` gets its own messages back, what `/pub` sends
// goes to every `/sub`; on `/room`, who says `join` hears what others say. Prints `listening HOST:PORT`.

const room = "room";
const deflate = process.env.DEFLATE === "1";
const { TLS_CERTIFICATE, TLS_KEY } = process.env;

const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
  tls: TLS_KEY && { cert: Bun.file(TLS_CERTIFICATE), key: Bun.file(TLS_KEY) },
  fetch(request, server) {
    const { pathname } = new URL(request.url);
    if (server.upgrade(request, { data: pathname })) return;
    return new Response("expected a WebSocket upgrade", { status: 426 });
  },
  websocket: {
    perMessageDeflate: deflate,
    // An idle connection stays, as it does with the other servers.
    idleTimeout: 0,
    open(socket) {
      if (socket.data === "/sub") socket.subscribe(room);
    },
    message(socket, message) {
      if (socket.data === "/echo") socket.send(message);
      else if (socket.data === "/room" && message === "join") socket.subscribe(room);
      else server.publish(room, message, deflate);
    },
  },
});

console.log(`listening ${server.hostname}:${server.port}`);
