import { json } from "../codec/json.js";
import type { Endpoint } from "../endpoint.js";
import type { ClientMessage } from "../session/message.js";
import type { Link, LinkEvents, Platform } from "./transport.js";
import { Upstream } from "./upstream.js";

/** How long the last words may take before the stream is cut. */
const GOODBYE_TIMEOUT = 2_000;

/** The link of both transports that have a stream down and POSTs up. */
export class UpDown implements Link {
  readonly #platform: Platform;
  readonly #events: LinkEvents;
  readonly #cut: () => void;
  #up: Upstream | undefined;

  /** `cut` ends the stream down. */
  constructor(platform: Platform, events: LinkEvents, cut: () => void) {
    this.#platform = platform;
    this.#events = events;
    this.#cut = cut;
  }

  /** The server named the stream. */
  open(url: string): void {
    if (this.#up !== undefined) return;
    this.#up = new Upstream(url, this.#platform, (ending) => {
      this.#cut();
      this.#events.closed(ending);
    });
    this.#events.opened();
  }

  poke(): void {
    this.#up?.poke();
  }

  /** The stream has ended. */
  end(): void {
    this.#up?.stop();
    this.#cut();
  }

  send(message: ClientMessage): void {
    // Messages go up as JSON, whatever WebSockets speak.
    this.#up?.say(json.encode(message) as string);
  }

  close(code: number): void {
    // Only 1000 says goodbye: after anything else the session is to be resumed.
    if (this.#up === undefined || code !== 1000) return this.end();
    const timer = setTimeout(() => this.end(), GOODBYE_TIMEOUT);
    this.#up.finish('{"type":"close"}', () => {
      clearTimeout(timer);
      this.end();
    });
  }
}

/** Where to POST to, beside the address the stream was opened at. */
export function nameUrl(endpoint: Endpoint, stream: string): string {
  const url = new URL(endpoint.stream);
  url.pathname += `/${encodeURIComponent(stream)}`;
  url.search = "";
  return url.href;
}
