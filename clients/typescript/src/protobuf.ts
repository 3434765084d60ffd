/** Protobuf in place of JSON: `connect(url, { codec: protobuf })`. */

export type { Codec } from "./codec/codec.js";
export { protobuf } from "./codec/protobuf/codec.js";
