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
    this.#links.get(number)?.send(message);
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
        if (message.type === "welcome") this.#audience.welcome(message);
        this.#input({ in: "message", link, message });
      },
      closed: (ending) => {
        this.#links.delete(link);
        this.#input({ in: "closed", link, ...ending });
      },
    };
  }
}
