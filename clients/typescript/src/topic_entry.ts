import { WirehubError } from "./error.js";
import type { Received, Subscribed } from "./message.js";
import type {
  Member,
  Message,
  Position,
  PresencePage,
  SubscribeOptions,
} from "./session/message.js";

/** A subscription, whatever is said on its topic. */
export interface Subscriber {
  readonly topic: string;
  /** A message came. */
  take(message: Received): void;
  /** The server has it. */
  begin(subscribed: Subscribed): void;
  /** Anything else that came of the topic. */
  tell(name: "gap" | "joined" | "changed" | "left" | "occupancy", event: { topic: string }): void;
  /** The connection is given up. */
  endLoops(error: WirehubError): void;
  /** The application ends it. */
  unsubscribe(): void;
  /** It is over; `isLoud` when the application did not ask for it. */
  finish(error: WirehubError, isLoud: boolean): void;
}

/** One topic or filter and all who subscribed to it over the same connection. */
export class TopicEntry {
  readonly topic: string;
  readonly subscriptions = new Set<Subscriber>();
  readonly members = new Map<string, Member>();
  /** What the server was asked for. */
  wish: SubscribeOptions;
  /** What the server said last, while the subscription stands. */
  standing: Subscribed | undefined;

  constructor(topic: string, wish: SubscribeOptions) {
    this.topic = topic;
    this.wish = wish;
  }

  /**
   * Joins what somebody else wants of the same topic; gives whether the server has to be asked
   * again. What cannot be joined is refused: a client hears a topic one way only.
   */
  join(wish: SubscribeOptions): boolean {
    const { throttle, level } = this.wish;
    if (wish.throttle !== throttle || wish.level !== level) {
      const text = `${this.topic} is subscribed already with another throttle or level`;
      throw new WirehubError("bad_request", text);
    }
    const isMore =
      (wish.presence === true && this.wish.presence !== true) ||
      (wish.ack === true && this.wish.ack !== true) ||
      wish.state !== undefined;
    if (!isMore) return false;
    this.wish = { ...this.wish, ...wish };
    return true;
  }

  /** Up to where everything was received. */
  get position(): Position | undefined {
    const { epoch, offset } = this.standing ?? {};
    return epoch === undefined || offset === undefined ? undefined : { epoch, offset };
  }

  /** The server has it. */
  begin(subscribed: Subscribed): void {
    const before = (this.standing ?? this.wish.since)?.offset;
    // With `recovered` what was missed still comes, so the position stays.
    const isKept = subscribed.recovered === true && before !== undefined;
    this.standing = isKept ? { ...subscribed, offset: before } : { ...subscribed };
    if (subscribed.presence !== undefined) this.#count(subscribed.presence);
  }

  /** A publication came. */
  count({ offset, retained }: Pick<Message, "offset" | "retained">): void {
    if (this.standing !== undefined && offset !== undefined && retained !== true) {
      this.standing.offset = offset;
    }
  }

  /** A member came, changed or went. */
  change(type: "joined" | "changed" | "left", member: Member, was: string | undefined): void {
    if (was !== undefined) this.members.delete(was);
    if (type === "left") this.members.delete(member.connection);
    else this.members.set(member.connection, member);
  }

  #count(page: PresencePage): void {
    this.members.clear();
    for (const member of page.members) this.members.set(member.connection, member);
  }
}
