import type { TransportName } from "../session/interface.js";

const NAMES: readonly string[] = ["websocket", "http_stream", "sse"] satisfies TransportName[];

/** What can hold the name of a transport; `localStorage`, for instance. */
export interface Store {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
}

/** Remembers which transport worked. A store that denies, is full or broken is none at all. */
export class Memory {
  readonly #store: () => Store | null | undefined;
  readonly #key: string;

  /** `store` may throw: pages without permission may not even look at `localStorage`. */
  constructor(store: () => Store | null | undefined, origin: string) {
    this.#store = store;
    this.#key = `wirehub.transport ${origin}`;
  }

  read(): TransportName | undefined {
    try {
      const name = this.#store()?.getItem(this.#key) ?? "";
      return NAMES.includes(name) ? (name as TransportName) : undefined;
    } catch {
      return undefined;
    }
  }

  write(transport: TransportName): void {
    try {
      this.#store()?.setItem(this.#key, transport);
    } catch {
      // Not remembered: the next start tries all transports again.
    }
  }
}
