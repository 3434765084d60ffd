// The Socket.IO server that Wirehub is measured against, over its WebSocket transport alone. Who
// says `join` is in the room, and what anybody says as `say` goes to the room. Prints
// `listening HOST:PORT`.

import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
});

io.on("connection", (socket) => {
  socket.on("join", (done) => {
    socket.join("room");
    done();
  });
  socket.on("say", (message) => io.to("room").emit("say", message));
});

http.listen(Number(process.env.PORT ?? 0), "127.0.0.1", () => {
  const { address, port } = http.address();
  console.log(`listening ${address}:${port}`);
});
