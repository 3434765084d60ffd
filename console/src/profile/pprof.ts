// Profiles in the format of pprof (https://github.com/google/pprof/blob/main/proto/profile.proto).

import { Reader } from "./wire";

export interface ValueType {
  readonly type: string;
  readonly unit: string;
}

/** A stack that was seen, from its innermost function out, with a value of each type. */
export interface Stack {
  readonly functions: readonly string[];
  readonly values: readonly number[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface Profile {
  readonly types: readonly ValueType[];
  readonly stacks: readonly Stack[];
  /** In seconds; 0 when it shows a moment. */
  readonly duration: number;
}

/** Reads a profile, compressed as pprof keeps it or not. */
export async function readProfile(bytes: Uint8Array<ArrayBuffer>): Promise<Profile> {
  const isGzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return decodeProfile(isGzip ? await inflated(bytes) : bytes);
}

async function inflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** As it is on the wire: names are places in a table that may come last. */
interface Raw {
  types: { type: number; unit: number }[];
  samples: { locations: number[]; values: number[]; labels: { key: number; text: number }[] }[];
  locations: Map<number, number[]>;
  functions: Map<number, number>;
  strings: string[];
  duration: number;
}

export function decodeProfile(bytes: Uint8Array): Profile {
  const raw: Raw = {
    types: [],
    samples: [],
    locations: new Map(),
    functions: new Map(),
    strings: [],
    duration: 0,
  };
  const reader = new Reader(bytes);
  const text = new TextDecoder();
  reader.fields((field) => {
    if (field === 1) raw.types.push(valueType(reader.message()));
    else if (field === 2) raw.samples.push(sample(reader.message()));
    else if (field === 4) location(reader.message(), raw);
    else if (field === 5) functionName(reader.message(), raw);
    else if (field === 6) raw.strings.push(text.decode(reader.bytes()));
    else if (field === 10) raw.duration = reader.signed();
    else return false;
    return true;
  });
  return named(raw);
}

function valueType(reader: Reader) {
  const found = { type: 0, unit: 0 };
  reader.fields((field) => {
    if (field === 1) found.type = reader.varint();
    else if (field === 2) found.unit = reader.varint();
    else return false;
    return true;
  });
  return found;
}

function sample(reader: Reader) {
  const found: Raw["samples"][number] = { locations: [], values: [], labels: [] };
  reader.fields((field) => {
    if (field === 1) found.locations = reader.packed();
    else if (field === 2) found.values = reader.packed();
    else if (field === 3) found.labels.push(label(reader.message()));
    else return false;
    return true;
  });
  return found;
}

function label(reader: Reader) {
  const found = { key: 0, text: 0 };
  reader.fields((field) => {
    if (field === 1) found.key = reader.varint();
    else if (field === 2) found.text = reader.varint();
    else return false;
    return true;
  });
  return found;
}

/** An address may stand for several functions: those that were inlined into each other. */
function location(reader: Reader, { locations }: Raw): void {
  let id = 0;
  const functions: number[] = [];
  reader.fields((field) => {
    if (field === 1) id = reader.varint();
    else if (field === 4) {
      const line = reader.message();
      line.fields((field) => {
        if (field === 1) functions.push(line.varint());
        return field === 1;
      });
    } else return false;
    return true;
  });
  locations.set(id, functions);
}

function functionName(reader: Reader, { functions }: Raw): void {
  let [id, name] = [0, 0];
  reader.fields((field) => {
    if (field === 1) id = reader.varint();
    else if (field === 2) name = reader.varint();
    else return false;
    return true;
  });
  functions.set(id, name);
}

function named({ types, samples, locations, functions, strings, duration }: Raw): Profile {
  const text = (place: number) => strings[place] ?? "";
  const nameOf = (id: number) => text(functions.get(id) ?? 0) || "(unknown)";
  return {
    types: types.map(({ type, unit }) => ({ type: text(type), unit: text(unit) })),
    stacks: samples.map(({ locations: places, values, labels }) => ({
      functions: places.flatMap((place) => (locations.get(place) ?? []).map(nameOf)),
      values,
      labels: Object.fromEntries(labels.map(({ key, text: value }) => [text(key), text(value)])),
    })),
    duration: duration / 1e9,
  };
}
