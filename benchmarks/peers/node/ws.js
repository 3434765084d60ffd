// The server on `ws` that Wirehub is measured against: `/echo` gets its own messages back, what
// `/pub` sends goes to every `/sub`. Prints `listening HOST:PORT`.

import { WebSocketServer } from "ws";

const room = new Set();

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.env.PORT ?? 0),
  perMessageDeflate: false,
});

server.on("connection", (socket, request) => {
  if (request.url === "/sub") {
    room.add(socket);
    socket.on("close", () => room.delete(socket));
  } else if (request.url === "/pub") {
    socket.on("message", (message) => {
      for (const subscriber of room) subscriber.send(message, { binary: false });
    });
  } else {
    socket.on("message", (message) => socket.send(message, { binary: false }));
  }
  socket.on("error", () => socket.terminate());
});

server.on("listening", () => {
  const { address, port } = server.address();
  console.log(`listening ${address}:${port}`);
});
