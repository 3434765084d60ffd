import { faultOf } from "../codec/fault.js";
import { textOf } from "../error.js";
import type { Input } from "../session/interface.js";
import type { ClientMessage } from "../session/message.js";
import type { Link, LinkEvents } from "../transport/transport.js";

/** The links by the numbers the session gave them. */
export class Links {
  readonly #input: (input: Input) => void;
  readonly #audience: { welcome(welcome: { connection: string; user?: string }): void };
  readonly #links = new Map<number, Link>();

  constructor(
    input: (input: Input) => void,
    audience: { welcome(welcome: { connection: string; user?: string }): void },
  ) {
    this.#input = input;
    this.#audience = audience;
  }

  add(number: number, link: Link | undefined): void {
    if (link !== undefined) this.#links.set(number, link);
  }

  send(number: number, message: ClientMessage): void {
    try {
      this.#links.get(number)?.send(message);
    } catch (thrown) {
      // What the application gave cannot be encoded. The server would refuse it as well, and the
      // connection is none the worse for it.
      this.#refuse(number, message, `it cannot be encoded: ${textOf(thrown)}`);
    }
  }

  close(number: number, code: number, reason: string): void {
    const link = this.#links.get(number);
    this.#links.delete(number);
    link?.close(code, reason);
  }

  /** What a link tells, as the session hears it, as long as it is one of these. */
  eventsOf(link: number): LinkEvents {
    const tell = (input: Input) => {
      if (this.#links.has(link)) this.#input(input);
    };
    return {
      opened: () => tell({ in: "opened", link }),
      activity: () => tell({ in: "activity", link }),
      garbage: (error) => tell({ in: "garbage", link, error }),
      message: (message) => {
        const fault = faultOf(message);
        if (fault !== undefined) return tell({ in: "garbage", link, error: fault });
        if (message.type === "welcome" && this.#links.has(link)) this.#audience.welcome(message);
        tell({ in: "message", link, message });
      },
      closed: (ending) => {
        if (this.#links.delete(link)) this.#input({ in: "closed", link, ...ending });
      },
    };
  }

  #refuse(link: number, { id }: ClientMessage, text: string): void {
    if (id === undefined) return;
    const error = { type: "error", id, code: "bad_request", message: text, retry: false } as const;
    this.#input({ in: "message", link, message: error });
  }
}
