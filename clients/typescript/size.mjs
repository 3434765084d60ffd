// Holds the JSON build to its promise: what a page loads of it, minified and compressed.

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const BYTES_MAX = 15_000;

const { length } = gzipSync(readFileSync("dist/wirehub.min.js"), { level: 9 });
console.log(`dist/wirehub.min.js: ${length} bytes compressed, ${BYTES_MAX} allowed`);
if (length > BYTES_MAX) process.exitCode = 1;
