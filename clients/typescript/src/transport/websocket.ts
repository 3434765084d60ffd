import { textOf } from "../error.js";
import type { ServerMessage } from "../session/message.js";
import {
  type Link,
  type LinkEvents,
  type Platform,
  retryAfterOf,
  type Transport,
  type WebSocketConstructor,
} from "./transport.js";

/** What the npm package `ws` has beyond the standard. */
interface NodeSocket {
  on(name: "ping", listener: () => void): void;
  on(
    name: "unexpected-response",
    listener: (request: NodeRequest, answer: NodeAnswer) => void,
  ): void;
  terminate(): void;
}

interface NodeRequest {
  destroy(): void;
}

interface NodeAnswer {
  statusCode?: number;
  headers: Record<string, string | string[] | undefined>;
}

/** How long a peer in Node has to answer a close frame; pages have no say in it. */
const GOODBYE_TIMEOUT = 2_000;

/** A WebSocket. */
export const websocket: Transport = (endpoint, platform, events) => {
  let socket: WebSocket;
  try {
    // Where there is none, this throws too.
    socket = new (platform.WebSocket as WebSocketConstructor)(endpoint.socket, [
      platform.codec.subprotocol,
    ]);
  } catch (thrown) {
    // The page's policy forbids it: mixed content, or a subprotocol nobody can ask for. Trying
    // again would not help, as with a refusal that has a status.
    queueMicrotask(() => events.closed({ code: 1006, reason: textOf(thrown), status: 400 }));
    return { send() {}, close() {} };
  }
  socket.binaryType = "arraybuffer";
  listen(socket, platform, events);
  if ("terminate" in socket) listenInNode(socket as unknown as NodeSocket, events);
  return linkOf(socket, platform);
};

function listen(socket: WebSocket, { codec }: Platform, events: LinkEvents): void {
  socket.onopen = () => {
    if (socket.protocol === codec.subprotocol) events.opened();
    else events.garbage(`the server speaks "${socket.protocol}", not "${codec.subprotocol}"`);
  };
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
    let message: ServerMessage;
    try {
      message = codec.decode(typeof data === "string" ? data : new Uint8Array(data));
    } catch (thrown) {
      return events.garbage(textOf(thrown));
    }
    events.message(message);
  };
  // `close` follows and says all that there is to know; but `ws` throws where nobody listens.
  socket.onerror = () => {};
  socket.onclose = ({ code, reason }) => events.closed({ code, reason });
}

/** In Node more can be seen. */
function listenInNode(socket: NodeSocket, events: LinkEvents): void {
  socket.on("ping", () => events.activity());
  socket.on("unexpected-response", (request, answer) => {
    const after = answer.headers["retry-after"];
    events.closed({
      code: 1006,
      ...(answer.statusCode === undefined ? {} : { status: answer.statusCode }),
      ...retryAfterOf(Array.isArray(after) ? after[0] : after),
    });
    request.destroy();
    socket.terminate();
  });
}

function linkOf(socket: WebSocket, { codec }: Platform): Link {
  return {
    send(message) {
      // One that is closing takes nothing more; its end is on its way.
      if (socket.readyState === 1) socket.send(codec.encode(message));
    },
    close(code, reason) {
      // Pages may say 1000 and those of applications, 3000 to 4999.
      const allowed = code === 1000 || (code >= 3000 && code <= 4999);
      if (allowed) socket.close(code, reason);
      else socket.close();
      if ("terminate" in socket) {
        const timer = setTimeout(
          () => (socket as unknown as NodeSocket).terminate(),
          GOODBYE_TIMEOUT,
        );
        socket.onclose = () => clearTimeout(timer);
      }
    },
  };
}
