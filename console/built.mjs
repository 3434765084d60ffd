// Looks at what was built as browsers get it: small, and nothing in it that the policy would stop.

import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const FOLDER = new URL("dist/", import.meta.url);
const BYTES_MAX = 60_000;

let sum = 0;
for (const name of readdirSync(FOLDER)) {
  sum += gzipSync(readFileSync(new URL(name, FOLDER)), { level: 9 }).length;
}
console.log(`the console: ${sum} bytes compressed, ${BYTES_MAX} allowed`);
if (sum > BYTES_MAX) process.exitCode = 1;

const page = readFileSync(new URL("index.html", FOLDER), "utf8");
const inline = /<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|https?:/i;
if (inline.test(page)) throw new Error(`the page holds what its policy forbids: ${page}`);
