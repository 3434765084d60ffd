import type { Codec } from "../codec.js";
import { read } from "./reader.js";
import { CLIENT_MESSAGE, SERVER_MESSAGE } from "./schema.js";
import { fromSchema, toSchema } from "./shape.js";
import { write } from "./writer.js";

/** `wirehub.v1.protobuf`. */
export const protobuf: Codec = {
  subprotocol: "wirehub.v1.protobuf",

  encode(message) {
    return write(CLIENT_MESSAGE, toSchema(message));
  },

  decode(payload) {
    if (typeof payload === "string") throw new Error("text came where bytes are spoken");
    return fromSchema(read(SERVER_MESSAGE, payload));
  },
};
