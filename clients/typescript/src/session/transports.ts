/** How to connect, where something on the way may not let every transport through. */
import type { TransportName } from "./interface.js";

/** Failures in a row, while the server is well, after which the next transport is tried. */
const ENOUGH = 2;

export class Transports {
  #index: number;
  #failures = 0;

  constructor(
    readonly order: TransportName[],
    private remembered: TransportName | undefined,
  ) {
    this.#index = Math.max(0, remembered === undefined ? 0 : order.indexOf(remembered));
  }

  get current(): TransportName {
    return this.order[this.#index] ?? "websocket";
  }

  /** Whether it is not the preferred one. */
  get isFallback(): boolean {
    return this.#index > 0;
  }

  /** The server is well and the transport did not come through. */
  fail(): void {
    if (++this.#failures < ENOUGH) return;
    this.#failures = 0;
    // After the last one the first is tried again: the network may be another one by now.
    this.#index = (this.#index + 1) % this.order.length;
  }

  /** A transport came through. Returns whether that is news. */
  works(transport: TransportName): boolean {
    this.#failures = 0;
    this.#index = Math.max(0, this.order.indexOf(transport));
    const news = this.remembered !== transport;
    this.remembered = transport;
    return news;
  }
}
