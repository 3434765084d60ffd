// A browser, and a page whose origin the server knows or does not know.

import { existsSync, readFileSync } from "node:fs";
import { chromium } from "playwright-core";
import { serve } from "../serve.mjs";

const read = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

/** What the page's server answers with, by path. */
const FILES = new Map([
  ["/", ["text/html", `<!doctype html><title>interop</title>
    <script type="module" src="/session.mjs"></script>
    <script type="module" src="/stream.mjs"></script>`]],
  ["/session.mjs", ["text/javascript", read("session.mjs")]],
  ["/stream.mjs", ["text/javascript", read("stream.mjs")]],
  ["/inbox.mjs", ["text/javascript", read("../inbox.mjs")]],
]);

/** Where Debian's package and others put the browser. */
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Serves the page on a port of this machine, 0 for any. */
export function servePage(port) {
  return serve(FILES, port);
}

/** Starts the browser of this machine; it calls no other host. */
export function openBrowser() {
  const executablePath = BROWSERS.find((path) => existsSync(path));
  if (executablePath === undefined) {
    throw new Error("there is no Chromium; `cargo xtask setup` installs it");
  }
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox", // Chromium refuses its sandbox to root, as which CI runs.
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
