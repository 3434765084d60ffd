import type { Field, Schema } from "./schema.js";
import type { Fields } from "./writer.js";

// Invalid UTF-8 is not taken for something else.
const decoder = new TextDecoder("utf-8", { fatal: true });

const VARINT = 0;
const FIXED_64 = 1;
const RUN = 2;
const FIXED_32 = 5;

const WIRE = { string: RUN, bytes: RUN, uint: VARINT, bool: VARINT, double: FIXED_64 } as const;

/** Reads a message; throws when the bytes are none. Fields that are not known are skipped. */
export function read(schema: Schema, bytes: Uint8Array<ArrayBuffer>): Fields {
  const fields: Fields = {};
  const input = new Input(bytes);
  while (!input.isEmpty) {
    const tag = input.varint();
    const field = schema.fields[Math.floor(tag / 8) - 1];
    const wire = tag % 8;
    if (field === undefined || wire !== WIRE[field.scalar]) input.skip(wire);
    else keep(fields, field, input);
  }
  for (const field of schema.fields) {
    if (field.isRepeated) fields[field.name] ??= [];
    else if (field.isAlways) fields[field.name] ??= ZERO[field.scalar];
  }
  return fields;
}

const ZERO = { string: "", bytes: undefined, uint: 0, bool: false, double: 0 } as const;

function keep(fields: Fields, field: Field, input: Input): void {
  const { inner, isExplicit, isRepeated, name } = field;
  const value = inner === undefined ? scalar(field, input) : read(inner, input.run());
  if (isRepeated) {
    fields[name] ??= [];
    (fields[name] as unknown[]).push(value);
  } else if (
    isExplicit ||
    inner !== undefined ||
    (value !== "" && value !== 0 && value !== false)
  ) {
    fields[name] = value;
  }
}

function scalar({ scalar }: Field, input: Input): unknown {
  switch (scalar) {
    case "string":
      return decoder.decode(input.run());
    case "bytes":
      return input.run();
    case "uint":
      return input.varint();
    case "bool":
      return input.varint() !== 0;
    case "double":
      return input.double();
  }
}

class Input {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 0x80 ** 9; factor *= 0x80) {
      const [byte = 0] = this.#take(1);
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
    throw new Error("a number does not end");
  }

  run(): Uint8Array<ArrayBuffer> {
    return this.#take(this.varint());
  }

  double(): number {
    const bytes = this.#take(8);
    return new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0, true);
  }

  skip(wire: number): void {
    if (wire === VARINT) this.varint();
    else if (wire === FIXED_64) this.#take(8);
    else if (wire === RUN) this.run();
    else if (wire === FIXED_32) this.#take(4);
    else throw new Error(`there is no wire type ${wire}`);
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    const end = this.#at + count;
    if (end > this.#bytes.length) throw new Error("the message ends too early");
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }
}
