import type { ClientMessage, ServerMessage } from "../session/message.js";

/** How messages are written. */
export interface Codec {
  /** What is asked for in the WebSocket handshake. */
  readonly subprotocol: string;
  /** One message as the payload of a WebSocket message. */
  encode(message: ClientMessage): string | Uint8Array<ArrayBuffer>;
  /** Reads one; throws what is wrong with it. */
  decode(payload: string | Uint8Array<ArrayBuffer>): ServerMessage;
}
