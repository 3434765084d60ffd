// Stacks put together: who called whom, and what it cost.

import type { Profile } from "./pprof";

export interface Call {
  readonly name: string;
  /** With what it called. */
  total: number;
  /** Without. */
  self: number;
  readonly calls: Map<string, Call>;
}

export function callsOf({ stacks }: Profile, type: number): Call {
  const root = call("all");
  for (const { functions, values } of stacks) {
    const value = values[type] ?? 0;
    if (value <= 0) continue;
    let at = root;
    at.total += value;
    for (const name of functions.toReversed()) {
      let next = at.calls.get(name);
      if (!next) {
        next = call(name);
        at.calls.set(name, next);
      }
      next.total += value;
      at = next;
    }
    at.self += value;
  }
  return root;
}

function call(name: string): Call {
  return { name, total: 0, self: 0, calls: new Map() };
}

/** A call as a box: where it begins and how wide it is, as shares of the whole width. */
export interface Box {
  readonly call: Call;
  readonly path: string;
  readonly depth: number;
  readonly left: number;
  readonly width: number;
}

/** Narrower ones cannot be seen, and there may be very many. */
const NARROWEST = 0.0008;

/** Boxes for a call and all below, the widest first among those of the same caller. */
export function boxesOf(root: Call): Box[] {
  const boxes: Box[] = [];
  const place = (call: Call, path: string, depth: number, left: number) => {
    const width = root.total > 0 ? call.total / root.total : 0;
    if (width < NARROWEST) return;
    boxes.push({ call, path, depth, left, width });
    let next = left;
    for (const inner of byTotal(call.calls.values())) {
      place(inner, `${path};${inner.name}`, depth + 1, next);
      next += inner.total / root.total;
    }
  };
  place(root, root.name, 0, 0);
  return boxes;
}

export interface Total {
  readonly name: string;
  readonly self: number;
  readonly total: number;
}

/** What each function cost wherever it was called from; one that calls itself counts once. */
export function totalsOf(root: Call): Total[] {
  const totals = new Map<string, { self: number; total: number }>();
  const add = (call: Call, callers: ReadonlySet<string>) => {
    const sum = totals.get(call.name) ?? { self: 0, total: 0 };
    totals.set(call.name, sum);
    sum.self += call.self;
    if (!callers.has(call.name)) sum.total += call.total;
    const inner = new Set(callers).add(call.name);
    for (const next of call.calls.values()) add(next, inner);
  };
  for (const call of root.calls.values()) add(call, new Set());
  const list = [...totals].map(([name, sums]) => ({ name, ...sums }));
  return list.sort((left, right) => right.self - left.self || right.total - left.total);
}

function byTotal(calls: Iterable<Call>): Call[] {
  return [...calls].sort((left, right) => right.total - left.total);
}

/** The crate or library that a function is of, for its colour: `wirehub_core` of `<wirehub_core::A>::b`. */
export function ownerOf(name: string): string {
  return /^[<&\s]*(?:dyn |mut )*([A-Za-z_]\w*)/.exec(name)?.[1] ?? name;
}

/** A name without what is seldom of interest: `Shard::publish` of `<core::Shard<E>>::publish::<T>`. */
export function shortOf(name: string): string {
  const plain = name.replace(/::h[0-9a-f]{16}$/, "");
  const end = plain.startsWith("<") ? closing(plain) : -1;
  const owner = end > 0 ? plain.slice(1, end).split(" as ")[0] : "";
  const path = `${bare(owner ?? "")}${bare(plain.slice(end + 1))}`;
  const parts = path.split("::").filter((part) => part !== "{{closure}}" && part !== "");
  return parts.slice(-2).join("::") || name;
}

/** Where the bracket closes that a name begins with. */
function closing(name: string): number {
  let depth = 0;
  for (let at = 0; at < name.length; at += 1) {
    if (name[at] === "<") depth += 1;
    // An arrow is no bracket.
    else if (name[at] === ">" && name[at - 1] !== "-") depth -= 1;
    if (depth === 0) return at;
  }
  return -1;
}

/** A path without what stands in brackets. */
function bare(path: string): string {
  let [text, depth] = ["", 0];
  for (let at = 0; at < path.length; at += 1) {
    const char = path.charAt(at);
    if (char === "<") depth += 1;
    else if (char === ">" && path[at - 1] !== "-") depth = Math.max(0, depth - 1);
    else if (depth === 0) text += char;
  }
  return text;
}
