import { json } from "../codec/json.js";
import { textOf } from "../error.js";
import type { LinkEvents } from "./transport.js";

/** What the stream down asks of its link. */
export interface StreamHandler {
  /** The stream is open; this is the name to POST to. */
  named(stream: string): void;
  /** The server wants a sign of life. */
  pinged(): void;
  /** Nothing more comes. */
  ended(): void;
}

/** Tells messages of the transport from those of the protocol. */
export function readLine(line: string, events: LinkEvents, handler: StreamHandler): void {
  let message: { type: string; stream?: string; code?: number; reason?: string };
  try {
    message = json.decode(line) as typeof message;
  } catch (thrown) {
    return events.garbage(textOf(thrown));
  }
  if (message.type === "stream" && typeof message.stream === "string") {
    handler.named(message.stream);
  } else if (message.type === "ping") {
    events.activity();
    handler.pinged();
  } else if (message.type === "close") {
    events.closed({ code: message.code ?? 1006, reason: message.reason ?? "" });
    handler.ended();
  } else {
    events.message(message as ReturnType<typeof json.decode>);
  }
}
