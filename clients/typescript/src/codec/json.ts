import type { ServerMessage } from "../session/message.js";
import { fromBase64, toBase64 } from "./base64.js";
import type { Codec } from "./codec.js";

type Fields = Record<string, unknown>;

/** `wirehub.v1.json`. Bytes are bytes to the client and base64 on the wire. */
export const json: Codec = {
  subprotocol: "wirehub.v1.json",

  encode(message) {
    if (!("binary" in message || "state_binary" in message)) return JSON.stringify(message);
    return JSON.stringify(message, (name, value) =>
      BYTES.includes(name) && value instanceof Uint8Array ? toBase64(value) : value,
    );
  },

  decode(payload) {
    if (typeof payload !== "string") throw new Error("bytes came where text is spoken");
    const message: unknown = JSON.parse(payload);
    if (!isFields(message) || typeof message.type !== "string") {
      throw new Error("what came is no message");
    }
    // Few messages have bytes, and whoever has none is not looked through.
    if (payload.includes('binary"')) unpack(message);
    return message as ServerMessage;
  },
};

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const BYTES = ["binary", "state_binary"];
const INNER = ["messages", "members", "member", "presence"];

/** Bytes stand in a message, in its publications and in members; nowhere inside `data`. */
function unpack(fields: unknown): void {
  if (Array.isArray(fields)) fields.forEach(unpack);
  if (!isFields(fields)) return;
  for (const name of BYTES) {
    const text = fields[name];
    if (typeof text === "string") fields[name] = fromBase64(text);
  }
  for (const name of INNER) unpack(fields[name]);
}
