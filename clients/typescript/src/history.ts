import type { Received } from "./message.js";
import type { RequestOptions } from "./options.js";
import type { Ok } from "./requests.js";
import type { Position } from "./session/message.js";

/** Which publications are asked for; the newest when neither place is given. */
export interface HistoryQuestion {
  /** How many at most, 1 to 1000. */
  limit?: number;
  /** The first ones after this place. */
  after?: Position;
  /** The last ones before the publication at this place. */
  before?: Position;
}

type Question = RequestOptions & HistoryQuestion;

/** Past publications of a topic, the oldest first. */
export class HistoryPage<T = unknown> implements AsyncIterable<HistoryPage<T>> {
  /** The life of the topic. */
  readonly epoch: string;
  /** Where the topic stands now. */
  readonly offset: number;
  readonly messages: Received<T>[];
  /** Whether there are more in the direction of the question. */
  readonly more: boolean;
  readonly #question: Question;
  readonly #ask: (question: Question) => Promise<HistoryPage<T>>;

  /** Made by `Client.history`. */
  constructor(ok: Ok, question: Question, ask: (question: Question) => Promise<HistoryPage<T>>) {
    this.epoch = String(ok.epoch);
    this.offset = Number(ok.offset);
    this.messages = (ok.messages ?? []) as Received<T>[];
    this.more = ok.more === true;
    this.#question = question;
    this.#ask = ask;
  }

  /** The page that follows in the direction of the question; nothing after the last one. */
  async next(): Promise<HistoryPage<T> | undefined> {
    const { before: _before, after, ...rest } = this.#question;
    const edge = after === undefined ? this.messages[0] : this.messages.at(-1);
    if (!this.more || edge?.offset === undefined) return undefined;
    const place = { epoch: this.epoch, offset: edge.offset };
    return this.#ask({ ...rest, ...(after === undefined ? { before: place } : { after: place }) });
  }

  /** This page and all that follow. */
  async *[Symbol.asyncIterator](): AsyncGenerator<HistoryPage<T>, void, undefined> {
    for (
      let page: HistoryPage<T> | undefined = this;
      page !== undefined;
      page = await page.next()
    ) {
      yield page;
    }
  }
}
