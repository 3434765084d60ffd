// A client in a behaviour, and what becomes of what it asks for.

import assert from "node:assert/strict";
import { Lacks, Refused } from "./library.mjs";

/** A client with its user, which knows rooms by the names they have in its dialect. */
export class Member {
  constructor(client, dialect, user) {
    this.client = client;
    this.user = user;
    this.dialect = dialect;
  }

  #in(room) {
    return { channel: room.in[this.dialect] };
  }

  joins(room, { presence, tokens } = {}) {
    return this.client.do("subscribe", { ...this.#in(room), presence, tokens });
  }

  leaves(room) {
    return this.client.do("unsubscribe", this.#in(room));
  }

  says(room, data, more = {}) {
    return this.client.do("publish", { ...this.#in(room), data, ...more });
  }

  asks(order, room, more = {}) {
    return this.client.do(order, { ...this.#in(room), ...more });
  }

  /** The very next publication is this one. */
  async hears(room, data) {
    const heard = await this.client.next("heard");
    assert.deepEqual({ channel: heard.channel, data: heard.data }, { ...this.#in(room), data });
    return heard;
  }

  /** Something is told about a room. */
  told(tells, room, fits = () => true, timeout = undefined) {
    const { channel } = this.#in(room);
    return this.client.next(tells, (said) => said.channel === channel && fits(said), timeout);
  }
}

/** What is refused, and with which code; tells what it was, where it was not. */
export async function refusal(asked) {
  try {
    await asked;
  } catch (error) {
    if (error instanceof Refused) return error.code;
    throw error;
  }
  return assert.fail("it was not refused");
}

/** That a library has no words for something. */
export async function hasNoWords(asked) {
  await assert.rejects(asked, (error) => error instanceof Lacks);
}
