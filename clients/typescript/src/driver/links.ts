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

  /** What a link tells, as the session hears it. */
  eventsOf(link: number): LinkEvents {
    return {
      opened: () => this.#input({ in: "opened", link }),
      activity: () => this.#input({ in: "activity", link }),
      garbage: (error) => this.#input({ in: "garbage", link, error }),
      message: (message) => {
        const fault = faultOf(message);
        if (fault !== undefined) return this.#input({ in: "garbage", link, error: fault });
        if (message.type === "welcome") this.#audience.welcome(message);
        this.#input({ in: "message", link, message });
      },
      closed: (ending) => {
        this.#links.delete(link);
        this.#input({ in: "closed", link, ...ending });
      },
    };
  }

  #refuse(link: number, { id }: ClientMessage, text: string): void {
    if (id === undefined) return;
    const error = { type: "error", id, code: "bad_request", message: text, retry: false } as const;
    this.#input({ in: "message", link, message: error });
  }
}
