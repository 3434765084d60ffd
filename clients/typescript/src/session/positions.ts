/** What the client has of its session: see "Coming back" in the protocol. */
import type { Position, Standing } from "./message.js";

export class Positions {
  /** The last session that was live, while it may be resumed. */
  session: string | undefined;
  /** Direct messages received in it. */
  received = 0;
  readonly #topics = new Map<string, Position>();

  /** Up to where the client has everything of a topic. */
  of(topic: string): Position | undefined {
    return this.#topics.get(topic);
  }

  /** The client says itself what it has. */
  set(topic: string, position: Position): void {
    this.#topics.set(topic, { ...position });
  }

  forget(topic: string): void {
    this.#topics.delete(topic);
  }

  /** A subscription stands. Returns whether something may be missing. */
  stands(topic: string, standing: Standing): boolean {
    if (standing.epoch === undefined || standing.offset === undefined) return false;
    const before = this.#topics.get(topic);
    const recovered = before !== undefined && standing.recovered === true;
    // What was missed is still to come, after where the client was.
    const offset = recovered ? before.offset : standing.offset;
    this.#topics.set(topic, { epoch: standing.epoch, offset });
    return before !== undefined && !recovered;
  }

  /** A publication came; returns whether it is news. While a session moves, some come twice. */
  advance(topic: string, offset: number): boolean {
    const position = this.#topics.get(topic);
    if (position === undefined) return true;
    if (offset <= position.offset) return false;
    position.offset = offset;
    return true;
  }

  /** What `resume` says. */
  wish(): { session: string; received: number; topics: Record<string, number> } | undefined {
    if (this.session === undefined) return undefined;
    const topics: Record<string, number> = {};
    for (const [topic, { offset }] of this.#topics) topics[topic] = offset;
    return { session: this.session, received: this.received, topics };
  }
}
