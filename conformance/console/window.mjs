// The console in a browser: somebody who opens it, and what the browser had to complain about.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { openBrowser } from "../browser/page.mjs";

export const VIEWER_KEY = "ebe35318ab621c2591e222b798097d60df05619a1771c59ca4b2df851eec5347";
/** How long anything may take that a loaded machine does, in milliseconds. */
export const PATIENCE = 30_000;

/** While the console is worked on: a folder whose files stand in for those that the hub has. */
const { WIREHUB_TEST_CONSOLE: files } = process.env;

export class Window {
  #context;
  /** What the policy stopped, what nobody caught, and requests to other hosts. */
  complaints = [];

  static browser() {
    return openBrowser();
  }

  static async open(browser, admin, options = {}) {
    const window = new Window();
    await window.#open(browser, admin, options);
    return window;
  }

  async #open(browser, admin, { theme = "dark", width = 1440, height = 900 }) {
    const viewport = { width, height };
    this.#context = await browser.newContext({ colorScheme: theme, viewport });
    this.#context.setDefaultTimeout(PATIENCE);
    this.page = await this.#context.newPage();
    this.page.on("pageerror", (error) => this.complaints.push(error.message));
    this.page.on("dialog", (dialog) => {
      this.complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    this.page.on("request", (request) => {
      if (!request.url().startsWith(admin)) this.complaints.push(`asked for ${request.url()}`);
    });
    await this.page.exposeFunction("complain", (text) => this.complaints.push(text));
    await this.page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        globalThis.complain(`${event.violatedDirective} stopped ${event.blockedURI}`);
      });
    });
    if (files) await this.page.route("**/console/*", (route) => this.#standIn(route));
    await this.page.goto(`${admin}/console/`);
  }

  /** The hub's answer, policy and all, with a file of the folder in it. */
  async #standIn(route) {
    const response = await route.fetch();
    const name = basename(new URL(route.request().url()).pathname).replace(/^console$/, "index.html");
    const headers = { ...response.headers(), "content-encoding": "" };
    await route.fulfill({ response, headers, body: readFileSync(`${files}/${name}`) });
  }

  /** Says who it is. */
  async signIn(key) {
    await this.page.fill("input[name=key]", key);
    await this.page.click("button[type=submit]");
  }

  /** Comes in, and waits for the first figures. */
  async enter(key) {
    await this.signIn(key);
    await this.page.waitForSelector(".tile");
  }

  /** Goes to a page, and to something on it. */
  async go(page, of = "") {
    const hash = `#/${page}${of && `/${encodeURIComponent(of)}`}`;
    await this.page.evaluate((hash) => {
      location.hash = hash;
    }, hash);
    const title = page.charAt(0).toUpperCase() + page.slice(1);
    await this.see("header h1", title);
  }

  /** Waits until something of this kind holds a text. */
  async see(selector, text) {
    await this.page.locator(selector, { hasText: text }).first().waitFor();
  }

  text(selector) {
    return this.page.locator(selector).first().innerText();
  }

  async close() {
    await this.#context.close();
    assert.deepEqual(this.complaints, []);
  }
}
