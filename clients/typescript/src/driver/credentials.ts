import { textOf } from "../error.js";
import type { Input, Output } from "../session/interface.js";

/** Why a token is asked for: `refused` says that the last one was not accepted. */
export type TokenReason = Extract<Output, { out: "token" }>["because"];

/** Gives a token, or null for an anonymous client. */
export type TokenProvider = (asked: {
  because: TokenReason;
}) => string | null | PromiseLike<string | null>;

/** Asks the token provider; how long it may take is the session's matter. */
export class Credentials {
  readonly #provider: TokenProvider | undefined;
  #asked = 0;

  constructor(provider: TokenProvider | undefined) {
    this.#provider = provider;
  }

  ask(because: TokenReason, answer: (input: Input) => void): void {
    this.#asked += 1;
    const asked = this.#asked;
    // When it took too long it was asked again, and only the answer to the last question counts.
    const settle = (input: Input) => {
      if (asked === this.#asked) answer(input);
    };
    // In a task of its own, so that a provider that throws at once is one that rejects.
    Promise.resolve()
      .then(() => this.#provider?.({ because }) ?? null)
      .then(
        (token) => settle(inputOf(token)),
        (thrown) => settle({ in: "token", error: textOf(thrown) }),
      );
  }
}

function inputOf(token: unknown): Input {
  if (token === null || typeof token === "string") return { in: "token", token };
  return { in: "token", error: `the token provider gave ${typeof token}, not a string` };
}
