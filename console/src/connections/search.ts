// Which connections are shown, and in which order.

import type { Connection } from "../hub/connections";

export const COLUMNS = [
  "connection",
  "node",
  "user",
  "state",
  "transport",
  "age",
  "silence",
  "subscriptions",
  "waiting_bytes",
] as const;
export type Column = (typeof COLUMNS)[number];

export interface Order {
  readonly by: Column;
  readonly falling: boolean;
}

/** Those that have every word somewhere: in their name, hub, user, state or transport. */
export function search(all: readonly Connection[], text: string): readonly Connection[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return all;
  return all.filter((one) => {
    const { connection, node = "", user, state, transport } = one;
    const whole = [connection, node, user ?? "", state, transport].join(" ").toLowerCase();
    return words.every((word) => whole.includes(word));
  });
}

export function sorted(all: readonly Connection[], { by, falling }: Order): readonly Connection[] {
  const sign = falling ? -1 : 1;
  const key = (one: Connection) => one[by] ?? null;
  return all.toSorted((left, right) => sign * compare(key(left), key(right)));
}

/** Numbers by size, texts by their letters, and those without one behind. */
function compare(left: string | number | null, right: string | number | null): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  if (left === right) return 0;
  if (left === null) return 1;
  if (right === null) return -1;
  return left < right ? -1 : 1;
}
