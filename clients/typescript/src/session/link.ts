/** One connection on its way from being opened to being live. */
import type { Heartbeat } from "./heartbeat.js";
import type { TransportName } from "./interface.js";
import type { Message } from "./message.js";
import type { Subscription } from "./subscriptions.js";

/** What an answer will be about. */
export type Purpose =
  | { kind: "connect" | "resume" | "refresh" | "ignore" }
  | { kind: "subscribe"; wanted: Subscription }
  | { kind: "request"; ticket: number };

export type Stage = "opening" | "authenticating" | "welcomed" | "resuming" | "live";

export class Link {
  stage: Stage = "opening";
  /** It asked to resume in `connect`. */
  resumes = false;
  /** By when the step that is on has to be done. */
  deadline: number | undefined;
  heartbeat: Heartbeat | undefined;
  /** What the server calls its session; absent where it keeps none. */
  session: string | undefined;
  /** Why the server said no to `connect`. */
  refused: { code: string; message: string } | undefined;
  liveSince: number | undefined;
  /** Another connection has asked for the session of this one. */
  contested = false;
  /** Direct messages that may come again: see "Coming back" in the protocol. */
  aside: Message[] = [];
  readonly pending = new Map<number, Purpose>();
  #nextId = 2;

  constructor(
    readonly number: number,
    readonly endpoint: number,
    readonly transport: TransportName,
  ) {}

  /** Notes what the answer will be about, and gives the request its number. */
  expect(purpose: Purpose): number {
    const id = this.#nextId++;
    this.pending.set(id, purpose);
    return id;
  }

  /** What was set aside and came to this connection alone; the user's others have the rest. */
  onlyHere(): Message[] {
    return this.aside.filter((message) => message.to === "connection");
  }

  take(id: number): Purpose | undefined {
    const purpose = this.pending.get(id);
    this.pending.delete(id);
    return purpose;
  }
}
