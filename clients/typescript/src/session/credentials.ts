/** The token, and when somebody has to be asked for another. */

/** Times in a row that a provider may fail. */
const PATIENCE = 5;

/** The share of its life after which a token is replaced, and how far clients come apart. */
const SHARE = 0.8;
const JITTER = 0.05;

export class Credentials {
  /** `null` for a client without one; nothing while it is not known. */
  token: string | null | undefined;
  /** A provider was asked and has not answered; by when it has to. */
  deadline: number | undefined;
  /** When to ask for the next one. */
  renewAt: number | undefined;
  #failures = 0;
  #refused = false;
  #expired = false;

  constructor(
    token: string | undefined,
    readonly hasProvider: boolean,
    readonly timeout: number,
  ) {
    this.token = hasProvider ? undefined : (token ?? null);
  }

  get isAsking(): boolean {
    return this.deadline !== undefined;
  }

  ask(now: number): void {
    this.deadline = now + this.timeout;
  }

  /** The provider gave one. */
  got(token: string | null): void {
    this.deadline = undefined;
    this.#failures = 0;
    this.token = token;
  }

  /** The provider did not give one; returns whether to ask it again. */
  failed(): boolean {
    this.deadline = undefined;
    return ++this.#failures < PATIENCE;
  }

  /** The server refused the token; returns whether another one may do better, which is tried once. */
  refuse(): boolean {
    if (!this.hasProvider) return false;
    this.token = undefined;
    const isFirst = !this.#refused;
    this.#refused = isFirst;
    return isFirst;
  }

  /** The token expired. Another one is tried at once, and after that as if the network had failed. */
  expire(): "now" | "later" | "never" {
    if (!this.hasProvider) return "never";
    this.token = undefined;
    const how = this.#expired ? "later" : "now";
    this.#expired = true;
    return how;
  }

  /** The server let the client in. `expiresIn` is in seconds. */
  accepted(now: number, expiresIn: number | undefined, random: () => number): void {
    this.renewAt = undefined;
    if (expiresIn !== undefined && this.hasProvider) {
      this.renewAt = now + expiresIn * 1_000 * SHARE * (1 - JITTER * random());
    }
  }

  /** A connection was stable. Being let in is not enough: a server may refuse right after it. */
  settled(): void {
    this.#refused = false;
    this.#expired = false;
  }
}
