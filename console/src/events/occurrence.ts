// What happens in the hub, as CloudEvents.

export interface Occurrence {
  readonly id: string;
  /** Without the prefix that all have: `connected`. */
  readonly kind: string;
  readonly subject: string;
  readonly at: Date;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Reads an event; `undefined` for what is none. */
export function readOccurrence(object: unknown): Occurrence | undefined {
  if (typeof object !== "object" || object === null) return undefined;
  const { id, type, subject, time, data } = object as Record<string, unknown>;
  if (typeof id !== "string" || typeof type !== "string") return undefined;
  return {
    id,
    kind: type.replace(/^wirehub\./, ""),
    subject: typeof subject === "string" ? subject : "",
    at: new Date(typeof time === "string" ? time : Number.NaN),
    data: typeof data === "object" && data !== null ? (data as Record<string, unknown>) : {},
  };
}

/** How many were left out before what follows, when that is what an object says. */
export function readMissed(object: unknown): number {
  const { missed } = (object ?? {}) as { missed?: unknown };
  return typeof missed === "number" ? missed : 0;
}

/** Their values say enough. */
const REASONS = ["cause", "code"];

/** What is to be told beside the kind and the subject: `lost, may resume`. */
export function wordsOf({ kind, subject, data }: Occurrence): string {
  const words: string[] = [];
  for (const [name, value] of Object.entries(data)) {
    if (value === subject || name === "connection" || name === "user") continue;
    if (value === true) words.push(name.replaceAll("_", " "));
    else if (REASONS.includes(name)) words.push(textOf(value));
    else if (value !== false) words.push(`${name} ${textOf(value)}`);
  }
  return words.join(", ") || (kind === "connected" ? "the client is in" : "");
}

/** A JSON value as text; strings as they are. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
