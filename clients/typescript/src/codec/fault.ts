/**
 * What the client would stumble over in each kind of message. A name with `#` is that of a number,
 * with `{` of something with fields, with `[` of a list of such, and of text otherwise; `?` may be
 * absent.
 */
const SHAPES = {
  welcome: "heartbeat{ expires_in#? spread#?",
  heartbeat: "interval# timeout#",
  ok: "offset#? expires_in#? presence{? messages[?",
  message: "offset#?",
  messages: "topic messages[",
  subscribed: "topic offset#? presence{?",
  presence: "members[",
  member: "connection",
  unsubscribed: "topic",
  joined: "topic member{",
  changed: "topic member{",
  left: "topic member{",
  reconnect: "within#",
  spread: "within#",
};

const CHECKS = new Map(
  Object.entries(SHAPES).map(([shape, text]) => [
    shape,
    text.split(" ").map((check) => {
      const [, name = "", kind, optional] = /(\w+)([#{[]?)(\??)/.exec(check) ?? [];
      return { name, kind, optional };
    }),
  ]),
);

/** What is wrong with a message of the server's, if anything. Kinds that are not known are fine. */
export function faultOf(message: { type: string }): string | undefined {
  return wrongIn(message as unknown as Fields, message.type);
}

type Fields = Record<string, unknown>;

function wrongIn(fields: Fields, shape: string): string | undefined {
  for (const { name, kind, optional } of CHECKS.get(shape) ?? []) {
    const value = fields[name];
    if (value === undefined ? optional : fits(value, kind, name)) continue;
    return `no proper ${name} in ${shape}`;
  }
  return undefined;
}

function fits(value: unknown, kind: string | undefined, name: string): boolean {
  if (kind === "#") return Number.isFinite(value);
  // The things in `members` are each a `member`.
  if (kind === "[")
    return Array.isArray(value) && value.every((one) => fits(one, "{", name.slice(0, -1)));
  if (kind === "{")
    return typeof value === "object" && value !== null && !wrongIn(value as Fields, name);
  return typeof value === "string";
}
