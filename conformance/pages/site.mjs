// The pages that the tests open: an empty one with the built library, and a worker that uses it.

import { readFileSync } from "node:fs";
import { serve } from "../serve.mjs";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

/** What is served, by path. */
export const FILES = new Map([
  ["/", ["text/html", `<!doctype html><meta charset="utf-8"><title>pages</title>
    <link rel="icon" href="data:,"><script type="module" src="/page.mjs"></script>`]],
  ["/page.mjs", ["text/javascript", read("page.mjs")]],
  ["/worker.mjs", ["text/javascript", read("worker.mjs")]],
  ["/wirehub.js", ["text/javascript", read("../../crates/wirehub-cli/assets/wirehub.js")]],
]);

/** Serves the pages on a port of this machine. */
export function serveSite(port) {
  return serve(FILES, port);
}
