// The messages of `crates/wirehub-protocol/proto/wirehub/v1/wirehub.proto`. In each of them the
// fields are numbered from 1 without a gap, so their order here is their number.

/** How a value is written, and whether it is when it is zero or empty. */
type Scalar = "string" | "uint" | "double" | "bool" | "bytes";
/** `?`: absence and zero are two things. `!`: absence is zero. Otherwise zero is absence. */
type Kind = Scalar | `${Scalar}?` | `${Scalar}!` | Schema | readonly [Schema];

export interface Field {
  name: string;
  number: number;
  scalar: Scalar;
  /** For messages inside messages. */
  inner: Schema | undefined;
  isRepeated: boolean;
  /** Written even when it is zero. */
  isExplicit: boolean;
  /** Read as zero when it is absent. */
  isAlways: boolean;
}

/** A kind of message: its fields by their numbers, from 1. */
export interface Schema {
  readonly fields: readonly Field[];
}

const MARK = /[?!]$/;

function schema(kinds: Record<string, Kind>): Schema {
  const fields = Object.entries(kinds).map(([name, kind], index): Field => {
    const isText = typeof kind === "string";
    const isRepeated = Array.isArray(kind);
    return {
      name,
      number: index + 1,
      scalar: isText ? (kind.replace(MARK, "") as Scalar) : "bytes",
      inner: isText ? undefined : ((isRepeated ? kind[0] : kind) as Schema),
      isRepeated,
      isExplicit: isText && kind.endsWith("?"),
      isAlways: isText && kind.endsWith("!"),
    };
  });
  return { fields };
}

const NOTHING = schema({});
const POSITION = schema({ epoch: "string!", offset: "uint!" });
const DATA = schema({ json: "bytes?", binary: "bytes?" });
const TOPIC_OFFSET = schema({ topic: "string", offset: "uint" });
const RESUME = schema({ session: "string", received: "uint", topics: [TOPIC_OFFSET] });

/** What a client sends. */
export const CLIENT_MESSAGE = schema({
  id: "uint?",
  connect: schema({ token: "string?", resume: RESUME }),
  refresh: schema({ token: "string" }),
  subscribe: schema({
    topic: "string",
    since: POSITION,
    presence: "bool",
    state: DATA,
    ack: "bool",
    throttle: "double?",
    level: "uint?",
  }),
  unsubscribe: schema({ topic: "string" }),
  publish: schema({
    topic: "string",
    event: "string",
    data: DATA,
    ttl: "double?",
    echo: "bool?",
    key: "string",
    idempotency_key: "string",
  }),
  send: schema({ user: "string?", connection: "string?", event: "string", data: DATA }),
  call: schema({ method: "string", data: DATA }),
  presence: schema({ topic: "string", limit: "uint?", after: "string" }),
  history: schema({ topic: "string", limit: "uint?", after: POSITION, before: POSITION }),
  ping: NOTHING,
  resume: RESUME,
  ack: schema({ topic: "string", offset: "uint" }),
  state: schema({ topic: "string", data: DATA }),
});

const PUBLISHER = schema({ user: "string", connection: "string!" });
const MEMBER = schema({ connection: "string!", user: "string", info: "string", state: DATA });
const PRESENCE_PAGE = schema({
  connections: "uint!",
  users: "uint!",
  members: [MEMBER],
  more: "bool",
});
const PUBLICATION = schema({
  topic: "string",
  event: "string",
  key: "string",
  data: DATA,
  offset: "uint!",
  from: PUBLISHER,
  count: "uint",
});
const HISTORY_PAGE = schema({ position: POSITION, messages: [PUBLICATION], more: "bool" });
const PRESENCE_CHANGE = schema({ topic: "string!", member: MEMBER, edge: "bool", was: "string" });

/** What the server sends. */
export const SERVER_MESSAGE = schema({
  id: "uint?",
  welcome: schema({
    connection: "string!",
    user: "string",
    heartbeat: schema({ interval: "double!", timeout: "double!" }),
    expires_in: "double?",
    session: "string",
    resume_within: "double?",
    spread: "double?",
  }),
  ok: schema({
    position: POSITION,
    recovered: "bool?",
    expires_in: "double?",
    data: DATA,
    reason: "string",
    presence: PRESENCE_PAGE,
    duplicate: "bool",
    resumed: "bool",
    lost: "uint",
    history: HISTORY_PAGE,
  }),
  error: schema({ code: "string!", message: "string!", retry: "bool!" }),
  message: schema({
    topic: "string?",
    to: "uint",
    event: "string",
    data: DATA,
    offset: "uint",
    from: PUBLISHER,
    key: "string",
    retained: "bool",
  }),
  unsubscribed: schema({ topic: "string!", reason: "string!", message: "string!" }),
  pong: NOTHING,
  reconnect: schema({ reason: "string!", within: "double!" }),
  messages: schema({ topic: "string!", messages: [PUBLICATION] }),
  subscribed: schema({
    topic: "string!",
    position: POSITION,
    recovered: "bool?",
    reason: "string",
    presence: PRESENCE_PAGE,
  }),
  joined: PRESENCE_CHANGE,
  changed: PRESENCE_CHANGE,
  left: PRESENCE_CHANGE,
  occupancy: schema({ topic: "string!", connections: "uint!", users: "uint!" }),
  spread: schema({ within: "double!" }),
});
