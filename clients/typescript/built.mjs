// Looks at what was built as those who install it do: it loads in both ways, and a page's share is small.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gzipSync } from "node:zlib";

const BYTES_MAX = 15_000;

const require = createRequire(import.meta.url);
const page = await import("./dist/wirehub.min.js");
// By its own name, so through `exports` in package.json.
for (const hub of [await import("@wirehub/client"), require("@wirehub/client"), page]) {
  if (typeof hub.connect !== "function") throw new Error("`connect` is not there");
  if (!(new hub.WirehubError("a", "b") instanceof Error)) throw new Error("no error class");
}
for (const { protobuf } of [
  await import("@wirehub/client/protobuf"),
  require("@wirehub/client/protobuf"),
]) {
  if (protobuf.encode({ type: "ping", id: 1 }).length !== 4) throw new Error("`protobuf` is wrong");
}

const { length } = gzipSync(readFileSync("dist/wirehub.min.js"), { level: 9 });
console.log(`dist/wirehub.min.js: ${length} bytes compressed, ${BYTES_MAX} allowed`);
if (length > BYTES_MAX) process.exitCode = 1;
